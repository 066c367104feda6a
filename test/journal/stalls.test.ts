import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileJournals } from "../../src/journal/files.ts";
import { type Journal, type JournalEntry, readRecording } from "../../src/journal/journal.ts";
import { type Log, silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { type StallingDisk, stallingDisk } from "../commands/stalling-disk.ts";
import { callId, turn } from "../store/entries.ts";

const FRAME = "A".repeat(1000);
const HALF = 512 * 1024;

let dir = "";
let journal: Journal;
let disk: StallingDisk;
let counts: Record<string, number> = {};
let warnings: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "durvani-journal-"));
  disk = await stallingDisk(dir);
  counts = {};
  warnings = [];
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const log: Log = { ...silentLog, warn: (_, message) => warnings.push(message) };
  journal = fileJournals({ dir, log, meter: { ...deafMeter, count } }).open(callId("call_1"));
  await journal.flush();
});
afterEach(async () => {
  disk.goOn();
  await journal.settle();
  await rm(dir, { recursive: true, force: true });
});

async function written(): Promise<readonly JournalEntry[]> {
  const text = await readFile(join(dir, "call_1.jsonl"), "utf8");
  expect(readRecording(text).corrupt).toBe(0);
  return readRecording(text).entries;
}

const has = (field: string) => (entry: JournalEntry) => field in entry;

test("sound is the first to go: while the disk stalls, it takes half of the room, and every turn still fits", async () => {
  disk.stall();
  for (let n = 0; n < 1000; n++) journal.append({ atMs: n, audio: FRAME });
  for (let n = 1; n <= 300; n++) journal.append({ atMs: 1000 + n, book: turn(n) });
  const acknowledged = journal.flush();
  disk.goOn();
  await acknowledged;
  const entries = await written();
  const frames = entries.filter(has("audio")).length;
  expect(frames * FRAME.length).toBeLessThan(HALF);
  expect(frames * FRAME.length).toBeGreaterThan(0.9 * HALF);
  expect(entries.filter(has("book"))).toHaveLength(300);
  expect(counts).toEqual({ journal_audio_dropped: 1000 - frames });
});

test("a gap is told by one line where it ends, with what is missing in it, in the file and in the log", async () => {
  for (let n = 0; n < 2; n++) {
    disk.stall();
    for (let m = 0; m < 600; m++) journal.append({ atMs: n * 10_000 + m, audio: FRAME });
    for (let m = 0; m < 600; m++) journal.append({ atMs: n * 10_000 + 600 + m, in: { kind: "x".repeat(1000) } });
    const refused = expect(journal.flush()).rejects.toThrow("journal lines were lost");
    disk.goOn();
    await refused;
    journal.append({ atMs: n * 10_000 + 2000, audio: FRAME });
    await journal.flush();
  }
  const entries = await written();
  const gaps = entries.filter((entry) => "lost" in entry);
  expect(gaps.map(({ atMs }) => atMs)).toEqual([1199, 11_199]);
  expect(gaps.reduce((sum, { lost }) => sum + lost.audio, 0)).toBe(counts["journal_audio_dropped"]);
  expect(gaps.reduce((sum, { lost }) => sum + lost.lines, 0)).toBe(counts["journal_dropped"]);
  for (const { lost } of gaps) expect(Math.min(lost.audio, lost.lines)).toBeGreaterThan(50);
  // What came once the disk went on stands behind the line that tells of the gap.
  expect(entries.at(-1)).toEqual({ atMs: 12_000, audio: FRAME });
  expect(entries.at(-2)).toEqual(gaps.at(-1));
  expect(warnings.filter((message) => message.includes("with a gap"))).toHaveLength(2);
});

test("what the voice said stays in the journal when only its sound finds no room", async () => {
  disk.stall();
  for (let n = 0; n < 600; n++) journal.append({ atMs: n, audio: FRAME });
  journal.append({ atMs: 600, spoken: { generation: 1, bytes: 3000, audio: "A".repeat(4000) } });
  disk.goOn();
  await journal.flush();
  expect(await written()).toContainEqual({ atMs: 600, spoken: { generation: 1, bytes: 3000 } });
});

test("a gap that lasts to the call's end is told before the journal is closed", async () => {
  disk.stall();
  for (let n = 0; n < 600; n++) journal.append({ atMs: n, audio: FRAME });
  const settled = journal.settle();
  disk.goOn();
  await settled;
  const text = await readFile(join(dir, "settled", "call_1.jsonl"), "utf8");
  expect(text.endsWith('{"settled":true}\n')).toBe(true);
  const { entries } = readRecording(text);
  expect(entries.at(-1)).toMatchObject({ atMs: 599, lost: { lines: 0 } });
});

test("frames alone wait for company, so that a call does not cost a write for each; anything else takes them along", async () => {
  disk.stall();
  for (let n = 0; n < 5; n++) journal.append({ atMs: n, audio: FRAME });
  await setImmediate();
  expect(disk.waiting).toBe(0);
  journal.append({ atMs: 5, in: { kind: "speech" } });
  await setImmediate();
  expect(disk.waiting).toBe(1);
  disk.goOn();
  await journal.flush();
  expect((await written()).map(({ atMs }) => atMs)).toEqual([0, 1, 2, 3, 4, 5]);
  for (let n = 6; n < 15; n++) journal.append({ atMs: n, audio: FRAME });
  await expect.poll(async () => (await written()).length).toBe(15);
});
