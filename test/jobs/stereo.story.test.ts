import { describe, expect, test } from "vitest";
import { type ApologyAudio, stereo } from "../../src/jobs/stereo.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { seededDice } from "../../src/simulator/sarvam/dice.ts";
import { loudness, type Match, matches } from "./correlation.ts";
import { APOLOGY, type HeardCall, heardCall, type Span, type Troubles } from "./heard-call.ts";

type Sides = { readonly rate: number; readonly left: Int16Array; readonly right: Int16Array };

async function* inBatches(entries: readonly JournalEntry[], size: number) {
  for (let at = 0; at < entries.length; at += size) yield entries.slice(at, at + size);
}

async function recorded(
  entries: readonly JournalEntry[],
  batch = 200,
  apology: ApologyAudio = () => APOLOGY,
): Promise<Sides> {
  const pieces: Buffer[] = [];
  const rates = new Set<number>();
  for await (const { pcm, rate } of stereo(inBatches(entries, batch), apology)) {
    rates.add(rate);
    pieces.push(pcm);
  }
  const all = Buffer.concat(pieces);
  const side = (at: number): Int16Array =>
    Int16Array.from({ length: all.length / 4 }, (_, index) => all.readInt16LE(index * 4 + at));
  expect(rates.size).toBeLessThanOrEqual(1);
  return { rate: [...rates][0] ?? 0, left: side(0), right: side(2) };
}

const every = (ms: number, lastsMs: number, longMs: (n: number) => number): readonly Span[] =>
  Array.from({ length: Math.floor(lastsMs / ms) }, (_, n) => ({
    fromMs: (n + 0.6) * ms,
    toMs: (n + 0.6) * ms + longMs(n),
  }));

/** Neither in one of the spans, nor so near that what was spoken then could have been written down in it. */
const outside = (spans: readonly Span[], atMs: number): boolean =>
  spans.every(({ fromMs, toMs }) => atMs + 1600 < fromMs || atMs > toMs + 1600);

/** What of the truth is not where it was, within 20 ms. */
const astray = (found: readonly Match[]): readonly Match[] =>
  found.filter(({ lagMs, likeness }) => Math.abs(lagMs) > 20 || likeness < 0.9);

/** Where there is sound although at the carrier's end there was none, 20 ms to and fro. */
function invented(truth: Int16Array, found: Int16Array): readonly number[] {
  const [stretch, margin] = [400, 160];
  const at = Array.from({ length: Math.floor(found.length / stretch) }, (_, n) => n * stretch);
  return at.filter(
    (from) =>
      loudness(truth.subarray(Math.max(0, from - margin), from + stretch + margin)) === 0 &&
      loudness(found.subarray(from, from + stretch)) > 0,
  );
}

const lengthMs = ({ left, rate }: Sides): number => (left.length / rate) * 1000;
const peak = (samples: Int16Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

function expectFaithful(call: HeardCall, sides: Sides): void {
  expect(Math.abs(lengthMs(sides) - call.lengthMs)).toBeLessThanOrEqual(20);
  for (const [truth, found] of [
    [call.caller, sides.left],
    [call.agent, sides.right],
  ] as const) {
    expect(astray(matches(truth, found))).toEqual([]);
    expect(invented(truth, found)).toEqual([]);
    expect(peak(found)).toBeLessThanOrEqual(peak(truth));
  }
}

describe("ten minutes with everything that happens to a call", () => {
  const lastsMs = 600_000;
  const troubles: Troubles = {
    stalls: every(31_000, lastsMs, (n) => 80 + 350 * (n % 5)),
    heldUp: every(47_000, lastsMs, (n) => 250 + 1400 * (n % 4)),
    leftOut: every(23_000, lastsMs, (n) => 200 + 900 * (n % 5)),
    diskLosses: every(115_000, lastsMs, () => 2500),
  };

  test("I23: the recording is as long as the call was by the clock, and both sides lie where they were, within 20 ms", {
    timeout: 60_000,
  }, async () => {
    const call = await heardCall(23, lastsMs, troubles);
    const sides = await recorded(call.entries);
    expect(Math.abs(lengthMs(sides) - 600_000)).toBeLessThanOrEqual(20);
    const left = matches(call.caller, sides.left);
    const right = matches(call.agent, sides.right);
    // What the disk lost is silence, and moves nothing else.
    const kept = ({ atMs }: Match): boolean => outside(troubles.diskLosses, atMs);
    expect(astray(left.filter(kept))).toEqual([]);
    expect(astray(right.filter(kept))).toEqual([]);
    expect(invented(call.caller, sides.left)).toEqual([]);
    expect(invented(call.agent, sides.right)).toEqual([]);
    // It was a call worth the name.
    expect(left.filter(kept).length).toBeGreaterThan(500);
    expect(right.filter(kept).length).toBeGreaterThan(1500);
    expect(call.clearsMs.length).toBeGreaterThan(40);
    expect(call.entries.filter((entry) => "lost" in entry)).toHaveLength(5);
    expect(call.entries.filter((entry) => "audio" in entry && entry.filled).length).toBeGreaterThan(50);
  });

  test("after each clear the agent's side is silent until the agent speaks again", async () => {
    const call = await heardCall(24, 120_000, { ...troubles, diskLosses: [] });
    const { right } = await recorded(call.entries);
    expect(call.clearsMs.length).toBeGreaterThan(5);
    for (const clearMs of call.clearsMs) {
      const from = Math.ceil(clearMs * 8) + 1;
      const next = call.agent.subarray(from).findIndex((sample) => sample !== 0);
      expect(peak(right.subarray(from, from + next - 160))).toBe(0);
    }
  });
});

test.each(Array.from({ length: 12 }, (_, n) => n))(
  "whatever happens in call %i, its recording is faithful",
  async (seed) => {
    const dice = seededDice(1000 + seed);
    const lastsMs = dice.between(4000, 40_000);
    const some = (mostMs: number): readonly Span[] =>
      dice.next() < 0.4 ? [] : every(dice.between(4000, 15_000), lastsMs, () => dice.between(30, mostMs));
    const troubles = { stalls: some(1500), heldUp: some(2500), leftOut: some(3000), diskLosses: [] };
    const call = await heardCall(seed, lastsMs, troubles);
    expectFaithful(call, await recorded(call.entries));
  },
);

test("the recording is the same however much of the journal is read at a time", async () => {
  const { entries } = await heardCall(3, 30_000);
  const bytesOf = ({ left, right }: Sides): Buffer =>
    Buffer.concat([left, right].map(({ buffer }) => Buffer.from(buffer)));
  const whole = bytesOf(await recorded(entries, entries.length));
  for (const batch of [3, 50, 1000]) expect(bytesOf(await recorded(entries, batch)).equals(whole)).toBe(true);
});

test("a recording follows the journal by half a minute at most, so that hours need no more memory than minutes", async () => {
  const { entries } = await heardCall(5, 120_000);
  let readMs = 0;
  let mostMs = 0;
  async function* noted() {
    for await (const batch of inBatches(entries, 100)) {
      readMs = Math.max(readMs, batch.at(-1)?.atMs ?? 0);
      yield batch;
    }
  }
  let givenMs = 0;
  for await (const { pcm } of stereo(noted(), () => APOLOGY)) {
    expect(pcm.length).toBeLessThanOrEqual(8000 * 4);
    mostMs = Math.max(mostMs, readMs - givenMs);
    givenMs += pcm.length / 32;
  }
  expect(mostMs).toBeLessThan(30_000);
});

// --- Journals by hand ---

const CALL = { voice: { language: "ta-IN" } } as unknown as Extract<JournalEntry, { call: unknown }>["call"];
const started = (atMs: number, format: object = { encoding: "mulaw", rate: 8000 }): JournalEntry[] => [
  { atMs: 0, call: CALL },
  { atMs, in: { kind: "started", format } as { readonly kind: string } },
];
const out = (atMs: number, effect: { readonly do: string }): JournalEntry => ({ atMs, out: effect });
const reply = (atMs: number, generation: number, kind = "say") =>
  out(atMs, { do: "start-reply", generation, source: { kind } } as { readonly do: string });
const end = (atMs: number): JournalEntry => out(atMs, { do: "end" });
/** µ-law of one loud value. */
const sound = (ms: number): string => Buffer.alloc(ms * 8, 0x20).toString("base64");
const spoken = (atMs: number, generation: number, ms: number, audio: string | undefined = sound(ms)): JournalEntry => ({
  atMs,
  spoken: { generation, bytes: ms * 8, ...(audio === "" ? {} : { audio }) },
});
const played = (atMs: number, generation: number, ms: number, fromMs?: number): JournalEntry => ({
  atMs,
  line: { do: "played", generation, frames: 1, bytes: ms * 8, ...(fromMs === undefined ? {} : { fromMs }) },
});

/** From and to which ms there is sound. */
function sounding({ right, rate }: Sides): readonly (readonly [number, number])[] {
  const spans: [number, number][] = [];
  const perMs = rate / 1000;
  for (const [index, sample] of right.entries()) {
    if (sample === 0) continue;
    const last = spans.at(-1);
    if (last && last[1] === index) last[1]++;
    else spans.push([index, index + 1]);
  }
  return spans.map(([from, to]) => [from / perMs, to / perMs] as const);
}

test("the apology, whose sound no journal holds, is heard in the agent's language where it was played", async () => {
  const asked: unknown[] = [];
  const apology: ApologyAudio = (language, format) => {
    asked.push([language, format.rate]);
    return Buffer.alloc(500 * 8, 0x20);
  };
  const entries = [...started(100), reply(1000, 1, "apology"), played(1600, 1, 560, 1100), end(3100)];
  const sides = await recorded(entries, 1, apology);
  expect(asked).toEqual([["ta-IN", 8000]]);
  expect(sounding(sides)).toEqual([[1000, 1500]]);
  expect(lengthMs(sides)).toBe(3000);
});

test("a call that died in mid-sentence has what was spoken of it, up to the last that is known of it", async () => {
  const sides = await recorded([...started(0), reply(100, 1), spoken(500, 1, 300), { atMs: 700, audio: sound(20) }]);
  expect(sounding(sides)).toEqual([[500, 700]]);
  expect(lengthMs(sides)).toBe(700);
});

test("a call that died after its agent was stopped, or had failed, has nothing of what that still had to say", async () => {
  const stopped: JournalEntry[] = [
    ...started(0),
    reply(0, 1),
    spoken(100, 1, 500),
    out(200, { do: "stop-reply" }),
    played(200, 1, 400, 100),
    { atMs: 200, line: { do: "clear" } },
    spoken(210, 1, 300),
    { atMs: 1000, audio: sound(20) },
  ];
  expect(sounding(await recorded(stopped))).toEqual([[100, 200]]);
  const failed: JournalEntry[] = [
    ...started(0),
    reply(0, 1),
    spoken(100, 1, 500),
    played(400, 1, 60, 100),
    reply(400, 2),
    spoken(600, 2, 100),
    { atMs: 1000, audio: sound(20) },
  ];
  expect(sounding(await recorded(failed))).toEqual([
    [100, 160],
    [600, 700],
  ]);
});

test("sound that the disk lost leaves its length behind; where lines are missing, the reply is silent from there", async () => {
  const text = (lost: JournalEntry): JournalEntry[] => [
    ...started(0),
    reply(0, 1),
    spoken(100, 1, 100),
    spoken(150, 1, 100, ""),
    spoken(200, 1, 100),
    lost,
    played(400, 1, 300, 100),
    reply(1000, 2),
    spoken(1000, 2, 50),
    played(1060, 2, 50, 1000),
    end(2000),
  ];
  expect(sounding(await recorded(text({ atMs: 300, lost: { audio: 1, lines: 0 } })))).toEqual([
    [100, 200],
    [300, 400],
    [1000, 1050],
  ]);
  expect(sounding(await recorded(text({ atMs: 300, lost: { audio: 0, lines: 9 } })))).toEqual([[1000, 1050]]);
});

test("what a reply had still to say when it was stopped or failed is not in the next one", async () => {
  const entries = [
    ...started(0),
    reply(0, 1),
    spoken(100, 1, 500),
    out(200, { do: "stop-reply" }),
    reply(200, 2),
    played(200, 1, 400, 100),
    { atMs: 200, line: { do: "clear" } } as const,
    spoken(300, 2, 100, Buffer.alloc(800, 0x30).toString("base64")),
    played(350, 2, 60, 300),
    reply(400, 3),
    spoken(600, 3, 50),
    played(700, 3, 50, 600),
    end(1000),
  ];
  expect(sounding(await recorded(entries, 1))).toEqual([
    [100, 200],
    [300, 360],
    [600, 650],
  ]);
});

test.each([8000, 16_000, 24_000])("a line that carries PCM at %i Hz is recorded as it is", async (rate) => {
  const dice = seededDice(rate);
  const frame = Buffer.from(Array.from({ length: (rate / 10) * 2 }, () => Math.floor(dice.between(0, 256))));
  const format = { encoding: "linear16", rate };
  const entries: JournalEntry[] = [
    ...started(50, format),
    { atMs: 250, audio: frame.toString("base64") },
    { atMs: 350, audio: frame.toString("base64") },
    reply(300, 1),
    { atMs: 350, spoken: { generation: 1, bytes: 99, audio: frame.subarray(0, 99).toString("base64") } },
    { atMs: 350, spoken: { generation: 1, bytes: frame.length - 99, audio: frame.subarray(99).toString("base64") } },
    { atMs: 400, line: { do: "played", generation: 1, frames: 1, bytes: frame.length, fromMs: 350 } },
    end(550),
  ];
  const { left, right, ...sides } = await recorded(entries, 1);
  const samples = Int16Array.from({ length: frame.length / 2 }, (_, index) => frame.readInt16LE(index * 2));
  expect(sides.rate).toBe(rate);
  expect(left).toHaveLength(rate / 2);
  const perMs = rate / 1000;
  expect(left.subarray(100 * perMs, 200 * perMs)).toEqual(samples);
  expect(left.subarray(200 * perMs, 300 * perMs)).toEqual(samples);
  expect(right.subarray(300 * perMs, 400 * perMs)).toEqual(samples);
  expect([peak(left.subarray(0, 100 * perMs)), peak(left.subarray(300 * perMs))]).toEqual([0, 0]);
});

test("a call that never had a stream gives nothing", async () => {
  expect((await recorded([{ atMs: 0, call: CALL }, end(60_000)])).left).toHaveLength(0);
  expect((await recorded([])).left).toHaveLength(0);
});
