import { expect, test } from "vitest";
import { type Effect, type Order, POLICY } from "../../src/call/call.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { replayInputs } from "../../src/replay/again/inputs.ts";
import { readCall } from "../../src/replay/again/recorded-call.ts";
import { leaks } from "../../src/replay/scrub/leaks.ts";
import { scrubEntries } from "../../src/replay/scrub/scrub.ts";
import { apology, framing, type LiveOptions, liveCall } from "./live-call.ts";
import { again, insOf, outsOf, PaperCall } from "./paper-call.ts";

const scrub = (entries: readonly JournalEntry[], words: readonly string[] = []): readonly JournalEntry[] =>
  scrubEntries(entries, { name: "fixture", words });
const textOf = (entries: readonly JournalEntry[]): string => entries.map((entry) => JSON.stringify(entry)).join("\n");
const factsOf = (entries: readonly JournalEntry[]) =>
  outsOf(entries).flatMap((out) => (out.do === "tell-dialog" ? [out.fact] : []));

/** How much of a sentence was heard is reckoned by its length, which changes. */
const unreckoned = (effects: readonly Effect[]): readonly Effect[] =>
  effects.map((effect) =>
    effect.do === "tell-dialog" && effect.fact.kind === "interrupted"
      ? { ...effect, fact: { ...effect.fact, heard: "" } }
      : effect,
  );

/** Nothing of the call's secrets is left, and the same policy makes the same of what is. */
function expectClean(call: PaperCall, words: readonly string[] = []): readonly JournalEntry[] {
  const found = scrub(call.entries, words);
  expect(leaks(textOf(found), words)).toEqual([]);
  expect(unreckoned(again(found, call.rules))).toEqual(unreckoned(outsOf(found)));
  expect(scrub(found, words)).toEqual(found);
  return found;
}

const free = (): PaperCall => new PaperCall({ free: true, greeting: "" });
const order = (it: Order) => ({ kind: "order", order: it }) as const;
const over = { kind: "line-over", how: "caller-hung-up", detail: "stop" } as const;

test("what a free dialog is told is masked as what the caller said", () => {
  const call = free();
  call.says(0, "my number", "my number is 98450", "my number is 98450 12345, Ramesh");
  call.put(over);
  expect(factsOf(expectClean(call, ["Ramesh"]))).toEqual([
    { kind: "partial", text: "my number" },
    { kind: "partial", text: "my number is 00000" },
    { kind: "words", text: "my number is 00000 00000, NameA" },
  ]);
});

test("keys are zeros where they make a number, also where a free dialog was told of them one by one", () => {
  const call = free();
  call.keys("9845#");
  call.says(0, "thanks");
  call.keys("12");
  call.put(over);
  const found = expectClean(call);
  const told = factsOf(found).flatMap((fact) => (fact.kind === "key" ? [fact.digit] : []));
  expect(told.join("")).toBe("0000#12");
  const pressed = insOf(found).flatMap((event) => (event.kind === "key" ? [event.digit] : []));
  expect(pressed.join("")).toBe("0000#12");
});

test("what was heard of a number before the caller cut in is masked as its beginning", () => {
  const call = free();
  call.speaks(1);
  const { generation } = call;
  const text = "nine eight four five zero is what I have noted for you here, is that right, Ramesh";
  call.put({ kind: "generated", generation, text }, { kind: "audible", generation });
  // Two words of it, by their share of its length.
  for (let soundMs = 0; soundMs < 700; soundMs += 100) call.put({ kind: "speech-ended", utterance: 0 });
  call.put({ kind: "speech-started", utterance: 1 }, over);
  const before = factsOf(call.entries).find(({ kind }) => kind === "interrupted");
  expect(before).toMatchObject({ heard: "nine eight" });
  const fact = factsOf(expectClean(call, ["ramesh"])).find(({ kind }) => kind === "interrupted");
  expect(fact).toMatchObject({ heard: "zero zero" });
});

test("what the caller writes is masked as what they say, and a number may be begun in speech and ended in writing", () => {
  const call = new PaperCall();
  call.says(0, "nau", "nau aath");
  call.put({ kind: "text", text: " 45 Ramesh " });
  call.put(over);
  const found = expectClean(call, ["ramesh"]);
  expect(insOf(found)).toContainEqual(expect.objectContaining({ kind: "text", text: " 00 NameA " }));
  expect(textOf(found)).toContain('"userText":"shunya shunya 00 NameA"');
});

test("what was ordered is masked: words, messages, and digits whatever pauses are between them", () => {
  const call = new PaperCall();
  call.put(order({ do: "say", text: "Call 98450 12345, Ramesh.", interrupts: true, interruptible: "any" }));
  call.reply();
  call.put(order({ do: "message", text: "Ramesh lives at 560001." }));
  call.reply("Fine.");
  call.put(order({ do: "digits", digits: "9w8W4w5#" }));
  call.put(order({ do: "digits", digits: "12#" }));
  const end = { how: "ended-by-request", detail: "asked by 98450" } as const;
  call.put(order({ do: "end", end, say: "Goodbye Ramesh." }));
  const found = expectClean(call, ["ramesh"]);
  const orders = insOf(found).flatMap((event) => (event.kind === "order" ? [event.order] : []));
  expect(orders).toEqual([
    { do: "say", text: "Call 00000 00000, NameA.", interrupts: true, interruptible: "any" },
    { do: "message", text: "NameA lives at 000000." },
    { do: "digits", digits: "0w0W0w0#" },
    { do: "digits", digits: "12#" },
    { do: "end", end: { ...end, detail: "asked by 00000" }, say: "Goodbye NameA." },
  ]);
});

test("what an application leaves for others is masked wherever it stands, and what it tells of itself", () => {
  const call = free();
  call.put({ kind: "dialog-note", note: "no such caller 98450" }, { kind: "dialog-digits", digits: "9845" });
  call.reply("");
  call.put({ kind: "dialog-ends", handoffData: '{"caller":"Ramesh","phone":"+919845012345"}' });
  const handoffData = '{"caller":"NameA","phone":"+000000000000"}';
  const end = { how: "agent-hung-up", detail: "", handoffData: '{"caller":"Ramesh","phone":"+919845012345"}' } as const;
  call.entries.push({ atMs: 9e6, book: { kind: "close", closing: { end, endedAt: 1_800_000_000_000 } } });
  const found = expectClean(call, ["ramesh"]);
  expect(insOf(found)).toContainEqual(expect.objectContaining({ kind: "dialog-ends", handoffData }));
  expect(outsOf(found).at(-1)).toMatchObject({ do: "end", end: { handoffData } });
  expect(found.at(-1)).toMatchObject({ book: { closing: { end: { handoffData } } } });
  expect(textOf(found)).toContain("no such caller 00000");
});

test("of an application's recipe neither its address nor what it is told of every call is left", () => {
  const dialog = {
    kind: "relay",
    url: "wss://ramesh.example.org/relay?key=s3cret",
    action: "https://ramesh.example.org/after?key=s3cret",
    customParameters: { customer: "Ramesh", plan: "gold" },
    interruptible: "speech",
    languages: ["hi-IN"],
  };
  const setup = { dialog, free: true, greetingInterruptible: "any", toldWhileSpeaking: "speech" } as const;
  const found = scrub(new PaperCall(setup).entries, ["any", "speech"]);
  expect(found[0]).toMatchObject({
    call: {
      greetingInterruptible: "any",
      toldWhileSpeaking: "speech",
      dialog: {
        kind: "relay",
        url: "wss://example.com/relay",
        action: "https://example.com/action",
        customParameters: { customer: "masked", plan: "masked" },
        interruptible: "speech",
        languages: ["hi-IN"],
      },
    },
  });
  expect(textOf(found)).not.toMatch(/ramesh|s3cret|gold/i);
});

test.each<readonly [LiveOptions]>([
  [{ free: true, ordered: true }],
  [{ ordered: true, outbound: { helloMs: 3000, message: "Please call 98450 12345 back." } }],
])(
  "a scrubbed journal replays through the real call with no difference: %j",
  async (options) => {
    for (let seed = 0; seed < 20; seed++) {
      const { recording } = await liveCall(seed, options);
      const entries = scrub(recording.entries, ["words", "written", "lot", "more", "stop"]);
      expect(textOf(entries), `seed ${seed}`).not.toMatch(/words \d|written \d|98450/);
      const { differences } = await replayInputs(readCall({ ...recording, entries }), {
        policy: POLICY,
        apology,
        framing,
      });
      expect(differences, `seed ${seed}`).toEqual([]);
    }
  },
  60_000,
);
