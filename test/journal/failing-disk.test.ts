import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Journal, type JournalEntry, readRecording } from "../../src/journal/journal.ts";
import { callId } from "../store/entries.ts";
import { type JournalFolder, journalFolder } from "./folder.ts";

const GIVEN_UP = "a journal is closed without what the disk did not take";

let here: JournalFolder;
let counts: JournalFolder["counts"] = {};
let journal: Journal;

/** Nothing can be written until the folder is there again. */
beforeEach(async () => {
  here = await journalFolder();
  ({ counts } = here);
  const house = here.journals();
  await rm(here.dir, { recursive: true });
  journal = house.open(callId("call_1"));
});
afterEach(() => here.leave());

const entry = (atMs: number): JournalEntry => ({ atMs, in: { kind: "x" } });
const written = async (): Promise<readonly number[]> => {
  const text = await readFile(join(here.dir, "call_1.jsonl"), "utf8");
  return readRecording(text).entries.map(({ atMs }) => atMs);
};
/** So many tries have failed, and none is under way. */
const failures = (count: number): Promise<void> => expect.poll(() => counts["journal_errors"]).toBe(count);

test("what a dead disk has not taken when its call is over is given up: counted, sound apart, and logged", async () => {
  for (let n = 0; n < 100; n++) journal.append(entry(n));
  for (let n = 0; n < 30; n++) journal.append({ atMs: 100 + n, audio: "AAAA" });
  await journal.settle();
  expect(counts).toMatchObject({ journal_dropped: 100, journal_audio_dropped: 30 });
  expect(here.errors).toContain(GIVEN_UP);
  expect(here.fields[GIVEN_UP]).toMatchObject({ audio: 30, lines: 100 });
});

test("what found no room before a dead disk was given up is told with the rest, and counted once", async () => {
  for (let n = 0; n < 1500; n++) journal.append({ atMs: n, in: { kind: "x".repeat(1000) } });
  expect(counts["journal_dropped"]).toBeLessThan(1000);
  await journal.settle();
  expect(counts["journal_dropped"]).toBe(1500);
  expect(here.fields[GIVEN_UP]).toMatchObject({ audio: 0, lines: 1500 });
});

test("a disk that is well when the call is over takes all: nothing is given up", async () => {
  for (let n = 0; n < 100; n++) journal.append(entry(n));
  await failures(1);
  await mkdir(join(here.dir, "settled"), { recursive: true });
  await journal.settle();
  expect(counts).toEqual({ journal_errors: 1 });
  expect(here.errors).not.toContain(GIVEN_UP);
});

test("a disk that fails is tried again once a second, however much a call appends", async () => {
  for (let second = 0; second < 10; second++) {
    journal.append(entry(here.clock.now()));
    await failures(second + 1);
    for (let n = 0; n < 49; n++) {
      journal.append(entry(here.clock.now()));
      await here.clock.advance(20);
    }
    expect(counts["journal_errors"]).toBe(second + 1);
    await here.clock.advance(20);
  }
  await mkdir(here.dir);
  journal.append(entry(here.clock.now()));
  await expect.poll(written).toHaveLength(10 * 50 + 1);
});

test("whoever asks for a flush is told what the disk says now, not what it said; and then nothing waits any more", async () => {
  journal.append(entry(1));
  await failures(1);
  await expect(journal.flush()).rejects.toThrow("ENOENT");
  expect(counts["journal_errors"]).toBe(2);
  await mkdir(here.dir);
  journal.append(entry(2));
  await journal.flush();
  expect(await written()).toEqual([1, 2]);
  journal.append(entry(3));
  await expect.poll(written).toEqual([1, 2, 3]);
});
