import { describe, expect, test } from "vitest";
import type { Happening, Order } from "../../src/call/events.ts";
import type { Rules } from "../../src/call/rules.ts";
import { RULES } from "./rules.ts";
import { final, partial, Story, say, speaks, speechEnded, speechStarted, started, timer, toldIn } from "./story.ts";

const OURS: Rules = { ...RULES, outbound: { helloMs: 3000 } };
const LEAVING: Rules = { ...RULES, outbound: { helloMs: 3000, message: "Please call us back." } };
const FREE: Rules = { ...OURS, free: true, limits: { ...OURS.limits, silenceMs: 0 } };
const VOICEMAIL = "the person you have dialled is not available please leave a message after the tone";
const GREETING = "say Namaste, how can I help?";

const answeredBy = (who: "human" | "machine"): Happening => ({
  kind: "order",
  order: { do: "answered-by", who } as Order,
});
const taken = (rules = OURS): Story => {
  const story = new Story(rules);
  story.at(0, started);
  return story;
};
const replies = (story: Story): number => story.done.filter((it) => it.do === "start-reply").length;

describe("I37: whoever takes a call of ours is not talked over", () => {
  test("nothing is said before their hello, and then the greeting", () => {
    const story = new Story(OURS);
    expect(story.at(0, started)).toEqual(["too-long in 600000", "hello in 3000"]);
    expect(story.at(800, speechStarted(0), speechEnded(0)).join()).not.toContain("say");
    expect(story.at(1200, final(0, "hello"))).toEqual([GREETING]);
    expect(story.turns().at(-1)).toMatchObject({ seq: 1, userText: "hello" });
    expect(story.decisions()).toContain("greeted");
  });
  test("who says nothing is greeted after a while", () => {
    const story = taken();
    expect(story.at(3000, timer("hello"))).toEqual([GREETING]);
    expect(story.turns()).toEqual([]);
    story.agentSends(3500, "Namaste.");
    expect(story.played(5000, 0)).toEqual(["silence in 8000"]);
  });
  test("a hello that is being said puts the greeting off, until it is known", () => {
    const story = taken();
    story.at(2900, speechStarted(0));
    expect(story.done).toContainEqual({ do: "cancel-timer", timer: "hello" });
    expect(story.at(4000, final(0, "haan ji"))).toEqual([GREETING]);
  });
  test("a noise puts it off too, and is no hello", () => {
    const story = taken();
    story.at(2900, speechStarted(0), speechEnded(0));
    expect(story.at(3300, final(0, ""))).toContain("hello in 3000");
    expect(story.at(6300, timer("hello"))).toEqual([GREETING]);
  });
  test("a noise that never ends does not keep them waiting for ever, nor asks whether they are there", () => {
    const story = taken();
    story.at(1000, speechStarted(0));
    expect(story.at(31_000, timer("silence"))).toEqual([GREETING]);
    const free = taken(FREE);
    free.at(1000, speechStarted(0));
    expect(free.at(31_000, timer("silence"))).toEqual([GREETING]);
  });
  test("the last guess counts where no transcript of the hello comes", () => {
    const story = taken();
    story.at(1000, speechStarted(0), partial(0, "hallo"), speechEnded(0));
    expect(story.at(3000, timer("final"))).toEqual([GREETING]);
  });
  test("a key is a hello", () => {
    const story = taken();
    story.at(1000, { kind: "key", digit: "1" });
    expect(story.at(3000, timer("keys"))).toEqual([GREETING]);
  });
  test("orders and what a free dialog says wait for the hello, and for the greeting", () => {
    const story = taken(FREE);
    expect(story.at(500, say("Your driver is here."), speaks(1))).toEqual([]);
    expect(story.at(1200, final(0, "hello"))).toEqual(["tell words hello", GREETING]);
    story.agentSends(1500, "Namaste.");
    expect(story.played(3000, 0)).toEqual(["say Your driver is here."]);
  });
  test("a free dialog without a greeting is told the hello, and speaks first", () => {
    const story = taken({ ...FREE, greeting: "" });
    story.at(500, speaks(1));
    expect(story.at(1200, final(0, "hello"))).toEqual(["tell words hello", "speech 1"]);
    const asked = taken({ ...OURS, greeting: "" });
    expect(asked.at(1200, final(0, "hello"))).toEqual(["ask hello"]);
    const silent = taken({ ...OURS, greeting: "" });
    expect(silent.at(3000, timer("hello"))).toEqual(["silence in 8000"]);
  });
  test("a second hello before the greeting sounds, or as it begins, does not lose it", () => {
    const story = taken();
    story.at(1000, final(0, "hello"));
    expect(story.at(1300, final(1, "hello?"))).toEqual(["stop", GREETING]);
    const { generation } = story;
    story.at(1600, { kind: "generated", generation, text: "Namaste." }, { kind: "audible", generation });
    expect(story.at(1900, speechStarted(2), partial(2, "hello"))).toContain("stop");
    expect(story.at(2200, final(2, "hello"))).toEqual([GREETING]);
    story.agentSends(2500, "Namaste.");
    story.played(4000, 0);
    expect(story.turns().map(({ userText, agentHeard }) => [userText, agentHeard])).toEqual([
      ["hello hello? hello", "Namaste."],
    ]);
  });
  test("what they say after it is answered as in any call", () => {
    const story = taken();
    story.at(1000, final(0, "hello"));
    story.agentSends(1500, "Namaste.");
    story.played(3000, 0);
    expect(story.at(4000, final(1, "who is this")).at(-1)).toBe("ask hello | Namaste. | who is this");
  });
  test.each([
    ["the ear fails", { kind: "ear-failed", message: "403" }, "apologise"],
    ["the application is gone", { kind: "dialog-failed", message: "403" }, "apologise"],
    ["the longest duration is reached", timer("too-long"), "say Our time is up."],
  ] as const)("where %s before it, there is no greeting any more", (_, event, said) => {
    const story = taken(FREE);
    expect(story.at(500, event)).toEqual([said]);
    expect(story.at(3000, timer("hello"))).toEqual([]);
    expect(replies(story)).toBe(1);
  });
  test("an end with last words waits for the hello too, and cannot be stopped any more", () => {
    const story = taken({ ...OURS, greeting: "" });
    const end = { how: "ended-by-request", detail: "" } as const;
    expect(story.at(500, { kind: "order", order: { do: "end", end, say: "Goodbye." } })).toEqual([]);
    expect(story.at(1000, final(0, "hello"))).toEqual(["say Goodbye."]);
    story.agentSends(1500, "Goodbye.");
    expect(story.at(1600, speechStarted(1), say("Wait.", true)).join()).not.toContain("stop");
    expect(story.played(3000, 0)).toEqual(["end ended-by-request"]);
  });
  test("they are not asked for patience before they have said hello", () => {
    const story = taken(FREE);
    expect(story.at(500, { kind: "dialog-away", why: "1006" })).toEqual([]);
    expect(story.at(3000, timer("hello"))).toEqual([GREETING]);
  });
  test("a failed ear leads to the apology at once", () => {
    const story = new Story(OURS);
    story.at(0, { kind: "ear-failed", message: "403" });
    expect(story.at(100, started)).toEqual(["too-long in 600000", "apologise"]);
  });
});

describe("I38: an answering machine", () => {
  test("is known by its words, and hung up on where nothing is to be left", () => {
    const story = taken();
    story.at(500, speechStarted(0));
    expect(story.at(6000, final(0, VOICEMAIL))).toEqual(["end machine"]);
    expect(story.turns().at(-1)).toMatchObject({ userText: VOICEMAIL });
    expect(story.decisions()).toContain("machine");
  });
  test("is known by the carrier's word", () => {
    expect(taken().at(2000, answeredBy("machine"))).toEqual(["end machine"]);
  });
  test("is left a message once it has been silent for a while, and nobody can stop that", () => {
    const story = taken(LEAVING);
    story.at(500, speechStarted(0));
    expect(story.at(6000, final(0, VOICEMAIL))).toEqual(["hello in 2000"]);
    expect(story.at(8000, timer("hello"))).toEqual(["say Please call us back."]);
    story.at(8300, { kind: "audible", generation: story.generation });
    expect(story.at(9500, speechStarted(1), partial(1, "beep")).join()).not.toContain("stop");
    story.agentSends(9600, "Please call us back.");
    expect(story.played(11_000, 0)).toEqual(["end machine"]);
    expect(story.done.at(-1)).toMatchObject({ end: { how: "machine", detail: "a message was left" } });
  });
  test("is let finish: each sound of it puts the message off", () => {
    const story = taken(LEAVING);
    story.at(500, speechStarted(0));
    expect(story.at(1000, answeredBy("machine"))).toEqual(["silence in 30000"]);
    expect(story.at(6000, final(0, VOICEMAIL))).toEqual(["hello in 2000"]);
    story.at(7000, speechStarted(1));
    expect(story.done.at(-2)).toEqual({ do: "cancel-timer", timer: "hello" });
    expect(story.at(9000, final(1, "or press one"))).toEqual(["hello in 2000"]);
    expect(story.turns().map(({ userText }) => userText)).toEqual([VOICEMAIL, "or press one"]);
  });
  test("whose noise never ends is left its message all the same", () => {
    const story = taken(LEAVING);
    story.at(1000, answeredBy("machine"));
    story.at(1500, speechStarted(0));
    expect(story.at(31_500, timer("silence"))).toEqual(["say Please call us back."]);
  });
  test("that is known only after the greeting has begun stops the greeting", () => {
    const story = taken(LEAVING);
    story.at(3000, timer("hello"));
    story.at(3300, { kind: "audible", generation: story.generation });
    expect(story.at(4000, answeredBy("machine"))).toEqual(["stop", "hello in 2000"]);
    expect(story.at(6000, timer("hello"))).toEqual(["say Please call us back."]);
  });
  test("that is known by its words after the greeting was heard is a machine too", () => {
    const story = taken();
    story.at(3000, timer("hello"));
    story.agentSends(3500, "Namaste.");
    story.played(5000, 0);
    expect(story.at(6000, final(0, VOICEMAIL))).toEqual(["end machine"]);
  });
  test("is not told what was to be said to a person", () => {
    const story = taken({ ...LEAVING, free: true });
    story.at(500, say("Your driver is here."), speaks(1));
    story.at(1000, answeredBy("machine"));
    expect(story.waiting).toEqual([]);
    expect(story.at(3000, timer("hello"))).toEqual(["say Please call us back."]);
    expect(toldIn(story)).toEqual([]);
  });
  test("is not told the rest of a greeting that a noise of it had stopped", () => {
    const story = taken(LEAVING);
    story.at(3000, timer("hello"));
    story.leadMs = 3000;
    story.agentSends(3500, "Namaste.");
    story.at(4000, speechStarted(0));
    story.at(4100, answeredBy("machine"));
    expect(story.at(4500, speechEnded(0), final(0, "")).join()).not.toContain("say");
    expect(story.at(6500, timer("hello"))).toEqual(["say Please call us back."]);
  });
  test("that goes on speaking for ever is left its message in the end, although the ear loses it", () => {
    const story = taken(LEAVING);
    story.at(3000, timer("hello"));
    story.at(3300, speechStarted(0));
    expect(story.at(4000, answeredBy("machine"))).toEqual(["stop", "silence in 30000"]);
    expect(story.at(34_000, timer("silence"))).toEqual(["say Please call us back."]);
  });
  test("is known by an announcement that comes in pieces, and a person who was heard before is none", () => {
    const story = taken();
    story.at(1000, final(0, "The number you have dialled"));
    story.at(1300, final(1, "is currently switched off. Please try again later."));
    expect(story.decisions()).toContain("machine");
    const person = taken();
    person.at(1000, final(0, "Hello, who is this?"));
    person.at(1300, final(1, "The number you have dialled is currently switched off, ha ha."));
    expect(person.decisions()).not.toContain("machine");
  });
  test("told of twice is one", () => {
    const story = taken(LEAVING);
    story.at(1000, answeredBy("machine"));
    expect(story.at(1500, answeredBy("machine"))).toEqual([]);
    expect(story.decisions().filter((what) => what === "machine")).toHaveLength(1);
  });
  test.each(["he's not available right now, who is calling?", "hello", "please hold on, I am driving"])(
    "is not a person who says “%s”",
    (words) => {
      const story = taken();
      expect(story.at(2000, final(0, words))).toEqual([GREETING]);
    },
  );
  test("is nobody who says so late in a conversation, nor in a call that is not ours", () => {
    const story = taken();
    for (let turn = 0; turn < 4; turn++) {
      story.at(turn * 4000 + 1000, final(turn, `words ${turn}`));
      story.agentSends(turn * 4000 + 1500, "Fine.");
      story.played(turn * 4000 + 3000, 0);
    }
    expect(story.at(20_000, final(9, VOICEMAIL)).at(-1)).toContain("ask");
    expect(new Story().greeted().at(3000, final(0, VOICEMAIL)).at(-1)).toContain("ask");
  });
  test("a person by the carrier's word is still waited for", () => {
    const story = taken();
    expect(story.at(1000, answeredBy("human"))).toEqual([]);
    expect(story.at(3000, timer("hello"))).toEqual([GREETING]);
  });
});
