import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type JournalEntry, readRecording, recordingText } from "../../src/journal/journal.ts";
import { SETTLED } from "../../src/journal/journal-file.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { replayConfig } from "../../src/replay-parts.ts";
import { openReplays } from "../../src/replays.ts";
import { ID, record } from "./studio.ts";

const folder = mkdtempSync(join(tmpdir(), "durvani-replays-"));
afterAll(() => rmSync(folder, { recursive: true }));

const entries = await record([{ wait: 3000 }, { say: "hi-question" }, { wait: 5000 }]);
const kept = (name: string, some: readonly JournalEntry[]): string => {
  const path = join(folder, name);
  writeFileSync(path, recordingText({ id: ID, entries: some }));
  appendFileSync(path, SETTLED);
  return path;
};
const journal = kept("call.jsonl", entries);
const open = (deadlineMs?: number) => openReplays(replayConfig({}), systemClock, deadlineMs);

test("a call is replayed by a thread of its own, one at a time, while this one goes on", async () => {
  const replays = open();
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) setImmediate(turn);
  };
  turn();
  const first = replays.replay(journal);
  expect(await replays.fixture(journal)).toEqual({ kind: "busy" });
  const came = await first;
  done = true;
  expect(came).toMatchObject({ kind: "done", answer: { differences: [] } });
  const { events, callMs } = (came as { answer: { events: number; callMs: number } }).answer;
  expect(events).toBe(entries.filter((entry) => "in" in entry).length);
  expect(callMs).toBeGreaterThan(8000);
  expect(turns).toBeGreaterThan(1000);
});

test("another decision than then is a difference", async () => {
  const other = entries.map((entry): JournalEntry => {
    if (!("out" in entry) || entry.out.do !== "decide") return entry;
    const { decision } = entry.out as unknown as { readonly decision: object };
    return { ...entry, out: { ...entry.out, decision: { ...decision, why: "a whim" } } as typeof entry.out };
  });
  expect(await open().replay(kept("other.jsonl", other))).toMatchObject({
    kind: "done",
    answer: { differences: [{ was: expect.stringContaining("a whim") }] },
  });
});

test("a fixture is the call's journal, masked and without sound", async () => {
  const came = await open().fixture(journal);
  const { id, entries: masked } = readRecording(came.kind === "done" ? came.answer : "");
  expect(id).toBe("call_call-studio");
  expect(masked.some((entry) => "audio" in entry)).toBe(false);
  expect(masked.filter((entry) => "in" in entry).length).toBeGreaterThan(10);
});

test("what is no journal, takes too long or is ended is said; a mistake of ours is none of these; none is in the next one's way", async () => {
  const replays = open();
  await expect(replays.replay(join(folder, "nowhere.jsonl"))).rejects.toMatchObject({ code: "ENOENT" });
  const going = replays.replay(journal);
  await replays.close();
  expect(await going).toEqual({ kind: "busy" });
  const junk = join(folder, "junk.jsonl");
  writeFileSync(junk, "no journal\n");
  expect(await replays.replay(junk)).toEqual({
    kind: "impossible",
    why: expect.stringContaining("this is no journal"),
  });
  expect(await open(1).replay(journal)).toEqual({ kind: "late", afterMs: 1 });
});
