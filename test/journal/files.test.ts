import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Journals } from "../../src/journal/journal.ts";
import type { BookEntry } from "../../src/record/record.ts";
import { callId, closed, decision, opened, turn } from "../store/entries.ts";
import { type JournalFolder, journalFolder } from "./folder.ts";

const id = callId("call_1");
const book: readonly BookEntry[] = [
  opened(id),
  { kind: "answered", at: 1 },
  turn(1),
  decision(1),
  { kind: "recording", url: "https://x.example/r" },
  closed(),
];

let here: JournalFolder;
let dir = "";
let counts: JournalFolder["counts"] = {};

beforeEach(async () => {
  here = await journalFolder();
  ({ dir, counts } = here);
});
afterEach(() => here.leave());

const journals = (): Journals => here.journals();
const path = (): string => join(dir, "call_1.jsonl");
const awayPath = (name = "call_1"): string => join(dir, "settled", `${name}.jsonl`);
const unsettled = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name.endsWith(".jsonl"));

async function writeWhole(): Promise<string> {
  const journal = journals().open(id);
  for (const [index, entry] of book.entries()) {
    journal.append({ atMs: index * 10, in: { kind: "speech" } });
    journal.append({ atMs: index * 10 + 1, book: entry });
  }
  await journal.flush();
  return readFile(path(), "utf8");
}

test("after a flush the file holds a header and every entry in order", async () => {
  const lines = (await writeWhole()).split("\n");
  expect(JSON.parse(lines[0] ?? "")).toEqual({ journal: 2, call: "call_1" });
  expect(lines).toHaveLength(2 + book.length * 2);
  expect(JSON.parse(lines[6] ?? "")).toEqual({ atMs: 21, book: turn(1) });
  expect((await stat(path())).mode & 0o777).toBe(0o600);
});

test("a journal left behind is given back with its entries in order; one that lives or is settled is not", async () => {
  await writeWhole();
  const house = journals();
  const living = house.open(callId("call_2"));
  await living.flush();
  const settled = house.open(callId("call_3"));
  settled.append({ atMs: 1, book: opened(callId("call_3")) });
  await settled.settle();
  expect(await house.unfinished()).toEqual([{ id, entries: book, lastAtMs: 51 }]);
  expect((await readFile(awayPath("call_3"), "utf8")).endsWith('}}}\n{"settled":true}\n')).toBe(true);
});

test("a journal moves out of the way when it is settled, so that a start reads only those that are not", async () => {
  const house = journals();
  const ids = Array.from({ length: 20 }, (_, n) => callId(`call_${n}`));
  const open = ids.map((one) => house.open(one));
  for (const [n, journal] of open.entries()) journal.append({ atMs: 1, book: opened(ids[n] ?? id) });
  await Promise.all(open.map((journal) => journal.flush()));
  expect(await unsettled()).toHaveLength(20);
  await Promise.all(open.slice(1).map((journal) => journal.settle()));
  expect(await unsettled()).toEqual(["call_0.jsonl"]);
  expect(await readdir(join(dir, "settled"))).toHaveLength(19);
  expect((await stat(join(dir, "settled"))).mode & 0o777).toBe(0o700);
  const next = journals();
  expect((await next.unfinished()).map((left) => left.id)).toEqual(["call_0"]);
  await next.settle(callId("call_0"));
  expect(await unsettled()).toEqual([]);
});

test("a journal marked as settled, whose process died before it moved, is not given back but moved", async () => {
  await writeFile(path(), `${await writeWhole()}{"settled":true}\n`);
  expect(await journals().unfinished()).toEqual([]);
  expect(await unsettled()).toEqual([]);
  expect(await readFile(awayPath(), "utf8")).toContain('{"settled":true}');
});

test("a journal that cannot be moved is settled all the same, and moved by the next start that can", async () => {
  const journal = journals().open(id);
  await rm(join(dir, "settled"), { recursive: true });
  await journal.settle();
  expect(counts["journal_errors"]).toBe(1);
  expect(await unsettled()).toEqual(["call_1.jsonl"]);
  expect(await journals().unfinished()).toEqual([]);
  expect(await unsettled()).toEqual([]);
});

test("I33: wherever a kill cuts the file, every whole line before the cut is given back and nothing else", async () => {
  const whole = Buffer.from(await writeWhole());
  const texts = book.map((entry) => Buffer.from(`"book":${JSON.stringify(entry)}}`));
  const house = journals();
  for (let cut = 0; cut <= whole.length; cut++) {
    await writeFile(path(), whole.subarray(0, cut));
    const [left] = await house.unfinished();
    const complete = texts.filter((text) => cut >= whole.indexOf(text) + text.length);
    expect(left?.entries).toEqual(book.slice(0, complete.length));
  }
  expect(counts["journal_corrupt_lines"]).toBeUndefined();
}, 30_000);

test("a torn journal that is settled afterwards is not given back again", async () => {
  const whole = await writeWhole();
  await writeFile(path(), whole.slice(0, -5));
  const house = journals();
  await house.settle(id);
  await house.settle(id);
  expect(await house.unfinished()).toEqual([]);
  expect((await readFile(awayPath(), "utf8")).split('{"settled":true}')).toHaveLength(2);
});

test("lines that make no sense are skipped and counted", async () => {
  const lines = (await writeWhole()).split("\n");
  const broken = lines.with(2, "\0\0\0garbage").with(4, '{"atMs":1,"book":{"kind":"turn"}}');
  await writeFile(path(), broken.join("\n"));
  const [left] = await journals().unfinished();
  expect(left?.entries).toEqual([turn(1), ...book.slice(3)]);
  expect(counts["journal_corrupt_lines"]).toBe(2);
});

test("a journal of version 1 is recovered as well: its decisions had no limits yet", async () => {
  const whole = await writeWhole();
  const without = whole.replace(',"limits":{"bargeIn.minMs":200},"otherwise":"less than 200 ms of speech"', "");
  await writeFile(path(), without.replace('{"journal":2', '{"journal":1'));
  const [left] = await journals().unfinished();
  const [entry] = left?.entries.filter(({ kind }) => kind === "decision") ?? [];
  expect(entry).toMatchObject({ decision: { what: "barge-in", limits: {}, otherwise: "" } });
  expect(left?.entries).toHaveLength(book.length);
  expect(counts["journal_corrupt_lines"]).toBeUndefined();
});

test("a call's journal is found by its id, before and after it is settled, by any process", async () => {
  const journal = journals().open(id);
  await journal.flush();
  expect(await journals().find("call_1")).toBe(path());
  await journal.settle();
  expect(await journals().find("call_1")).toBe(awayPath());
  expect(await journals().find("call_2")).toBeUndefined();
  expect(await journals().find("../settled/call_1")).toBeUndefined();
});

test("a file that cannot be read does not hide the others", async () => {
  await writeWhole();
  await mkdir(join(dir, "call_0.jsonl"));
  expect((await journals().unfinished()).map((left) => left.id)).toEqual([id]);
  expect(here.errors).toEqual(["a journal cannot be read; its call is not recovered"]);
});

test("a disk that cannot be written never throws into the call: flush says so, it is counted, and logged once", async () => {
  const house = journals();
  await rm(dir, { recursive: true });
  const journal = house.open(id);
  for (const entry of book) journal.append({ atMs: 0, book: entry });
  await expect(journal.flush()).rejects.toThrow("ENOENT");
  await expect(journal.flush()).rejects.toThrow("ENOENT");
  expect(counts["journal_errors"]).toBeGreaterThanOrEqual(2);
  expect(here.errors).toEqual(["the journal cannot be written"]);
});

test("once the disk is well again, what waited is written in order and flush acknowledges it", async () => {
  const house = journals();
  await rm(dir, { recursive: true });
  const journal = house.open(id);
  for (const entry of book) journal.append({ atMs: 5, book: entry });
  await expect(journal.flush()).rejects.toThrow("ENOENT");
  await mkdir(dir);
  await journal.flush();
  expect(await journals().unfinished()).toEqual([{ id, entries: book, lastAtMs: 5 }]);
});

test("what exceeds a megabyte while the disk does not answer is dropped, counted, and not acknowledged", async () => {
  const house = journals();
  await rm(dir, { recursive: true });
  const journal = house.open(id);
  for (let n = 0; n < 1200; n++) journal.append({ atMs: n, in: { kind: "x".repeat(1000) } });
  await expect(journal.flush()).rejects.toThrow("ENOENT");
  expect(counts["journal_dropped"]).toBeGreaterThan(150);
  await mkdir(dir);
  await expect(journal.flush()).rejects.toThrow("lines were lost");
  expect((await stat(path())).size).toBeLessThanOrEqual(1024 * 1024);
  await expect(journal.flush()).resolves.toBeUndefined();
});

test("flushes asked for at once are each answered, and appends between them are not lost", async () => {
  const journal = journals().open(id);
  const flushes: Promise<void>[] = [];
  for (let n = 0; n < 200; n++) {
    journal.append({ atMs: n, in: { kind: `e${n}` } });
    flushes.push(journal.flush());
    if (n % 10 === 0) await flushes[n / 2];
  }
  await Promise.all(flushes);
  const lines = (await readFile(path(), "utf8")).trimEnd().split("\n").slice(1);
  expect(lines.map((line) => JSON.parse(line).atMs)).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test("an append after settling is counted, not written; settling twice is once", async () => {
  const journal = journals().open(id);
  await journal.settle();
  await journal.settle();
  journal.append({ atMs: 1, in: { kind: "late" } });
  await expect(journal.flush()).rejects.toThrow("closed");
  expect(counts["journal_late"]).toBe(1);
  expect(await readFile(awayPath(), "utf8")).toBe('{"journal":2,"call":"call_1"}\n{"settled":true}\n');
});

test("an id that could leave the folder is refused", () => {
  expect(() => journals().open(callId("../x"))).toThrow("cannot name a journal");
});

test("a settled file with anything after its mark is looked at again", async () => {
  await writeFile(path(), `${await writeWhole()}{"settled":true}\n{"atMs":1,"in":{"kind":"x"}}\n`);
  expect(await journals().unfinished()).toHaveLength(1);
});
