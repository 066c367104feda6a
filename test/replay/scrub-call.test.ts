import { describe, expect, test } from "vitest";
import { POLICY } from "../../src/call/call.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import type { CallId } from "../../src/record/record.ts";
import { readCall, replayInputs } from "../../src/replay/replay.ts";
import { leaks } from "../../src/replay/scrub/leaks.ts";
import { scrubEntries } from "../../src/replay/scrub/scrub.ts";
import { seededDice } from "../../src/simulator/sarvam/dice.ts";
import { apology, framing, liveCall } from "./live-call.ts";
import { again, insOf, outsOf, PaperCall } from "./paper-call.ts";

const scrub = (entries: readonly JournalEntry[], words: readonly string[] = []): readonly JournalEntry[] =>
  scrubEntries(entries, { name: "fixture", words });
const textsOf = (entries: readonly JournalEntry[], kind: string): readonly string[] =>
  insOf(entries).flatMap((event) => (event.kind === kind && "text" in event ? [event.text] : []));
const userTextOf = (entries: readonly JournalEntry[]): string | undefined =>
  outsOf(entries)
    .flatMap((out) => (out.do === "write-turn" && out.turn.userText !== "" ? [out.turn.userText] : []))
    .at(-1);

describe("a whole call", () => {
  test("what was said is masked wherever it stands, and the call replays", () => {
    const call = new PaperCall({ greeting: "This is 080 4567 8900." });
    call.reply();
    call.says(0, "one moment", "one moment nine", "one moment nine eight", "one moment nine eight four five, Ramesh");
    call.reply("Thank you, Ramesh.", "That is nine eight", "four five.");
    call.says(1, "one", "one more question");
    call.put({ kind: "line-over", how: "caller-hung-up", detail: "the socket closed with 1006" });
    const found = scrub(call.entries, ["ramesh"]);
    expect(textsOf(found, "partial")).toEqual(["one moment", "one moment zero", "one moment zero zero", "one"]);
    expect(textsOf(found, "final")).toEqual(["one moment zero zero zero zero, NameA", "one more question"]);
    expect(textsOf(found, "generated")).toEqual([
      "This is 000 0000 0000.",
      "Thank you, NameA.",
      "That is zero zero",
      "zero zero.",
    ]);
    expect(outsOf(found).findLast((out) => out.do === "start-reply")).toMatchObject({
      source: {
        history: [
          { by: "agent", text: "This is 000 0000 0000." },
          { by: "caller", text: "one moment zero zero zero zero, NameA" },
          { by: "agent", text: "Thank you, NameA. That is zero zero zero zero." },
          { by: "caller", text: "one more question" },
        ],
      },
    });
    expect(found.at(-1)).toMatchObject({ out: { end: { detail: "the socket closed with 1006" } } });
    expect(again(found, call.rules)).toEqual(outsOf(found));
    expect(leaks(found.map((entry) => JSON.stringify(entry)).join("\n"))).toEqual([]);
  });

  test("a guess that the ear took back is masked behind what it shares with the words", () => {
    const call = new PaperCall();
    call.says(0, "one more", "one more 98", "one more ninety", "one more, 98450");
    call.says(1, "do you", "do two one three four", "do you want to tree for");
    call.says(2, "one too", "want to");
    const found = scrub(call.entries);
    expect(textsOf(found, "partial").slice(0, 3)).toEqual(["one more", "one more 00", "one more zero"]);
    expect(textsOf(found, "partial").slice(3)).toEqual(["do you", "do zero zero zero zero", "one too"]);
  });

  test("a number in several utterances is one number, whatever the agent says in between", () => {
    const call = new PaperCall();
    call.says(0, "nau", "nau aath");
    call.reply("Go on.");
    call.put({ kind: "speech-started", utterance: 1 }, { kind: "partial", utterance: 1, text: "4" });
    call.put({ kind: "speech-ended", utterance: 1 }, { kind: "timer", timer: "final" });
    call.reply("And then?");
    call.says(2, "five", "five bas");
    const found = scrub(call.entries);
    expect(textsOf(found, "final")).toEqual(["shunya shunya", "zero bas"]);
    expect(textsOf(found, "partial")).toEqual(["shunya", "0", "zero"]);
    expect(again(found, call.rules)).toEqual(outsOf(found));
  });

  test("a number over two texts of a reply is found where the journal ends within it", () => {
    const call = new PaperCall();
    call.says(0, "hello");
    call.put({ kind: "generated", generation: call.generation, text: "That is nine eight" });
    call.put({ kind: "generated", generation: call.generation, text: "four five." });
    expect(textsOf(scrub(call.entries), "generated")).toEqual(["That is zero zero", "zero zero."]);
  });

  test("a count in each of several utterances is no number", () => {
    const call = new PaperCall();
    for (const [utterance, text] of ["do kilo", "ek minute", "चार", "5 sheher"].entries()) call.says(utterance, text);
    expect(scrub(call.entries)).toEqual(call.entries);
  });

  test("keys that make a number are zeros, and so are the words they became", () => {
    const call = new PaperCall();
    call.keys("12*");
    call.put({ kind: "timer", timer: "keys" });
    call.keys("34#");
    call.says(0, "haan");
    call.keys("7");
    call.put({ kind: "timer", timer: "keys" });
    const found = scrub(call.entries);
    expect(
      insOf(found)
        .flatMap((event) => (event.kind === "key" ? [event.digit] : []))
        .join(""),
    ).toBe("00*00#7");
    expect(userTextOf(found)).toBe("00* 00 haan 7");
    expect(again(found, call.rules)).toEqual(outsOf(found));
    const menu = new PaperCall();
    menu.keys("123#");
    expect(scrub(menu.entries)).toEqual(menu.entries);
  });

  test("who called whom and when, and the carrier's own names for it, are the same for every fixture", () => {
    const opening = {
      id: "call_01a1f9684c25457dcc1cea" as CallId,
      carrier: "exotel",
      carrierCallId: "1f2e3d4c5b6a79881f2e3d4c5b6a7988",
      from: "09845012345",
      to: "08045678900",
      agent: "+918045678900",
      language: "hi-IN",
      openedAt: 1_800_000_000_123,
    } as const;
    const end = { how: "caller-hung-up", detail: "told 09845012345 to wait 1500 ms" } as const;
    const entries: readonly JournalEntry[] = [
      { atMs: 0, book: { kind: "open", opening } },
      { atMs: 5, book: { kind: "answered", at: 1_800_000_000_128 } },
      { atMs: 6, book: { kind: "recording", url: "https://api.example.org/CA12345678/RE1" } },
      { atMs: 9, book: { kind: "close", closing: { end, endedAt: 1_800_000_000_132 } } },
    ];
    expect(scrub(entries)).toEqual([
      {
        atMs: 0,
        book: {
          kind: "open",
          opening: {
            ...opening,
            id: "call_fixture",
            carrierCallId: "0".repeat(32),
            from: "+910000000000",
            to: "+910000000000",
            agent: "+000000000000",
            openedAt: 1_760_000_000_000,
          },
        },
      },
      { atMs: 5, book: { kind: "answered", at: 1_760_000_000_005 } },
      { atMs: 6, book: { kind: "recording", url: "https://example.com/recording" } },
      {
        atMs: 9,
        book: {
          kind: "close",
          closing: { end: { ...end, detail: "told 00000000000 to wait 1500 ms" }, endedAt: 1_760_000_000_009 },
        },
      },
    ]);
    expect(scrub(scrub(entries))).toEqual(scrub(entries));
  });

  test("what the call was made of loses its numbers, not its names", () => {
    const dialog = { kind: "chat", model: "gpt-4-0613", systemPrompt: "You answer 080-45678900.", maxTokens: 12345 };
    const call = new PaperCall({ agent: "+918045678900", dialog });
    expect(scrub(call.entries)[0]).toMatchObject({
      call: {
        agent: "+000000000000",
        dialog: { kind: "chat", model: "gpt-4-0613", systemPrompt: "You answer 000-00000000.", maxTokens: 12345 },
      },
    });
  });

  test("sound goes, unless it is asked for", () => {
    const entries: readonly JournalEntry[] = [
      { atMs: 0, audio: "/////w==" },
      { atMs: 1, spoken: { generation: 1, bytes: 4, audio: "/////w==" } },
      { atMs: 2, spoken: { generation: 1, said: 0 } },
      { atMs: 3, line: { do: "played", frames: 3, bytes: 1234 } },
    ];
    expect(scrub(entries)).toEqual([
      { atMs: 1, spoken: { generation: 1, bytes: 4 } },
      { atMs: 2, spoken: { generation: 1, said: 0 } },
      { atMs: 3, line: { do: "played", frames: 3, bytes: 1234 } },
    ]);
    expect(scrubEntries(entries, { name: "fixture", words: [], keepAudio: true })).toEqual(entries);
  });

  test("a name is taken from what others' programs tell, not from the words of our own", () => {
    const call = new PaperCall();
    call.put(
      { kind: "speech-started", utterance: 0 },
      { kind: "reply-failed", generation: 1, message: "no caller Caller", retryable: false },
    );
    const found = scrub(call.entries, ["caller"]);
    expect(JSON.stringify(found)).toContain("no NameA NameA");
    expect(again(found, call.rules)).toEqual(outsOf(found));
  });

  test("a number that others' programs tell is masked from four digits on, wherever it then stands", () => {
    const call = new PaperCall();
    call.put(
      { kind: "ear-note", note: "heard 984501, told 2800 ms again" },
      { kind: "reply-failed", generation: 1, message: "cannot say nau aath chaar paanch", retryable: true },
      { kind: "reply-failed", generation: 2, message: "cannot say 9845", retryable: false },
      { kind: "line-over", how: "caller-hung-up", detail: "98450 left with 1006" },
    );
    const found = scrub(call.entries);
    expect(again(found, call.rules)).toEqual(outsOf(found));
    const whys = outsOf(found).flatMap((out) => (out.do === "decide" ? [out.decision.why] : []));
    expect(whys).toEqual(
      expect.arrayContaining([
        "heard 000000, told 2800 ms again",
        "cannot say shunya shunya shunya shunya",
        "cannot say 0000",
      ]),
    );
    expect(outsOf(found).at(-1)).toMatchObject({ end: { detail: "00000 left with 0000" } });
  });

  test("programs may tell sizes and times", () => {
    const decision = {
      atMs: 12345,
      what: "waited",
      why: "closed with 1006 by 9845012345",
      inputs: { text: "9845", heardMs: 54321 },
      limits: { "turn.finalMs": 4000 },
      otherwise: "4000 ms without one",
    };
    expect(scrub([{ atMs: 12345, book: { kind: "decision", seq: 1, decision } }])).toEqual([
      {
        atMs: 12345,
        book: {
          kind: "decision",
          seq: 1,
          decision: { ...decision, why: "closed with 1006 by 0000000000", inputs: { text: "0000", heardMs: 54321 } },
        },
      },
    ]);
  });

  test("whatever is said and keyed, in whatever pieces: the scrubbed call does what the scrubbed journal says", () => {
    for (let seed = 0; seed < 60; seed++) {
      const call = anyCall(seed);
      const found = scrub(call.entries, ["Ramesh"]);
      expect(again(found, call.rules), `seed ${seed}`).toEqual(outsOf(found));
      expect(scrub(found, ["Ramesh"]), `seed ${seed}`).toEqual(found);
      expect(leaks(found.map((entry) => JSON.stringify(entry)).join("\n")), `seed ${seed}`).toEqual([]);
    }
  }, 30_000);
});

test("a scrubbed journal replays through the real call with no difference", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { recording } = await liveCall(seed);
    const entries = scrub(recording.entries, ["words", "right"]);
    const journal = entries.map((entry) => JSON.stringify(entry)).join("\n");
    expect(journal).not.toMatch(/words \d/);
    const replayed = await replayInputs(readCall({ ...recording, entries }), { policy: POLICY, apology, framing });
    expect(replayed.differences, `seed ${seed}`).toEqual([]);
  }
});

const PIECES = [
  "nine eight",
  "four",
  "एक",
  "नौ आठ सात",
  "haan",
  "98",
  "45 6",
  "Ramesh",
  "my number is",
  "double",
  "5,",
  ".",
];

function anyCall(seed: number): PaperCall {
  const { next } = seededDice(seed);
  const some = (): string =>
    Array.from({ length: 1 + next() * 3 }, () => PIECES[Math.floor(next() * PIECES.length)] ?? "").join(" ");
  const call = new PaperCall({ greeting: next() < 0.5 ? "Hello." : "Hello from 1800 111" });
  for (let utterance = 0; utterance < 12 && !call.over; utterance++) {
    const text = some();
    const guess = text
      .split(" ")
      .slice(0, 1 + next() * 3)
      .join(" ");
    const what = next();
    if (what < 0.5) call.says(utterance, guess, next() < 0.8 ? text : some());
    else if (what < 0.7) {
      call.put({ kind: "speech-started", utterance }, { kind: "partial", utterance, text: guess });
      call.put({ kind: "speech-ended", utterance }, { kind: "timer", timer: "final" });
    } else call.keys(["12", "9#", "3*4", "5678#"][Math.floor(next() * 4)] ?? "");
    if (next() < 0.3) call.put({ kind: "timer", timer: "keys" });
    if (next() < 0.6) call.reply(some(), some());
  }
  if (!call.over) call.put({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
  return call;
}
