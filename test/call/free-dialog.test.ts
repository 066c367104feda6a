import { describe, expect, test } from "vitest";
import type { Happening } from "../../src/call/events.ts";
import type { Rules } from "../../src/call/rules.ts";
import { RULES } from "./rules.ts";
import { final, partial, Story, say, speaks, speechEnded, speechStarted, started, timer, toldIn } from "./story.ts";

/** The dialog minds the silence, too. */
const FREE: Rules = { ...RULES, free: true, limits: { ...RULES.limits, silenceMs: 0 } };
const MINDED: Rules = { ...FREE, limits: RULES.limits };
const ends = (handoffData?: string): Happening => ({
  kind: "dialog-ends",
  ...(handoffData === undefined ? {} : { handoffData }),
});
const key = (digit: string): Happening => ({ kind: "key", digit });

/** Speech 1 is being heard since 3000, all of it sent. */
function speaking(rules = FREE, more: Parameters<typeof speaks>[1] = {}): Story {
  const story = new Story(rules).greeted();
  story.at(2500, speaks(1, more));
  story.leadMs = 3000;
  story.agentSends(3000, "One two three four.", "Five.");
  return story;
}

describe("an application that ends while the call is ending already", () => {
  test("changes nothing of how it ends", () => {
    const story = new Story(FREE).greeted();
    const end = { how: "transferred", detail: "to another telephone" } as const;
    story.at(3000, { kind: "order", order: { do: "end", end, say: "I connect you." } });
    expect(story.at(3100, ends("{}"))).toEqual([]);
    story.agentSends(3500, "I connect you.");
    expect(story.played(5000, 0)).toEqual(["end transferred"]);
  });
});

describe("a dialog that joins the call", () => {
  test("joins when the line begins, once, before the greeting is said", () => {
    const story = new Story(FREE);
    expect(story.at(0, started)).toEqual(["too-long in 600000", "join", "say Namaste, how can I help?"]);
    expect(story.at(100, started)).toEqual([]);
  });
  test("is told what the caller says as they say it, and answers when it likes, in the same turn", () => {
    const story = new Story(FREE).greeted();
    const asked = [speechStarted(0), partial(0, "where"), partial(0, "where is"), speechEnded(0)];
    story.at(3000, ...asked, { kind: "final", utterance: 0, text: "where is my order", language: "en-IN" });
    expect(toldIn(story)).toEqual([
      { kind: "partial", text: "where" },
      { kind: "partial", text: "where is" },
      { kind: "words", text: "where is my order", language: "en-IN" },
    ]);
    expect(story.at(4000, speaks(1))).toEqual(["speech 1"]);
    story.agentSends(4300, "On its way.");
    story.played(5600, 0);
    expect(story.turns().at(-1)).toMatchObject({ seq: 2, userText: "where is my order", agentHeard: "On its way." });
  });
  test("speaks unasked, in a turn of its own", () => {
    const story = new Story(FREE).greeted();
    expect(story.at(4000, speaks(1))).toEqual(["speech 1"]);
    story.agentSends(4300, "Still there?");
    story.played(5600, 0);
    expect(story.turns().at(-1)).toMatchObject({ seq: 2, userText: "", agentHeard: "Still there?" });
  });
  test("waits with one thing for the end of the other, the greeting included, in order", () => {
    const story = new Story(FREE);
    story.at(0, started, speaks(1), speaks(2, { of: "sound" }));
    expect(story.waiting).toEqual(["speech 1", "speech 2"]);
    story.agentSends(500, "Namaste.");
    expect(story.played(2000, 0)).toEqual(["speech 1"]);
    story.agentSends(2500, "One.");
    expect(story.played(3800, 0)).toEqual(["speech 2"]);
    story.agentSends(4000, "");
    expect(story.played(5000, 0)).toEqual([]);
    expect(story.history).toEqual(["agent: Namaste.", "agent: One."]);
  });
  test("is left with the caller's silence where it minds it", () => {
    const story = new Story(FREE);
    story.at(0, started);
    story.agentSends(500, "Namaste.");
    expect(story.played(2000, 0)).toEqual([]);
    expect(story.done.at(-1)).toEqual({ do: "cancel-timer", timer: "silence" });
  });
  test("written words count at once, and blanks are none", () => {
    const story = new Story(FREE).greeted();
    expect(story.at(3000, { kind: "text", text: "  " })).toEqual([]);
    expect(story.at(3100, { kind: "text", text: " my order? " })).toEqual(["tell words my order?"]);
    expect(story.turns().at(-1)?.userText).toBe("my order?");
  });
  test("words whose transcript never comes count after a while, although nobody minds the silence", () => {
    const story = new Story(FREE).greeted();
    story.at(3000, speechStarted(0), speechEnded(0));
    story.at(5000, timer("final"));
    expect(story.at(5100, partial(0, "my order"))).toEqual(["tell partial my order", "silence in 2000"]);
    expect(story.at(7100, timer("silence"))).toContain("tell words my order");
  });
  test("more words before it has spoken are one turn, and all of them are told", () => {
    const story = new Story(FREE).greeted();
    story.at(3000, final(0, "book a"));
    expect(story.at(3400, final(1, "table"))).toEqual(["tell words table"]);
    expect(story.turns().at(-1)).toMatchObject({ seq: 2, userText: "book a table" });
  });
});

describe("a caller who cuts in", () => {
  test("stops it, and it is told what was heard to the word and for how long", () => {
    const story = speaking();
    story.played(4000, 0);
    story.at(4000, speechStarted(0));
    expect(toldIn(story).at(-1)).toEqual({ kind: "interrupted", heard: "One two three four.", afterMs: 1000 });
    const earlier = speaking();
    earlier.at(3500, speechStarted(0));
    expect(toldIn(earlier).at(-1)).toEqual({ kind: "interrupted", heard: "One two", afterMs: 500 });
  });
  test("makes it forget what it was going to say", () => {
    const story = speaking();
    story.at(3200, speaks(2), speaks(3));
    expect(story.at(3500, speechStarted(0))[0]).toBe("stop");
    expect(story.waiting).toEqual([]);
    expect(story.at(5000, speechEnded(0), final(0, "")).join()).not.toContain("speech");
  });
  test("before the first sound of it makes it forget that too, and it is told that nothing was heard", () => {
    const story = new Story(FREE).greeted();
    story.at(2500, speaks(1));
    story.at(2700, final(0, "wait"));
    expect(toldIn(story)).toEqual([
      { kind: "interrupted", heard: "", afterMs: 0 },
      { kind: "words", text: "wait" },
    ]);
  });
  test("with a noise leaves it to the dialog to go on", () => {
    const story = speaking();
    story.at(4800, speechStarted(1), speechEnded(1));
    expect(story.at(5100, final(1, "")).join()).not.toMatch(/say|speech/);
    expect(story.decisions()).not.toContain("resumed");
  });
  test.each([
    ["any", true, true],
    ["speech", true, false],
    ["dtmf", false, true],
    ["none", false, false],
  ] as const)("may do so by voice and by key as the speech says: %s", (interruptible, byVoice, byKey) => {
    const voice = speaking(FREE, { interruptible });
    voice.at(4000, speechStarted(0), partial(0, "wait"));
    expect(voice.done.some((it) => it.do === "stop-reply")).toBe(byVoice);
    expect(toldIn(voice).map(({ kind }) => kind)).toEqual(byVoice ? ["interrupted", "partial"] : []);
    const keys = speaking(FREE, { interruptible });
    keys.at(4000, key("5"));
    expect(keys.done.some((it) => it.do === "stop-reply")).toBe(byKey);
    expect(toldIn(keys).map(({ kind }) => kind)).toEqual(byKey ? ["interrupted", "key"] : []);
  });
  test("where they may not is not answered, and the books have their words", () => {
    const story = speaking(FREE, { interruptible: "none" });
    expect(story.at(4000, final(0, "wait"))).toEqual([]);
    expect(story.decisions().at(-1)).toBe("ignored");
    story.played(7000, 1);
    expect(story.turns().at(-1)).toMatchObject({ userText: "wait", agentHeard: "One two three four. Five." });
  });
});

describe("keys", () => {
  test("are told one by one, and become no words", () => {
    const story = new Story(FREE).greeted();
    expect(story.at(3000, key("4"), key("2"), key("#"))).toEqual(["tell key 4", "tell key 2", "tell key #"]);
    expect(story.turns()).toHaveLength(1);
  });
  test("show that the caller is there: silence is counted anew, also after a key that stopped the agent", () => {
    const story = new Story(MINDED).greeted();
    story.at(10_000, timer("silence"));
    story.agentSends(10_500, "Are you there?");
    expect(story.at(11_000, key("1"))).toEqual([
      "stop",
      expect.stringMatching(/^tell int/),
      "tell key 1",
      "silence in 8000",
    ]);
    expect(story.at(19_000, timer("silence"))).toEqual(["say Are you there?"]);
  });
});

describe("what may be replaced", () => {
  test("gives way to what the dialog says next, without a word of an interruption", () => {
    const story = speaking(FREE, { preemptible: true });
    expect(story.at(3500, speaks(2))).toEqual(["stop", "speech 2"]);
    expect(toldIn(story)).toEqual([]);
    expect(story.turns().at(-1)).toMatchObject({ seq: 2, interrupted: true });
  });
  test("does not give way to an order, which waits", () => {
    const story = speaking(FREE, { preemptible: true });
    expect(story.at(3500, say("Your driver is here."))).toEqual([]);
    expect(story.played(7000, 1)).toEqual(["say Your driver is here."]);
  });
  test("is only what says so of itself", () => {
    const story = speaking();
    expect(story.at(3500, speaks(2, { preemptible: true }))).toEqual([]);
    expect(story.waiting).toEqual(["speech 2"]);
  });
});

describe("keys and languages of its own", () => {
  test("are tones after what it says, which nobody can stop", () => {
    const story = speaking();
    story.at(3200, { kind: "dialog-digits", digits: "1w2#" });
    expect(story.played(7000, 1)).toEqual(["digits 1w2#"]);
    story.at(7100, { kind: "audible", generation: story.generation });
    expect(story.at(7200, speechStarted(0), key("1")).join()).not.toContain("stop");
  });
  test("another language holds from the next speech on, and what the caller stops does not undo it", () => {
    const story = speaking();
    const tamil = { kind: "dialog-language", speaks: "ta-IN", listensFor: "ta-IN" } as const;
    expect(story.at(3200, tamil)).toEqual([]);
    story.at(3300, speaks(2));
    expect(story.played(7000, 1)).toEqual(["retune ta-IN ta-IN", "speech 2"]);
    expect(new Story(FREE).greeted().at(3000, tamil)).toEqual(["retune ta-IN ta-IN"]);
    const stopped = speaking();
    stopped.at(3200, tamil, speaks(2));
    stopped.at(3500, speechStarted(0), final(0, "wait"));
    expect(stopped.at(4000, speaks(3))).toEqual(["retune ta-IN ta-IN", "speech 3"]);
  });
});

describe("a dialog that ends the call", () => {
  const end = { how: "agent-hung-up", detail: "the application ended the conversation" };

  test("ends it at once where nothing is being said, with what it leaves for others", () => {
    const story = new Story(FREE).greeted();
    expect(story.at(3000, ends('{"queue":"sales"}'))).toEqual(["end agent-hung-up"]);
    expect(story.done.at(-1)).toEqual({ do: "end", end: { ...end, handoffData: '{"queue":"sales"}' } });
  });
  test("ends it once what it was saying was heard, and the caller cannot stop it any more", () => {
    const story = speaking();
    expect(story.at(3200, ends())).toEqual([]);
    expect(story.at(3500, speechStarted(0), partial(0, "wait"), key("1")).join()).not.toContain("stop");
    expect(story.played(7000, 1)).toEqual(["end agent-hung-up"]);
    expect(story.done.at(-1)).toEqual({ do: "end", end });
  });
  test("ends it behind everything it has begun to say, and the caller cannot stop that either", () => {
    const story = speaking();
    story.at(3200, speaks(2), ends());
    expect(story.at(3500, speechStarted(0), partial(0, "wait"), key("1")).join()).not.toContain("stop");
    expect(story.played(7000, 1)).toEqual(["speech 2"]);
    story.agentSends(7300, "Bye.");
    expect(story.at(7500, final(0, "wait please")).join()).not.toContain("stop");
    expect(story.played(8600, 0)).toEqual(["end agent-hung-up"]);
    expect(story.turns().at(-1)).toMatchObject({ userText: "wait please", agentHeard: "Bye." });
  });
  test("is not undone by an order to say something first", () => {
    const story = speaking();
    story.at(3200, speaks(2), ends());
    expect(story.at(3300, say("One moment.", true))).toEqual([]);
    expect(story.played(7000, 1)).toEqual(["speech 2"]);
    story.agentSends(7300, "Bye.");
    expect(story.played(8600, 0)).toEqual(["end agent-hung-up"]);
  });
  test("by its last words may be kept on the line, as any agent", () => {
    const story = new Story(FREE).greeted();
    story.at(3000, speaks(1));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Goodbye.");
    story.at(3900, speechStarted(1));
    expect(story.decisions()).toContain("goodbye cancelled");
    expect(story.at(4500, speechEnded(1), final(1, ""))).toContain("say Goodbye.");
  });
  test("by its last words to what the caller said says them after a noise, too", () => {
    const story = new Story(FREE).greeted();
    story.at(2900, final(0, "bye"));
    story.at(3000, speaks(1));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Goodbye.");
    story.at(3900, speechStarted(1));
    expect(story.at(4500, speechEnded(1), final(1, ""))).toContain("say Goodbye.");
  });
  test("by last words that may be replaced cannot replace them any more once the call is too long", () => {
    const story = new Story(FREE).greeted();
    story.at(599_000, speaks(1, { preemptible: true }));
    story.at(599_300, { kind: "farewell", generation: story.generation });
    story.agentSends(599_500, "Goodbye.");
    story.at(600_000, timer("too-long"));
    expect(story.at(600_100, speaks(2))).toEqual([]);
    expect(story.played(601_000, 0)).toEqual(["end agent-hung-up"]);
  });
});

describe("a dialog that is lost", () => {
  test("for a moment asks for patience, but does not speak over itself", () => {
    const away: Happening = { kind: "dialog-away", why: "1006" };
    expect(new Story(FREE).greeted().at(3000, away)).toEqual(["say One moment."]);
    const story = speaking();
    expect(story.at(3200, away)).toEqual([]);
    expect(story.decisions()).toEqual(["asked for patience"]);
    expect(new Story({ ...FREE, phrases: { ...FREE.phrases, oneMoment: "" } }).greeted().at(3000, away)).toEqual([]);
  });
  test("for good leads to the apology, whatever waits, and the end says why", () => {
    const story = speaking();
    story.at(3200, speaks(2));
    expect(story.at(3300, { kind: "dialog-failed", message: "refused (403)" })).toEqual(["stop", "apologise"]);
    story.agentSends(3400, "Sorry.");
    expect(story.played(5000, 0)).toEqual(["end failed"]);
    expect(story.done.at(-1)).toMatchObject({ end: { how: "failed", detail: "refused (403)" } });
  });
  test("a speech that breaks off is made up for by asking the caller again, and the second time by the apology", () => {
    const story = new Story(FREE).greeted();
    const fails = (atMs: number): string[] =>
      story.at(atMs, { kind: "reply-failed", generation: story.generation, message: "lost", retryable: true });
    story.at(3000, speaks(1));
    expect(fails(3100)).toEqual(["stop", "say Please say that again."]);
    story.agentSends(3500, "Please say that again.");
    story.played(5000, 0);
    story.at(6000, speaks(2));
    expect(fails(6100)).toEqual(["stop", "apologise"]);
  });
  test("tells of itself in decisions only", () => {
    const story = new Story(FREE).greeted();
    expect(story.at(3000, { kind: "dialog-note", note: "unknown message" })).toEqual([]);
    expect(story.decisions()).toEqual(["dialog"]);
  });
});
