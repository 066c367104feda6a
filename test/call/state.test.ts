import { describe, expect, test } from "vitest";
import { POLICY, type Rules } from "../../src/call/rules.ts";
import { RULES } from "./rules.ts";
import { final, inWords, partial, Story, speechEnded, speechStarted, started, timer } from "./story.ts";

describe("greeting", () => {
  test("is said as soon as the line has started", () => {
    expect(new Story().at(0, started)).toEqual(["too-long in 600000", "say Namaste, how can I help?"]);
  });
  test("is over when its mark returns, and then silence is counted", () => {
    const story = new Story();
    story.at(0, started);
    expect(story.agentSends(500, "Namaste.")).toEqual(["marks in 1800"]);
    expect(story.played(2000, 0)).toEqual(["silence in 8000"]);
    expect(story.history).toEqual(["agent: Namaste."]);
  });
  test("an agent without a greeting waits for the caller", () => {
    expect(new Story({ ...RULES, greeting: "" }).at(0, started)).toEqual(["too-long in 600000", "silence in 8000"]);
  });
});

describe("a turn", () => {
  test("I11: a final is answered at once, whatever comes after it", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0));
    expect(story.at(4000, final(0, "where is my order"))).toEqual(["ask Namaste, how can I help? | where is my order"]);
    expect(story.at(4010, speechEnded(0))).toEqual([]);
  });
  test("does not depend on the order of final and speech-ended", () => {
    const finalFirst = new Story().greeted();
    finalFirst.at(3000, speechStarted(0), final(0, "hello"), speechEnded(0));
    const endFirst = new Story().greeted();
    endFirst.at(3000, speechStarted(0), speechEnded(0), final(0, "hello"));
    const replies = (s: Story): string[] => s.done.flatMap(inWords).filter((w) => w.startsWith("ask"));
    expect(replies(finalFirst)).toEqual(replies(endFirst));
  });
  test("repeated and late finals of an utterance that counted are ignored", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    expect(story.at(3100, final(0, "hello there"), final(0, "hallo"), partial(0, "x"), speechEnded(0))).toEqual([]);
  });
  test("I8: finals append and interims replace", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0), partial(0, "I want"), partial(0, "I want to book"));
    story.at(3500, final(0, "I want to book"));
    story.at(3900, speechStarted(1), partial(1, "a ta"), partial(1, "a table"));
    expect(story.at(4300, final(1, "a table")).at(-1)).toBe("ask Namaste, how can I help? | I want to book a table");
    expect(story.turns().at(-1)?.userText).toBe("I want to book a table");
  });
  test("I7: two finals before the answer has a sound are one turn, and the first answer is never heard", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "book a"));
    story.at(3200, { kind: "generated", generation: story.generation, text: "A what?" });
    expect(story.at(3300, final(1, "table"))).toEqual(["stop", "ask Namaste, how can I help? | book a table"]);
    expect(story.turns()).toHaveLength(2);
    expect(story.decisions()).toContain("merged");
  });
  test("I7: words that follow closely on an answer nobody heard belong to the same turn", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "book a"));
    story.at(3200, { kind: "audible", generation: story.generation });
    expect(story.at(3500, speechStarted(1))).toContain("stop");
    expect(story.at(4200, final(1, "table")).at(-1)).toBe("ask Namaste, how can I help? | book a table");
    expect(story.turns()).toHaveLength(2);
  });
  test("I9: a cough before the reply does not kill the reply", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "where is my order"));
    expect(story.at(3200, speechStarted(1), speechEnded(1), final(1, ""))).not.toContain("stop");
    expect(story.agentSends(3600, "It is on its way.")).toEqual(["marks in 1800"]);
  });
  test("an empty final is no turn", () => {
    const story = new Story().greeted();
    expect(story.at(3000, speechStarted(0), speechEnded(0), final(0, "  "))).toEqual([
      "silence in 30000",
      "final in 2000",
      "silence in 8000",
      "silence in 8000",
    ]);
  });
  test("I10: when no final comes, the last partial counts after a while", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0), partial(0, "where is"), speechEnded(0));
    expect(story.at(5000, timer("final"))).toEqual(["ask Namaste, how can I help? | where is"]);
    expect(story.at(5100, final(0, "where is my order"))).toEqual([]);
  });
  test("I10: when neither final nor partial comes, the agent goes on listening", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0), speechEnded(0));
    expect(story.at(5000, timer("final"))).toEqual(["silence in 8000"]);
  });
  test("S0.23: carries the times of its stages", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0));
    story.at(4000, speechEnded(0));
    story.at(4150, final(0, "hello"));
    story.at(4400, { kind: "generated", generation: story.generation, text: "Hi." });
    story.at(4650, { kind: "audible", generation: story.generation });
    story.at(4700, { kind: "sent", generation: story.generation, piece: 0, audioMs: 700 });
    story.at(4700, { kind: "reply-sent", generation: story.generation, leadMs: 300 });
    story.played(5400, 0);
    expect(story.turns().at(-1)).toMatchObject({
      userText: "hello",
      agentHeard: "Hi.",
      startedMs: 4150,
      endedMs: 5400,
      metrics: { sttMs: 150, userAudioMs: 1000, dialogMs: 250, ttsMs: 250, firstAudioMs: 500, agentAudioMs: 700 },
    });
  });
});

describe("barge-in", () => {
  test("S0.19: the caller's first sound stops an agent that speaks", () => {
    const story = new Story();
    story.at(0, started);
    story.at(400, { kind: "audible", generation: 1 });
    expect(story.at(900, speechStarted(0))).toEqual(["stop", "silence in 30000"]);
    expect(story.decisions()).toEqual(["barge-in"]);
  });
  test("I1: a reply that was fully sent but not yet heard is stopped all the same", () => {
    const story = new Story();
    story.at(0, started);
    story.agentSends(500, "Namaste.");
    expect(story.at(700, speechStarted(0))).toContain("stop");
  });
  test("I2: marks that come back because the line was cleared credit nothing", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me"));
    story.leadMs = 2000;
    story.agentSends(4000, "One.", "Two.");
    story.played(4900, 0);
    story.at(5000, speechStarted(1));
    story.played(5001, 1, 2);
    story.at(6000, final(1, "stop"));
    expect(story.history.slice(1)).toEqual(["caller: tell me", "agent (cut): One."]);
    story.played(6001, 1, 2);
    expect(story.turns().find(({ seq }) => seq === 2)).toMatchObject({ agentHeard: "One.", interrupted: true });
    expect(story.turns().find(({ seq }) => seq === 3)?.agentHeard).toBe("");
  });
  test("I3: a first mark that never returns is vouched for by the next one", () => {
    const story = new Story();
    story.at(0, started);
    story.agentSends(500, "One.", "Two.");
    expect(story.played(2500, 1)).toEqual(["silence in 8000"]);
    expect(story.turns()[0]?.agentHeard).toBe("One. Two.");
  });
  test("I3: marks that never return hold nothing up, and the books say it was not heard", () => {
    const story = new Story();
    story.at(0, started);
    story.agentSends(500, "Namaste.");
    expect(story.at(2300, timer("marks"))).toEqual(["silence in 8000"]);
    expect(story.turns()[0]).toMatchObject({ agentSent: "Namaste.", agentHeard: "", interrupted: false });
    expect(story.decisions()).toEqual(["reply unconfirmed"]);
  });
  test("sounds that began while the agent was thinking stop it once there are words in them", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    story.at(3800, speechStarted(1));
    story.at(4000, { kind: "audible", generation: story.generation });
    expect(story.at(4100, partial(1, ""))).toEqual([]);
    expect(story.at(4200, partial(1, "and also"))).toContain("stop");
  });
  test("what an old reply still reports changes nothing", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"), final(1, "again"));
    const before = story.state;
    story.at(3100, { kind: "reply-sent", generation: 2, leadMs: 0 });
    story.at(3100, { kind: "reply-failed", generation: 2, message: "x", retryable: false });
    expect(story.state).toEqual(before);
  });
});

describe("goodbye", () => {
  function sayingGoodbye(): Story {
    const story = new Story().greeted();
    story.at(3000, final(0, "bye"));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Goodbye.");
    return story;
  }
  test("I5: confirmed: the call ends only when the goodbye was heard", () => {
    const story = sayingGoodbye();
    expect(story.state.phase).toBe("open");
    expect(story.played(4500, 0)).toEqual(["end agent-hung-up"]);
    expect(story.decisions()).toContain("goodbye confirmed");
  });
  test("I5: unconfirmed: no mark comes, so a cap ends the call", () => {
    const story = sayingGoodbye();
    expect(story.at(5300, timer("marks"))).toEqual(["end agent-hung-up"]);
    expect(story.decisions()).toContain("goodbye unconfirmed");
  });
  test("I5, I6: cancelled: a caller who speaks during the goodbye keeps the line", () => {
    const story = sayingGoodbye();
    expect(story.at(3900, speechStarted(1))).toContain("stop");
    expect(story.at(4900, final(1, "wait")).at(-1)).toContain("ask");
    expect(story.decisions()).toContain("goodbye cancelled");
  });
});

describe("silence", () => {
  test("is asked about twice, then the agent says goodbye and hangs up", () => {
    const story = new Story().greeted();
    for (const [atMs, said] of [
      [10_000, "say Are you there?"],
      [20_000, "say Can you hear me?"],
      [30_000, "say Goodbye then."],
    ] as const) {
      expect(story.at(atMs, timer("silence"))).toEqual([said]);
      story.agentSends(atMs + 500, said);
      story.played(atMs + 1800, 0);
    }
    expect(story.done.at(-1)).toEqual({ do: "end", end: { how: "caller-silent", detail: "asked 2 times in vain" } });
  });
  test("starts over once the caller has said something", () => {
    const story = new Story().greeted();
    story.at(10_000, timer("silence"));
    story.agentSends(10_500, "Are you there?");
    story.played(11_800, 0);
    story.at(12_000, final(0, "yes"));
    story.agentSends(12_500, "Good.");
    story.played(13_800, 0);
    expect(story.at(22_000, timer("silence"))).toEqual(["say Are you there?"]);
  });
  test("is not counted while the caller speaks on and on", () => {
    expect(new Story().greeted().at(3000, speechStarted(0))).toEqual([`silence in ${POLICY.turn.longestUtteranceMs}`]);
  });
});

describe("keys", () => {
  test("I15: a digit before any speech is taken as the caller's words", () => {
    const story = new Story().greeted();
    expect(story.at(3000, { kind: "key", digit: "1" })).toEqual(["keys in 2000", "silence in 8000"]);
    expect(story.at(5000, timer("keys"))).toEqual(["ask Namaste, how can I help? | 1"]);
  });
  test("are collected, ended by #, and stop an agent that speaks", () => {
    const story = new Story();
    story.at(0, started);
    story.at(400, { kind: "audible", generation: 1 });
    expect(story.at(600, { kind: "key", digit: "4" })[0]).toBe("stop");
    expect(story.at(900, { kind: "key", digit: "2" }, { kind: "key", digit: "#" }).at(-1)).toBe("ask 42");
  });
});

describe("the end", () => {
  test("the longest duration ends the call politely and may not be interrupted", () => {
    const story = new Story().greeted();
    expect(story.at(600_000, timer("too-long"))).toEqual(["say Our time is up."]);
    story.at(600_400, { kind: "audible", generation: story.generation });
    expect(story.at(600_500, speechStarted(0), final(0, "but"))).not.toContain("stop");
    story.agentSends(600_600, "Our time is up.");
    expect(story.played(601_900, 0)).toEqual(["end too-long"]);
  });
  test("a caller who hangs up mid-sentence ends everything, with the turn as it was heard", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me"));
    story.agentSends(4000, "One.", "Two.");
    story.played(5000, 0);
    expect(story.at(5500, { kind: "line-over", how: "caller-hung-up", detail: "stop" })).toEqual([
      "stop",
      "end caller-hung-up",
    ]);
    expect(story.turns().at(-1)).toMatchObject({ agentHeard: "One.", agentSent: "One. Two.", interrupted: true });
  });
  test("nothing happens after it", () => {
    const story = new Story().greeted();
    story.at(3000, { kind: "drain-forced" });
    expect(story.at(3100, started, final(0, "hello"), timer("silence"))).toEqual([]);
    expect(story.state).toMatchObject({ phase: "ended", end: { how: "drain-forced" } });
  });
  test.each([
    ["line-over", "caller-hung-up"],
    ["drain-forced", "drain-forced"],
  ] as const)("%s before the line is up ends the call too", (kind, how) => {
    const event = kind === "line-over" ? { kind, how: "caller-hung-up" as const, detail: "" } : { kind };
    expect(new Story().at(0, event)).toEqual([`end ${how}`]);
  });
});

describe("failures", () => {
  const fail = (story: Story, atMs: number, retryable: boolean): string[] =>
    story.at(atMs, { kind: "reply-failed", generation: story.generation, message: "502", retryable });

  test("an answer that could not be given is asked for again, once; then the apology ends the call with its reason", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    expect(fail(story, 3500, true)).toEqual(["stop", "say Please say that again."]);
    story.agentSends(4000, "Please say that again.");
    story.played(5300, 0);
    story.at(6000, final(1, "hello"));
    expect(fail(story, 6500, true)).toEqual(["stop", "apologise"]);
    story.agentSends(6600, "Sorry.");
    expect(story.played(9000, 0)).toEqual(["end failed"]);
    expect(story.done.at(-1)).toMatchObject({ end: { how: "failed", detail: "502" } });
  });
  test("an answer given in between forgives", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "a"));
    fail(story, 3500, true);
    story.agentSends(4000, "Please say that again.");
    story.played(5300, 0);
    story.at(6000, final(1, "a"));
    story.agentSends(6500, "Answer.");
    story.played(7800, 0);
    story.at(9000, final(2, "b"));
    expect(fail(story, 9500, true)).toContain("say Please say that again.");
  });
  test("a caller who interrupts the request to say it again has not been answered", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    fail(story, 3500, true);
    story.at(4000, { kind: "audible", generation: story.generation });
    story.at(4500, speechStarted(1), final(1, "hello"));
    expect(fail(story, 5000, true)).toContain("apologise");
  });
  test("what cannot succeed is not tried again", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "a"));
    expect(fail(story, 3500, false)).toEqual(["stop", "apologise"]);
  });
  test("an ear that fails before the line is up leads to the apology as soon as it is", () => {
    const story = new Story();
    expect(story.at(0, { kind: "ear-failed", message: "403" })).toEqual([]);
    expect(story.at(500, started)).toEqual(["too-long in 600000", "apologise"]);
  });
  test("an ear that fails in mid-call stops the agent and leads to the apology, once", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "a"));
    expect(story.at(3500, { kind: "ear-failed", message: "quota" })).toEqual(["stop", "apologise"]);
    expect(story.at(3600, { kind: "ear-failed", message: "quota" })).toEqual([]);
  });
  test("a goodbye that cannot be said ends the call all the same", () => {
    const story = new Story().greeted();
    story.at(600_000, timer("too-long"));
    expect(fail(story, 600_300, true)).toEqual(["stop", "end too-long"]);
  });
});

describe("nothing the caller says is lost", () => {
  test("a cough that never gets a transcript takes nothing of the words after it", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), speechEnded(1));
    story.at(3800, speechStarted(2), partial(2, "mujhe apna"));
    expect(story.at(5000, timer("final")).filter((done) => done.startsWith("ask"))).toEqual([]);
    story.at(6000, speechEnded(2));
    expect(story.at(6100, final(2, "mujhe apna order cancel karna hai")).at(-1)).toContain("order cancel karna hai");
  });
  test("a late final counts although the next utterance has begun, and so does the next one", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), speechEnded(1), speechStarted(2), partial(2, "for two"));
    expect(story.at(3500, final(1, "book a table")).at(-1)).toContain("book a table");
    expect(story.at(4500, final(2, "for two")).at(-1)).toContain("book a table for two");
  });
  test("finals that overtake each other both count", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), speechEnded(1), speechStarted(2), speechEnded(2));
    story.at(3400, final(2, "second"));
    expect(story.at(3500, final(1, "first")).at(-1)).toContain("second first");
  });
  test("an empty final of one utterance leaves the next one alone", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), speechStarted(2), partial(2, "hello"));
    expect(story.at(3200, final(1, ""))).toEqual(["silence in 30000"]);
    story.at(4000, speechEnded(2));
    expect(story.at(6000, timer("final")).at(-1)).toContain("hello");
  });
  test("speech that never ends counts for its last partial", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), partial(1, "I have been talking"));
    expect(story.at(33_000, timer("silence")).at(-1)).toContain("I have been talking");
  });
  test("a caller who hangs up before the transcript comes has said it all the same", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), partial(1, "mera order radd kar do"), speechEnded(1));
    story.at(3050, { kind: "key", digit: "7" });
    story.at(3100, { kind: "line-over", how: "caller-hung-up", detail: "stop" });
    expect(story.turns().at(-1)).toMatchObject({ userText: "mera order radd kar do 7", agentGenerated: "" });
  });
  test("words into a goodbye that may not be interrupted are written down", () => {
    const story = new Story().greeted();
    story.at(600_000, timer("too-long"));
    story.at(600_500, final(0, "but my order"));
    story.agentSends(600_600, "Our time is up.");
    story.played(601_900, 0);
    expect(story.turns().at(-1)).toMatchObject({ userText: "but my order", agentHeard: "Our time is up." });
  });
});

describe("an ear that is unreliable", () => {
  test("words that come after an empty transcript of the same speech count", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), final(1, ""));
    expect(story.at(3500, final(1, "hello")).at(-1)).toContain("hello");
    story.at(4000, speechStarted(2), final(2, ""), partial(2, "again"), speechEnded(2));
    expect(story.at(6000, timer("final"))).toEqual(["stop", "ask Namaste, how can I help? | hello again"]);
  });
  test("each utterance has its own time for a transcript, however soon the next one ends", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), partial(1, "one"), speechEnded(1));
    expect(story.at(4500, speechStarted(2), partial(2, "two"), speechEnded(2))).toContain("final in 500");
    const done = story.at(5000, timer("final"));
    expect(done).toContain("ask Namaste, how can I help? | one");
    expect(done).toContain("final in 1500");
    expect(story.at(6500, timer("final")).at(-1)).toContain("one two");
  });
  test("a transcript that comes after the wait for it counts, if there were no words before", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), speechEnded(1));
    story.at(5000, timer("final"));
    story.at(5200, speechStarted(2));
    expect(story.at(5400, final(1, "hello")).at(-1)).toContain("hello");
  });
  test("speech whose end is never told does not silence the agent for the rest of the call", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), partial(1, "book"));
    expect(story.at(6000, speechStarted(2))).toContain("final in 2000");
    story.at(6400, speechEnded(2), final(2, "a table"));
    expect(story.at(8000, timer("final")).at(-1)).toContain("a table book");
    expect(story.at(9000, { kind: "audible", generation: story.generation })).not.toContain("stop");
  });
  test("speech that is told again after a reconnect is waited for again", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1), partial(1, "book a"), speechEnded(1));
    story.at(4500, speechStarted(1));
    expect(story.at(5000, timer("final"))).toEqual([]);
    expect(story.at(5200, final(1, "book a table")).at(-1)).toContain("book a table");
  });
  test("an answer held back for a caller who then says nothing is watched over, and given after all", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "where is my order"));
    story.at(3300, speechStarted(1));
    expect(story.at(4100, { kind: "audible", generation: story.generation })).toEqual(["stop", "silence in 30000"]);
    expect(story.at(34_100, timer("silence"))).toEqual(["ask Namaste, how can I help? | where is my order"]);
    expect(story.at(35_000, { kind: "audible", generation: story.generation })).toEqual([]);
    expect(story.at(36_000, final(1, "please")).at(-1)).toContain("please");
  });
});

describe("false alarms", () => {
  test("a noise in the middle of a goodbye does not keep the line", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "bye"));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Thank you.", "Goodbye.");
    story.at(4300, speechStarted(1), speechEnded(1));
    expect(story.at(4600, final(1, ""))).toContain("say Thank you. Goodbye.");
    story.agentSends(5000, "Thank you.", "Goodbye.");
    expect(story.played(6500, 1)).toEqual(["end agent-hung-up"]);
  });
  test("a noise after keys does not bring back the answer they stopped", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me all"));
    story.leadMs = 3000;
    story.agentSends(3400, "One.", "Two.");
    story.at(4800, { kind: "key", digit: "4" });
    expect(story.at(5000, speechStarted(1), final(1, "")).join()).not.toContain("say");
    expect(story.at(6800, timer("keys")).at(-1)).toContain("| 4");
  });
  test("a cough just after the first sound costs nothing: the question is asked again", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "where is my order"));
    story.at(3400, { kind: "audible", generation: story.generation });
    story.at(3600, speechStarted(1), speechEnded(1));
    expect(story.at(3900, final(1, "")).at(-1)).toContain("ask Namaste, how can I help? | where is my order");
  });
  test("a noise in the middle of an answer does not cost the rest of it", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me all"));
    story.leadMs = 3000;
    story.agentSends(3400, "One.", "Two.", "Three.");
    story.played(4400, 0);
    story.at(4800, speechStarted(1), speechEnded(1));
    expect(story.at(5100, final(1, ""))).toContain("say Two. Three.");
    expect(story.decisions()).toContain("resumed");
  });
  test("the wait for an older transcript runs out while the caller interrupts: the old answer stays silent", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(0), speechEnded(0));
    story.at(3200, final(0, "tell me all"));
    story.leadMs = 3000;
    story.agentSends(3400, "One.", "Two.", "Three.");
    story.played(4400, 0);
    story.at(4800, speechStarted(1));
    expect(story.at(5000, { kind: "timer", timer: "final" })).toEqual([]);
    expect(story.decisions()).not.toContain("resumed");
  });
  test("an empty transcript that comes late while the caller speaks again does not bring the old answer back", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me all"));
    story.leadMs = 3000;
    story.agentSends(3400, "One.", "Two.", "Three.");
    story.played(4400, 0);
    story.at(4800, speechStarted(1), speechEnded(1));
    story.at(5000, speechStarted(2), final(1, ""));
    expect(story.decisions()).not.toContain("resumed");
    expect(story.at(5900, speechEnded(2), final(2, "")).join()).toContain("say Two. Three.");
  });
  test("after words the rest of the old answer is forgotten", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "tell me all"));
    story.leadMs = 2000;
    story.agentSends(3400, "One.", "Two.");
    story.played(4400, 0);
    story.at(4800, speechStarted(1));
    story.at(5100, final(1, "stop"));
    story.agentSends(5500, "Fine.");
    story.played(6800, 0);
    expect(story.at(8000, speechStarted(2), final(2, "")).join()).not.toContain("Two.");
  });
  test("a caller who answers a reply whose mark was lost has not interrupted it", () => {
    const story = new Story();
    story.at(0, started);
    story.agentSends(500, "Namaste.");
    story.at(1500, speechStarted(0));
    expect(story.turns()[0]).toMatchObject({ interrupted: false });
    story.at(2500, final(0, "hello"));
    expect(story.history).toEqual(["agent: Namaste."]);
  });
});

describe("a caller who is still speaking", () => {
  test("is let finish when the answer is about to begin", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "I want"));
    story.at(3300, speechStarted(1));
    expect(story.at(4100, { kind: "audible", generation: story.generation })).toContain("stop");
    expect(story.at(5000, final(1, "a refund")).at(-1)).toContain("I want a refund");
  });
  test("is not asked whether they are there", () => {
    const story = new Story();
    story.at(0, started);
    story.at(400, speechStarted(0));
    story.agentSends(500, "Namaste.");
    expect(story.played(2000, 0)).toEqual(["silence in 30000"]);
  });
});

describe("dead air", () => {
  test("an answer without a sound in time is given up, like one that failed", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    expect(story.done.slice(-2)).toContainEqual({ do: "set-timer", timer: "sound", ms: POLICY.reply.thinkMs });
    expect(story.at(11_000, timer("sound"))).toEqual(["stop", "say Please say that again."]);
    expect(story.at(16_000, timer("sound"))).toEqual(["stop", "apologise"]);
  });
  test("a dialog without an answer is not met with silence", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "hello"));
    const { generation } = story;
    expect(story.at(3500, { kind: "reply-sent", generation, leadMs: 0 })).toContain("say Please say that again.");
  });
  test("the longest duration holds for a caller who talks into goodbyes", () => {
    const story = new Story().greeted();
    story.at(599_000, final(0, "bye"));
    story.at(599_300, { kind: "farewell", generation: story.generation });
    story.agentSends(599_500, "Goodbye.");
    story.at(600_000, timer("too-long"));
    expect(story.at(600_100, speechStarted(1), final(1, "one more thing"))).not.toContain("stop");
    expect(story.played(601_000, 0)).toEqual(["end agent-hung-up"]);
  });
  test("an ear that fails during the goodbye does not spoil it", () => {
    const story = new Story().greeted();
    story.at(3000, final(0, "bye"));
    story.at(3300, { kind: "farewell", generation: story.generation });
    story.agentSends(3500, "Goodbye.");
    expect(story.at(3600, { kind: "ear-failed", message: "1006" })).toEqual([]);
    expect(story.played(4500, 0)).toEqual(["end agent-hung-up"]);
  });
});

describe("a caller who must make sounds for a while before the agent stops", () => {
  const patient: Rules = { ...RULES, policy: { ...POLICY, bargeIn: { ...POLICY.bargeIn, minMs: 200 } } };
  /** The agent speaks since 3500, all of it sent. */
  const speaking = (): Story => {
    const story = new Story(patient).greeted();
    story.at(3000, speechStarted(1), speechEnded(1), final(1, "hello"));
    story.leadMs = 3000;
    story.agentSends(3500, "You said hello.");
    return story;
  };

  test("stops it once they have lasted that long", () => {
    const story = speaking();
    expect(story.at(4500, speechStarted(2))).toEqual(["barge-in in 200"]);
    expect(story.at(4700, timer("barge-in"))).toContain("stop");
    expect(story.decisions()).toContain("barge-in");
  });
  test("stops it at once with words", () => {
    const story = speaking();
    story.at(4500, speechStarted(2));
    expect(story.at(4600, partial(2, "wait"))).toContain("stop");
  });
  test("does not stop it with less, and that is told with its figures", () => {
    const story = speaking();
    expect(story.at(4500, speechStarted(2))).toEqual(["barge-in in 200"]);
    expect(story.at(4620, speechEnded(2))).not.toContain("stop");
    expect(story.at(4700, timer("barge-in"))).toEqual([]);
    const ignored = story.done.flatMap((effect) => (effect.do === "decide" ? [effect.decision] : []));
    expect(ignored.at(-1)).toMatchObject({
      what: "ignored",
      inputs: { soundMs: 120 },
      limits: { "bargeIn.minMs": 200 },
      otherwise: "words in it, or 200 ms of it, would have stopped the agent",
    });
  });
  test("is not stopped for afterwards, when the agent has begun to say something else", () => {
    const story = speaking();
    story.at(4500, speechStarted(2));
    story.played(4600, 0);
    expect(story.at(4700, timer("barge-in"))).not.toContain("stop");
  });
});

describe("every decision", () => {
  test("says what would have changed it, and names its limits as the policy does", () => {
    const story = new Story().greeted();
    story.at(3000, speechStarted(1));
    story.at(3400, speechEnded(1));
    story.at(3500, final(1, "hello"));
    story.at(3600, speechStarted(2), partial(2, "and"), final(2, "and more"));
    story.leadMs = 3000;
    story.agentSends(4000, "You said hello.");
    story.at(5500, speechStarted(3), final(3, "stop"));
    const decided = story.done.flatMap((effect) => (effect.do === "decide" ? [effect.decision] : []));
    expect(decided.map(({ what }) => what)).toEqual([
      "waited",
      "answered",
      "ignored",
      "merged",
      "answered",
      "barge-in",
      "answered",
    ]);
    const known = Object.entries(POLICY).flatMap(([group, limits]) =>
      Object.keys(limits).map((name) => `${group}.${name}`),
    );
    for (const { otherwise, limits } of decided) {
      expect(otherwise).not.toBe("");
      for (const name of Object.keys(limits)) expect(known).toContain(name);
    }
  });
});
