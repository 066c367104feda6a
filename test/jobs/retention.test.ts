import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { diskRecordings } from "../../src/jobs/disk-recordings.ts";
import { callErasure } from "../../src/jobs/erasure.ts";
import { RETENTION_EVERY_MS, sweepRetention } from "../../src/jobs/retention.ts";
import { sweepAgain } from "../../src/jobs/sweep.ts";
import { fileJournals } from "../../src/journal/files.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";
import type { Erasures, StoredCall } from "../../src/store/store.ts";

const DAY = 24 * 3_600_000;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

type Row = { readonly endedAt?: number; erasedAt?: number; readonly number: string; readonly recordingUrl?: string };

/** A gateway's folder with the files of its calls, and books in memory, from which every row's erasure can be seen. */
function archive({ retentionMs = 30 * DAY }: { readonly retentionMs?: number | undefined } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "durvani-retention-"));
  open.push(() => rmSync(dataDir, { recursive: true }));
  const clock = new VirtualClock();
  const kit = { clock, log: silentLog, meter: deafMeter };
  const journals = fileJournals({ ...kit, dir: join(dataDir, "journals") });
  const recordings = diskRecordings(join(dataDir, "recordings"));
  const rows = new Map<CallId, Row>();
  const state = { booksUp: true, asked: [] as number[] };
  const kept = (): [CallId, Row][] => {
    if (!state.booksUp) throw new Error("the database is down");
    return [...rows].filter(([, row]) => row.erasedAt === undefined);
  };
  const standing = (id: CallId) => {
    const row = rows.get(id);
    if (!row) return "unknown" as const;
    if (row.erasedAt !== undefined) return "erased" as const;
    return row.endedAt === undefined ? ("open" as const) : ("over" as const);
  };
  const erasures: Erasures = {
    async overBefore(beforeMs, limit) {
      state.asked.push(limit);
      return kept()
        .filter(([, { endedAt }]) => endedAt !== undefined && endedAt < beforeMs)
        .sort(([, a], [, b]) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
        .slice(0, limit)
        .map(([id]) => id);
    },
    async ofNumber(number) {
      const found = kept().filter(([, row]) => row.number === number);
      const isOpen = ([, { endedAt }]: [CallId, Row]): boolean => endedAt === undefined;
      return { open: found.filter(isOpen).length, ids: found.map(([id]) => id) };
    },
    standing: async (id) => standing(id),
    async erase(id, wallMs) {
      kept();
      const was = standing(id);
      if (was === "unknown" || was === "open") return was;
      const row = rows.get(id);
      if (row) row.erasedAt ??= wallMs;
      return "erased";
    },
    erasedAmong: async (ids) => ids.flatMap((id) => (rows.get(id as CallId)?.erasedAt ? [id as CallId] : [])),
  };
  const store = { call: async (id: CallId) => rows.get(id) as unknown as StoredCall | undefined };
  const parts = { ...kit, store, erasures, journals, recordings, retentionMs };
  const wav = (id: string): string => join(dataDir, "recordings", `${id}.wav`);
  const journal = (id: string): string => join(dataDir, "journals", "settled", `${id}.jsonl`);
  const begun = (id: string): string => join(dataDir, "recordings", ".work", `.${id}-a1`);
  return {
    parts,
    clock,
    rows,
    state,
    dataDir,
    /** A call that ended so many ms ago; `undefined`: it is up. */
    call(name: string, agoMs: number | undefined, more: Partial<Row> = {}): CallId {
      const id = `call_${name}` as CallId;
      const ended = agoMs === undefined ? {} : { endedAt: clock.wall() - agoMs };
      rows.set(id, { number: "+91804567", ...ended, ...more });
      writeFileSync(wav(id), "RIFF");
      writeFileSync(journal(id), "{}");
      mkdirSync(begun(id));
      return id;
    },
    files: (id: CallId): number => [wav(id), journal(id), begun(id)].filter((path) => existsSync(path)).length,
    sweep: (signal = new AbortController().signal) => sweepRetention(parts, signal),
  };
}

test("a call is erased with its sound and journal once it was kept long enough, and no other", async () => {
  const at = archive();
  const [old, young, live] = [at.call("old", 30 * DAY + 1), at.call("young", 30 * DAY), at.call("live", undefined)];
  await at.sweep();
  expect([at.files(old), at.files(young), at.files(live)]).toEqual([0, 3, 3]);
  expect([old, young, live].map((id) => at.rows.get(id)?.erasedAt)).toEqual([at.clock.wall(), undefined, undefined]);
});

test("with no RETENTION_DAYS everything stays", async () => {
  const at = archive();
  const old = at.call("old", 4000 * DAY);
  await sweepRetention({ ...at.parts, retentionMs: undefined }, new AbortController().signal);
  expect(at.files(old)).toBe(3);
});

test("it is looked for again every hour, also after the database was down", async () => {
  const at = archive();
  const [first, later] = [at.call("first", 30 * DAY + 1), at.call("later", 30 * DAY - RETENTION_EVERY_MS / 2)];
  at.state.booksUp = false;
  const over = new AbortController();
  const done = sweepAgain(() => at.sweep(over.signal), { ...at.parts, everyMs: RETENTION_EVERY_MS }, over.signal);
  await vi.waitFor(() => expect(at.clock.pending).toBe(1));
  expect(at.files(first)).toBe(3);
  at.state.booksUp = true;
  await at.clock.advance(1000);
  await vi.waitFor(() => expect([at.files(first), at.clock.pending]).toEqual([0, 1]));
  expect(at.files(later)).toBe(3);
  await at.clock.advance(RETENTION_EVERY_MS);
  await vi.waitFor(() => expect([at.files(later), at.clock.pending]).toEqual([0, 1]));
  over.abort();
  await done;
});

test("hundreds of calls are erased a few at a time; one that cannot be keeps no other from it", async () => {
  const at = archive();
  const stuck = at.call("stuck", 40 * DAY, { recordingUrl: "https://other.example/stuck.wav" });
  const many = Array.from({ length: 120 }, (_, n) => at.call(`m${n}`, 31 * DAY));
  await at.sweep();
  expect(many.map(at.files).filter((files) => files > 0)).toEqual([]);
  expect(at.rows.get(stuck)?.erasedAt).toBeUndefined();
  expect(Math.max(...at.state.asked)).toBeLessThanOrEqual(51);
});

test("more calls than go at a time that cannot be erased keep none behind them from it", async () => {
  const at = archive();
  for (let n = 0; n < 60; n++) at.call(`stuck${n}`, 40 * DAY, { recordingUrl: "https://other.example/stuck.wav" });
  const last = at.call("last", 31 * DAY);
  const over = new AbortController();
  const erase = at.parts.erasures.overBefore;
  at.parts.erasures.overBefore = async (...asked) => {
    if (at.state.asked.length > 20) over.abort();
    return erase(...asked);
  };
  await at.sweep(over.signal);
  expect(at.files(last)).toBe(0);
  expect(over.signal.aborted).toBe(false);
});

test("a stop ends the sweep, and the next one goes on where it was", async () => {
  const at = archive();
  const many = Array.from({ length: 5 }, (_, n) => at.call(`m${n}`, 31 * DAY));
  const over = new AbortController();
  const erase = at.parts.erasures.erase;
  at.parts.erasures.erase = async (...asked) => {
    over.abort();
    return erase(...asked);
  };
  await at.sweep(over.signal);
  expect(many.filter((id) => at.rows.get(id)?.erasedAt !== undefined)).toHaveLength(1);
  at.parts.erasures.erase = erase;
  await at.sweep();
  expect(many.filter((id) => at.rows.get(id)?.erasedAt === undefined)).toEqual([]);
});

test("files of a call that another gateway erased, or that came late, are removed", async () => {
  const at = archive();
  const [gone, kept] = [at.call("gone", DAY, { erasedAt: 1 }), at.call("kept", DAY)];
  await at.sweep();
  expect([at.files(gone), at.files(kept)]).toEqual([0, 3]);
});

test("of a number's calls one that cannot be erased keeps no other from it, and is told of", async () => {
  const at = archive();
  const number = "+91999";
  const stuck = at.call("stuck", DAY, { number, recordingUrl: "https://other.example/stuck.wav" });
  const other = at.call("other", DAY, { number });
  await expect(callErasure(at.parts).number(number)).rejects.toThrow("kept at other.example");
  expect([stuck, other].map((id) => at.rows.get(id)?.erasedAt !== undefined)).toEqual([false, true]);
});

test("what was begun of a recording, and never put in its place, is removed with the call that another gateway erased", async () => {
  const at = archive();
  const [gone, kept] = [at.call("gone", DAY, { erasedAt: 1 }), at.call("kept", DAY)];
  for (const id of [gone, kept]) {
    rmSync(join(at.dataDir, "recordings", `${id}.wav`));
    rmSync(join(at.dataDir, "journals", "settled", `${id}.jsonl`));
  }
  await at.sweep();
  expect([at.files(gone), at.files(kept)]).toEqual([0, 1]);
});

test("where the rows cannot be erased the files are gone already, and it can be asked again", async () => {
  const at = archive();
  const id = at.call("a", DAY);
  const erasure = callErasure(at.parts);
  at.state.booksUp = false;
  await expect(erasure.call(id)).rejects.toThrow("database is down");
  expect([at.files(id), at.rows.get(id)?.erasedAt]).toEqual([0, undefined]);
  at.state.booksUp = true;
  expect([await erasure.call(id), await erasure.call(id)]).toEqual(["erased", "erased"]);
});

test("where the sound cannot be removed, or the journal is being written, the rows stay", async () => {
  const at = archive();
  const elsewhere = at.call("s3", DAY, { recordingUrl: "https://bucket.example/s3.wav" });
  await expect(callErasure(at.parts).call(elsewhere)).rejects.toThrow(/bucket\.example/);
  const id = at.call("busy", DAY);
  const journal = at.parts.journals.open(id);
  await journal.flush();
  await expect(callErasure(at.parts).call(id)).rejects.toThrow(/being written/);
  expect([elsewhere, id].map((one) => at.rows.get(one)?.erasedAt)).toEqual([undefined, undefined]);
  await journal.settle();
  expect(await callErasure(at.parts).call(id)).toBe("erased");
  expect(at.files(id)).toBe(0);
});

test("a journal that a dead process left behind goes too: it would write the call anew", async () => {
  const at = archive();
  const id = at.call("left", DAY);
  const left = join(at.dataDir, "journals", `${id}.jsonl`);
  writeFileSync(left, "{}");
  await callErasure(at.parts).call(id);
  expect(existsSync(left)).toBe(false);
  expect(await at.parts.journals.unfinished()).toEqual([]);
});

test("a number's calls are erased and counted; none is while one of them goes on, and no live call ever", async () => {
  const at = archive();
  const [a, b, other] = [at.call("a", 1), at.call("b", 2), at.call("c", 3, { number: "+1" })];
  const erasure = callErasure(at.parts);
  const live = at.call("live", undefined);
  expect(await erasure.number("+91804567")).toEqual({ open: 1 });
  expect([await erasure.call(live), await erasure.call("call_none" as CallId)]).toEqual(["open", "unknown"]);
  expect([a, b, live].map(at.files)).toEqual([3, 3, 3]);
  at.rows.delete(live);
  expect(await erasure.number("+91804567")).toEqual({ erased: 2 });
  expect(await erasure.number("+91804567")).toEqual({ erased: 0 });
  expect([a, b, other].map(at.files)).toEqual([0, 0, 3]);
});
