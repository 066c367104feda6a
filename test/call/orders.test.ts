import { describe, expect, test } from "vitest";
import type { Happening, Order } from "../../src/call/events.ts";
import { RULES } from "./rules.ts";
import { final, Story, say, speaks, speechEnded, speechStarted, started, timer, toldIn } from "./story.ts";

const order = (it: Order): Happening => ({ kind: "order", order: it });
const message = (text: string): Happening => order({ do: "message", text });
const DONE = { how: "ended-by-request", detail: "the API" } as const;
const FREE = { ...RULES, free: true };

/** The answer to "tell me" is being heard since 3500. */
function answering(rules = RULES): Story {
  const story = new Story(rules).greeted();
  story.at(3000, final(0, "tell me"));
  if (rules.free) story.at(3100, speaks(1));
  story.leadMs = 2000;
  story.agentSends(3500, "One.", "Two.");
  return story;
}

describe("an order to say something", () => {
  test("is carried out at once where the agent is silent", () => {
    const story = new Story().greeted();
    expect(story.at(3000, say("Your driver is here."))).toEqual(["say Your driver is here."]);
    expect(story.decisions()).toEqual(["told"]);
  });
  test("waits for the end of what is being said, several in their order", () => {
    const story = answering();
    expect(story.at(4000, say("First."), say("Second."))).toEqual([]);
    expect(story.played(5500, 1)).toEqual(["say First."]);
    story.agentSends(6000, "First.");
    expect(story.played(8000, 0)).toEqual(["say Second."]);
    story.agentSends(8500, "Second.");
    expect(story.played(10_500, 0)).toEqual(["silence in 8000"]);
    expect(story.history.slice(-3)).toEqual(["agent: One. Two.", "agent: First.", "agent: Second."]);
  });
  test("breaks off what is being said where it shall", () => {
    const story = answering();
    story.played(4600, 0);
    expect(story.at(4700, say("Stop.", true))).toEqual(["stop", "say Stop."]);
    expect(story.turns().find(({ seq }) => seq === 2)).toMatchObject({ agentHeard: "One.", interrupted: true });
  });
  test("drops what a free dialog was going to say, which is told, but no other order", () => {
    const story = answering(FREE);
    story.at(4000, speaks(2), say("First."));
    story.at(4500, say("Now.", true));
    expect(toldIn(story).at(-1)).toMatchObject({ kind: "interrupted", afterMs: 1000 });
    expect(story.waiting).toEqual(["say Now."]);
    expect(story.done.at(-1)).toMatchObject({ do: "start-reply", source: { texts: ["First."] } });
  });
  test("may be cut short by the caller or not, as it says", () => {
    for (const interruptible of ["any", "none"] as const) {
      const story = new Story().greeted();
      story.at(3000, say("Listen.", false, interruptible));
      story.at(3300, { kind: "audible", generation: story.generation });
      expect(story.at(4500, speechStarted(1)).includes("stop")).toBe(interruptible === "any");
    }
  });
  test("outlives a caller who cuts in: it is said after their answer", () => {
    const story = answering();
    story.at(4000, say("Your driver is here."));
    story.at(4500, speechStarted(1), final(1, "why"));
    expect(story.done.at(-1)).toMatchObject({ do: "start-reply", source: { kind: "dialog" } });
    story.agentSends(5000, "Because.");
    expect(story.played(7000, 0)).toEqual(["say Your driver is here."]);
  });
  test("outlives a noise, after which the dialog has nothing more to say", () => {
    const story = answering(FREE);
    story.at(4000, say("Your driver is here."));
    story.at(4500, speechStarted(1), speechEnded(1));
    expect(story.at(4800, final(1, ""))).toEqual(["say Your driver is here."]);
  });
  test("outlives a caller who cuts in on a free dialog that has nothing to say to that", () => {
    const story = answering(FREE);
    story.at(4000, say("Your driver is here."));
    story.at(4500, speechStarted(1), final(1, "okay okay"));
    expect(story.done.at(-1)).toMatchObject({ do: "start-reply", source: { texts: ["Your driver is here."] } });
    expect(story.waiting).toEqual([]);
  });
  test("outlives a key that stopped a free dialog", () => {
    const story = answering(FREE);
    story.at(4000, say("Your driver is here."));
    expect(story.at(4500, { kind: "key", digit: "1" }).at(-1)).toBe("say Your driver is here.");
  });
  test("does not hold up an end that cannot be stopped any more", () => {
    const story = new Story().greeted();
    story.at(600_000, timer("too-long"));
    expect(story.at(600_100, say("Wait.", true))).toEqual([]);
    story.agentSends(600_200, "Our time is up.");
    expect(story.played(602_000, 0)).toEqual(["end too-long"]);
    const failing = new Story().greeted();
    failing.at(3000, { kind: "ear-failed", message: "quota" });
    expect(failing.at(3100, say("Wait.", true))).toEqual([]);
  });
  test("may keep the line where the agent was saying goodbye", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "bye"));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Goodbye.");
    expect(story.at(3600, say("Wait.", true))).toEqual(["stop", "say Wait."]);
    story.agentSends(4000, "Wait.");
    expect(story.played(5500, 0)).toEqual(["silence in 8000"]);
  });
});

describe("a message for the dialog", () => {
  test("stands in its history, and it is asked to go on", () => {
    const story = new Story().greeted();
    story.at(3000, message("The customer is a member."));
    expect(story.done.at(-1)).toMatchObject({
      do: "start-reply",
      source: {
        kind: "dialog",
        history: [{ by: "agent" }, { by: "operator", text: "The customer is a member." }],
      },
    });
  });
  test("waits for the end of an answer", () => {
    const story = answering();
    expect(story.at(4000, message("Be brief."))).toEqual([]);
    expect(story.played(5500, 1)).toEqual(["ask Namaste, how can I help? | Be brief. | tell me | One. Two."]);
  });
  test("several are answered together, and not again one by one", () => {
    const story = answering();
    story.at(4000, message("Be brief."), message("Be kind."));
    expect(story.played(5500, 1)).toEqual([expect.stringContaining("Be kind.")]);
    story.agentSends(6000, "Fine.");
    expect(story.played(8000, 0)).toEqual(["silence in 8000"]);
  });
  test("is answered with the caller's next words where they cut in first", () => {
    const story = answering();
    story.at(4000, message("Be brief."));
    expect(story.at(4500, speechStarted(1), final(1, "why")).at(-1)).toContain("Be brief.");
    story.agentSends(5000, "Because.");
    expect(story.played(7000, 0)).toEqual(["silence in 8000"]);
  });
  test("is told to a free dialog at once, which does with it what it likes", () => {
    const story = answering(FREE);
    expect(story.at(4000, message("Be brief."))).toEqual(["tell message Be brief."]);
    expect(story.waiting).toEqual([]);
  });
});

describe("digits", () => {
  test("are tones that nobody can stop, and no words of anybody", () => {
    const story = new Story().greeted();
    expect(story.at(3000, order({ do: "digits", digits: "42#" }))).toEqual(["digits 42#"]);
    story.at(3000, { kind: "audible", generation: story.generation });
    expect(story.at(3800, speechStarted(0), { kind: "key", digit: "1" }).join()).not.toContain("stop");
    story.agentSends(3900, "");
    story.played(4500, 0);
    expect(story.history).toEqual(["agent: Namaste, how can I help?"]);
    expect(story.turns().at(-1)).toMatchObject({ agentGenerated: "", agentHeard: "" });
  });
});

describe("an order to end the call", () => {
  test("without last words ends it at once", () => {
    const story = answering();
    expect(story.at(4000, order({ do: "end", end: DONE }))).toEqual(["stop", "end ended-by-request"]);
    expect(story.turns().at(-1)).toMatchObject({ agentHeard: "", interrupted: true });
  });
  test("with last words ends it once they were heard, and nobody can stop them", () => {
    const story = answering();
    story.at(3900, say("Later."));
    expect(story.at(4000, order({ do: "end", end: DONE, say: "We must stop." }))).toEqual([
      "stop",
      "say We must stop.",
    ]);
    story.agentSends(4500, "We must stop.");
    expect(story.at(4600, speechStarted(1), final(1, "why"), { kind: "key", digit: "1" }).join()).not.toContain("stop");
    expect(story.at(4700, say("Wait.", true))).toEqual([]);
    expect(story.played(6500, 0)).toEqual(["end ended-by-request"]);
    expect(story.done.at(-1)).toEqual({ do: "end", end: DONE });
  });
  test("with last words that cannot be said ends it all the same", () => {
    const story = new Story().greeted();
    story.at(3000, order({ do: "end", end: DONE, say: "We must stop." }));
    const failed = { kind: "reply-failed", generation: story.generation, message: "502", retryable: true } as const;
    expect(story.at(3500, failed)).toEqual(["stop", "end ended-by-request"]);
  });
});

describe("other orders", () => {
  test("another voice or ear waits for the end of what is being said", () => {
    const tuning = { speaks: "ta-IN", speaker: "anushka" } as const;
    expect(new Story().greeted().at(3000, order({ do: "retune", tuning }))).toEqual(["retune ta-IN anushka"]);
    const story = answering();
    expect(story.at(4000, order({ do: "retune", tuning }), say("Vanakkam."))).toEqual([]);
    expect(story.played(5500, 1)).toEqual(["retune ta-IN anushka", "say Vanakkam."]);
  });
  test("recording is stopped and goes on at once, and both are told", () => {
    const story = answering();
    expect(story.at(4000, order({ do: "record", on: false }))).toEqual(["pause"]);
    expect(story.at(4100, order({ do: "record", on: true }))).toEqual(["record"]);
    expect(story.decisions().slice(-2)).toEqual(["told", "told"]);
  });
  test("who answered means nothing in a call that is not ours", () => {
    const story = new Story().greeted();
    expect(story.at(3000, order({ do: "answered-by", who: "machine" }))).toEqual([]);
    expect(story.decisions()).toEqual([]);
  });
  test("a caller who is silent after an order is asked whether they are there", () => {
    const story = new Story().greeted();
    story.at(3000, order({ do: "digits", digits: "1" }));
    story.agentSends(3300, "");
    expect(story.played(4000, 0)).toEqual(["silence in 8000"]);
  });
  test("nothing is said over the caller's own end", () => {
    const story = new Story().greeted();
    story.at(3000, { kind: "line-over", how: "caller-hung-up", detail: "" });
    expect(story.at(3100, say("Hello?", true), order({ do: "end", end: DONE, say: "Bye." }))).toEqual([]);
  });
  test("before the line is up is carried out as soon as it is", () => {
    const story = new Story();
    expect(story.at(0, say("Hello."), order({ do: "record", on: false }))).toEqual([]);
    expect(story.at(100, started).slice(1)).toEqual(["say Namaste, how can I help?", "pause"]);
    expect(story.waiting).toEqual(["say Hello."]);
  });
  test("what was to be said and was not heard yet is said after the answer to what came between", () => {
    const story = new Story().greeted();
    expect(story.at(3000, say("Your driver is here."))).toEqual(["say Your driver is here."]);
    expect(story.at(3100, final(0, "one question")).filter((it) => !it.startsWith("silence"))).toEqual([
      "stop",
      "ask Namaste, how can I help? | one question",
    ]);
    story.agentSends(3500, "Yes?");
    expect(story.played(5000, 0)).toEqual(["say Your driver is here."]);
  });
  test("silence goes on being counted after a noise", () => {
    const story = new Story().greeted();
    story.at(3000, say("One."));
    story.agentSends(3300, "One.");
    story.played(4600, 0);
    expect(story.at(5000, speechStarted(0), speechEnded(0), final(0, "")).at(-1)).toBe("silence in 8000");
  });
});
