import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type JournalEntry, JournalError, readEntries } from "../../src/journal/journal.ts";

const folder = mkdtempSync(join(tmpdir(), "durvani-entries-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, "call_1.jsonl");
  writeFileSync(path, text);
  const batches: (readonly JournalEntry[])[] = [];
  let error: unknown;
  try {
    for await (const entries of readEntries(path)) batches.push(entries);
  } catch (thrown) {
    error = thrown;
  }
  return { batches, entries: batches.flat(), error };
}

const HEADER = '{"journal":2,"call":"call_1"}\n';
const SETTLED = '{"settled":true}\n';
const entry = (atMs: number, bytes: number): JournalEntry => ({ atMs, audio: "नमस्ते ".repeat(bytes) });
const lines = (entries: readonly JournalEntry[]): string => entries.map((one) => `${JSON.stringify(one)}\n`).join("");

test("a settled journal gives all its entries, a piece of the file at a time, however lines and pieces meet", async () => {
  for (const length of [0, 1, 2, 6, 700]) {
    const all = Array.from({ length: 2000 }, (_, n) => entry(n, (n * 7) % (length + 1)));
    const { batches, entries, error } = await read(HEADER + lines(all) + SETTLED);
    expect(error).toBeUndefined();
    expect(entries).toEqual(all);
    if (length === 700) expect(batches.length).toBeGreaterThan(100);
    expect(Math.max(...batches.map((batch) => JSON.stringify(batch).length))).toBeLessThan(140_000);
  }
});

test("what is torn or makes no sense is left out; a recovered journal is settled", async () => {
  const { entries, error } = await read(
    `${HEADER}${lines([entry(1, 1)])}{"atMs":2,"au\n${lines([entry(3, 1)])}\n${SETTLED}`,
  );
  expect(entries).toEqual([entry(1, 1), entry(3, 1)]);
  expect(error).toBeUndefined();
});

test("a journal that is not settled says so, having given what it holds; what is no journal is refused", async () => {
  const open = await read(HEADER + lines([entry(1, 1), entry(2, 1), entry(3, 1)]));
  expect(open.entries).toEqual([entry(1, 1), entry(2, 1), entry(3, 1)]);
  expect(open.error).toMatchObject({ message: expect.stringMatching(/not settled/) });
  for (const none of ["", "hello\nworld\n", lines([entry(1, 1), entry(2, 1)]), '{"journal":1,"call":"c"}\n{}\n']) {
    expect((await read(none)).error, none).toBeInstanceOf(JournalError);
  }
});
