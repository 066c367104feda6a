import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type JournalEntry, JournalError, readRecording } from "../../src/journal/journal.ts";
import { callId, closed, decision, opened, turn } from "../store/entries.ts";

const id = callId("call_1");
const FRAME = Buffer.alloc(160, 0x55).toString("base64");

/** One of everything a journal can hold, in an order a call could have it. */
const ENTRIES: readonly JournalEntry[] = [
  { atMs: 0, book: opened(id) },
  {
    atMs: 0.25,
    call: {
      agent: "demo",
      greeting: "नमस्ते, बताइए?",
      phrases: { stillThere: ["क्या आप हैं?", "हैलो?"], goodbye: "धन्यवाद" },
      limits: { maxDurationMs: 600_000, silenceMs: 8000 },
      listensFor: "unknown",
      voice: { language: "hi-IN", model: "bulbul:v3", speaker: "ritu", pace: 1.1 },
      dialog: { kind: "rules", rules: [{ when: "नमस्ते|hello", say: ["नमस्ते"] }] },
      format: { encoding: "mulaw", rate: 8000 },
      policy: { turn: { mergeMs: 500 }, bargeIn: { minMs: 0 } },
    },
  },
  { atMs: 900, book: { kind: "answered", at: 1_760_000_000_900 } },
  { atMs: 900.5, in: { kind: "started", atMs: 900.5 } as { readonly kind: string } },
  { atMs: 900.5, out: { do: "start-reply", generation: 1 } as { readonly do: string } },
  { atMs: 920.125, audio: FRAME },
  { atMs: 921, audio: FRAME, filled: true },
  { atMs: 930, spoken: { generation: 1, bytes: 160, audio: FRAME } },
  { atMs: 935, spoken: { generation: 1, bytes: 320 } },
  { atMs: 940, spoken: { generation: 1, said: 0 } },
  { atMs: 945, line: { do: "played", frames: 3, bytes: 480 } },
  { atMs: 945, line: { do: "mark", mark: "g1:0" } },
  { atMs: 990, line: { do: "played", generation: 1, fromMs: 950.5, frames: 1, bytes: 480 } },
  { atMs: 1500, line: { do: "clear" } },
  { atMs: 1500.5, book: decision(1) },
  { atMs: 1600, lost: { audio: 30, lines: 2 } },
  { atMs: 1700, book: turn(1) },
  { atMs: 1800, book: { kind: "recording", url: "https://x.example/r" } },
  { atMs: 1900, book: closed() },
];
const lineOf = (value: object): string => JSON.stringify(value);
const HEADER = lineOf({ journal: 2, call: id });
const LINES = [HEADER, ...ENTRIES.map(lineOf)];
const WHOLE = `${LINES.join("\n")}\n`;
const SETTLED = '{"settled":true}\n';

describe("a journal read back", () => {
  test("has every entry, as it was written", () => {
    expect(readRecording(WHOLE)).toEqual({ id, entries: ENTRIES, corrupt: 0 });
    expect(readRecording(WHOLE + SETTLED)).toEqual({ id, entries: ENTRIES, corrupt: 0 });
  });

  test("I33: wherever it was cut off, has every line before the cut that is whole, and nothing else", () => {
    const bytes = Buffer.from(WHOLE);
    const ends = LINES.map((_, index) => Buffer.byteLength(LINES.slice(0, index + 1).join("\n")));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const text = bytes.subarray(0, cut).toString();
      const lines = ends.filter((end) => cut >= end).length;
      if (lines === 0) expect(() => readRecording(text)).toThrow(JournalError);
      else expect(readRecording(text)).toEqual({ id, entries: ENTRIES.slice(0, lines - 1), corrupt: 0 });
      // A call that was recovered after the crash has the mark behind the tear.
      const recovered = `${text}\n${SETTLED}`;
      if (lines > 0) expect(readRecording(recovered).entries).toHaveLength(lines - 1);
      if (lines > 0) expect(readRecording(recovered).corrupt).toBe(0);
    }
  });

  test("leaves out lines in its middle that make no sense, and counts them", () => {
    const nonsense = [
      "\0\0\0",
      "null",
      "[]",
      "{}",
      '{"atMs":1}',
      '{"audio":"AAAA"}',
      '{"atMs":"1","audio":"AAAA"}',
      '{"atMs":1,"audio":7}',
      '{"atMs":1,"in":{}}',
      '{"atMs":1,"out":null}',
      '{"atMs":1,"spoken":{"generation":1}}',
      '{"atMs":1,"line":{"do":"dance"}}',
      '{"atMs":1,"book":{"kind":"turn"}}',
      '{"atMs":1,"call":{"agent":"x"}}',
      '{"atMs":1,"lost":{"audio":-1,"lines":0}}',
      '{"atMs":1,"surprise":true}',
    ];
    const text = [HEADER, lineOf(ENTRIES[0] ?? {}), ...nonsense, ...ENTRIES.slice(1).map(lineOf), ""].join("\n");
    expect(readRecording(text)).toEqual({ id, entries: ENTRIES, corrupt: nonsense.length });
  });
});

test("what is no journal, or none that can be played again, is refused with the reason", () => {
  const reason = (text: string): string => {
    try {
      readRecording(text);
    } catch (error) {
      if (error instanceof JournalError) return error.message;
      throw error;
    }
    return "";
  };
  const none = /^this is no journal/;
  for (const text of ["", "\n", "hello", "{}\n", '{"event":"media"}\n', WHOLE.slice(HEADER.length)]) {
    expect(reason(text), text.slice(0, 20)).toMatch(none);
  }
  expect(reason(readFileSync(new URL("../recordings/twilio.jsonl", import.meta.url), "utf8"))).toMatch(none);
  expect(reason(WHOLE.replace('"journal":2', '"journal":1'))).toMatch(/written before calls could be replayed/);
  expect(reason(WHOLE.replace('"journal":2', '"journal":3'))).toMatch(/version 3, which is newer than this program/);
});

test("ten minutes with sound are read in well under a tenth of a second for each", () => {
  const minutes = 10;
  const frames = Array.from({ length: minutes * 3000 }, (_, n) => lineOf({ atMs: n * 20, audio: FRAME }));
  const text = [...LINES, ...frames, ""].join("\n");
  const cpu = process.cpuUsage();
  expect(readRecording(text).entries).toHaveLength(ENTRIES.length + frames.length);
  const { user } = process.cpuUsage(cpu);
  expect(user / 1000 / minutes).toBeLessThan(100);
});
