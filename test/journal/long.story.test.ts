import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type JournalEntry, JournalError, readRecording, readRecordingFile } from "../../src/journal/journal.ts";
import { lineReader } from "../../src/journal/lines.ts";
import { callId, closed, opened, turn } from "../store/entries.ts";
import { type JournalFolder, journalFolder } from "./folder.ts";

const id = callId("call_1");
const HEADER = '{"journal":2,"call":"call_1"}\n';
const FRAME = Buffer.alloc(160, 0x55).toString("base64");
const lineOf = (entry: JournalEntry): string => `${JSON.stringify(entry)}\n`;
const sound = (frames: number): readonly JournalEntry[] =>
  Array.from({ length: frames }, (_, n) => ({ atMs: n * 20 + 0.125, audio: FRAME }));

let here: JournalFolder;
let path = "";
beforeEach(async () => {
  here = await journalFolder();
  path = join(here.dir, "call_1.jsonl");
});
afterEach(() => here.leave());

test("a journal longer than a string can be is recovered, with what stands on both sides of half a gigabyte of damage", async () => {
  const beyond = 2 ** 29 + 4096;
  await using file = await open(path, "w");
  await file.write(HEADER + lineOf({ atMs: 0, book: opened(id) }));
  // Takes no room on the disk, and reads as zeros: what a power cut can leave.
  await file.write(`\n${lineOf({ atMs: 9, book: turn(1) })}`, beyond);
  expect(await here.journals().unfinished()).toEqual([{ id, entries: [opened(id), turn(1)], lastAtMs: 9 }]);
  expect(here.counts).toEqual({ journal_corrupt_lines: 1 });
  expect((await readRecordingFile(path)).entries).toHaveLength(2);
}, 30_000);

test("recovery parses no sound, knows its last instant all the same, and lets live calls have their turn", async () => {
  const frames = sound(40_000);
  const entries = [{ atMs: 0, book: opened(id) }, ...frames, { atMs: 5, book: turn(1) }, ...frames.slice(-1)];
  await writeFile(path, HEADER + entries.map(lineOf).join(""));
  const parsed = vi.spyOn(JSON, "parse");
  let reading = true;
  const found = here
    .journals()
    .unfinished()
    .finally(() => {
      reading = false;
    });
  let longestMs = 0;
  while (reading) {
    const cpu = process.cpuUsage();
    await setImmediate();
    longestMs = Math.max(longestMs, process.cpuUsage(cpu).user / 1000);
  }
  expect(await found).toEqual([{ id, entries: [opened(id), turn(1)], lastAtMs: 39_999 * 20 + 0.125 }]);
  // The header and two entries.
  expect(parsed.mock.calls.length).toBe(3);
  parsed.mockRestore();
  expect(longestMs).toBeLessThan(50);
});

test("a line of sound that is damaged counts as such in recovery too, and one that was torn does not", async () => {
  const [whole = ""] = sound(1).map(lineOf);
  const damaged = [whole.replace("VVVV", "VV\0V"), whole.replace('"}', '"'), whole.replace("0.125", "0.1.2")];
  await writeFile(path, HEADER + lineOf({ atMs: 3, book: opened(id) }) + damaged.join("") + whole.slice(0, -5));
  expect(await here.journals().unfinished()).toEqual([{ id, entries: [opened(id)], lastAtMs: 3 }]);
  expect(here.counts).toEqual({ journal_corrupt_lines: 3 });
});

test("wherever its text is parted, a journal has the same lines", () => {
  // JSON keeps U+2028, which ends lines elsewhere.
  const entries = [{ atMs: 0, book: opened(id) }, { atMs: 1, book: closed("a\u2028b\r\nc") }, ...sound(1)];
  const text = HEADER + entries.map(lineOf).join("\n");
  for (let cut = 0; cut <= text.length; cut++) {
    const found: JournalEntry[] = [];
    const reader = lineReader((entry) => found.push(entry));
    reader.take(text.slice(0, cut));
    reader.take(text.slice(cut));
    expect(reader.end()).toEqual({ header: { journal: 2, call: id }, corrupt: 0 });
    expect(found).toEqual(entries);
  }
});

test("a file is read as its text would be, whatever stands where one piece of it ends", async () => {
  // Letters of three bytes, at a distance that no size of a piece is a multiple of.
  const entries = Array.from({ length: 3000 }, (_, n) => ({
    atMs: n,
    in: { kind: "नमस्ते, दूरवाणी".repeat(3 + (n % 7)) },
  }));
  const text = HEADER + entries.map(lineOf).join("");
  for (const end of ["", '{"atMs":1,"in":{"ki', '{"settled":true}\n', '{"atMs":1,"in":{"ki\n{"settled":true}\n']) {
    await writeFile(path, text + end);
    expect(await readRecordingFile(path)).toEqual({ id, entries, corrupt: 0 });
    expect(readRecording(text + end)).toEqual({ id, entries, corrupt: 0 });
  }
});

test("a file that is no journal is refused with the reason, and one that is not there as such", async () => {
  for (const text of ["", "hello", '\n{"settled":true}\n']) {
    await writeFile(path, text);
    await expect(readRecordingFile(path)).rejects.toThrow(JournalError);
  }
  await expect(readRecordingFile(`${path}x`)).rejects.toThrow("ENOENT");
});
