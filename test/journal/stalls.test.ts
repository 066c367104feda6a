import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Journal, type JournalEntry, readRecording } from "../../src/journal/journal.ts";
import { type StallingDisk, stallingDisk } from "../commands/stalling-disk.ts";
import { callId, turn } from "../store/entries.ts";
import { type JournalFolder, journalFolder } from "./folder.ts";

const FRAME = "A".repeat(1000);
const HALF = 512 * 1024;

let here: JournalFolder;
let dir = "";
let counts: JournalFolder["counts"] = {};
let journal: Journal;
let disk: StallingDisk;

beforeEach(async () => {
  here = await journalFolder();
  ({ dir, counts } = here);
  disk = await stallingDisk(dir);
  journal = here.journals().open(callId("call_1"));
  await journal.flush();
});
afterEach(async () => {
  disk.goOn();
  await here.leave();
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

const loud = (atMs: number, bytes = 1000): JournalEntry => ({ atMs, in: { kind: "x".repeat(bytes) } });
const quiet = (atMs: number): JournalEntry => ({ atMs, in: { kind: "x" } });

test("a gap is told where it ends, in front of the first line that found room again, with what is missing there", async () => {
  disk.stall();
  const big = (atMs: number): JournalEntry => loud(atMs, 10_000);
  let last = 0;
  while (!counts["journal_dropped"]) journal.append(big(++last));
  for (let n = 0; n < 7; n++) journal.append(big(++last));
  journal.append(quiet(5000));
  journal.append(quiet(5001));
  for (let n = 0; n < 3; n++) journal.append(big(5002 + n));
  journal.append(quiet(5005));
  const refused = expect(journal.flush()).rejects.toThrow("11 journal lines were lost");
  disk.goOn();
  await refused;
  journal.append(quiet(6000));
  await journal.flush();
  const entries = await written();
  expect(entries.slice(entries.findIndex(has("lost")) - 1)).toEqual([
    big(last - 8),
    { atMs: last, lost: { audio: 0, lines: 8 } },
    quiet(5000),
    quiet(5001),
    { atMs: 5004, lost: { audio: 0, lines: 3 } },
    quiet(5005),
    quiet(6000),
  ]);
});

test("however long an outage, whatever is missing is told once in the log, and all of it in the file", async () => {
  for (let n = 0; n < 2; n++) {
    disk.stall();
    for (let m = 0; m < 600; m++) journal.append({ atMs: n * 10_000 + m, audio: FRAME });
    for (let m = 0; m < 600; m++) journal.append(loud(n * 10_000 + 600 + m));
    const refused = expect(journal.flush()).rejects.toThrow("journal lines were lost");
    disk.goOn();
    await refused;
    await expect.poll(() => here.warnings.filter((message) => message.includes("with a gap"))).toHaveLength(n + 1);
    // Nothing more need come for that.
    await expect
      .poll(async () => (await written()).at(-1))
      .toMatchObject({ atMs: n * 10_000 + 1199, lost: { audio: 0 } });
    journal.append({ atMs: n * 10_000 + 2000, audio: FRAME });
    await journal.flush();
  }
  const entries = await written();
  const gaps = entries.filter((entry) => "lost" in entry);
  // Sound found no room first; then, for good, nothing did.
  expect(gaps.map(({ atMs }) => atMs)).toEqual([599, 1199, 10_599, 11_199]);
  expect(gaps.map(({ lost }) => lost.audio > 50)).toEqual([true, false, true, false]);
  expect(gaps.map(({ lost }) => lost.lines > 50)).toEqual([false, true, false, true]);
  expect(gaps.reduce((sum, { lost }) => sum + lost.audio, 0)).toBe(counts["journal_audio_dropped"]);
  expect(gaps.reduce((sum, { lost }) => sum + lost.lines, 0)).toBe(counts["journal_dropped"]);
  expect(here.fields["the journal is written again, with a gap"]).toMatchObject({
    audio: gaps.slice(2).reduce((sum, { lost }) => sum + lost.audio, 0),
    lines: gaps.slice(2).reduce((sum, { lost }) => sum + lost.lines, 0),
  });
  expect(here.warnings.filter((message) => message.includes("keep up with sound"))).toHaveLength(2);
  // What came once the disk went on stands behind the line that tells of the gap.
  expect(entries.at(-1)).toEqual({ atMs: 12_000, audio: FRAME });
  expect(entries.at(-2)).toEqual(gaps.at(-1));
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
