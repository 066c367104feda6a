import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import type { JobQueue } from "../../src/jobs/jobs.ts";
import { startSweep, sweepOnce } from "../../src/jobs/sweep.ts";
import { writeTranscript } from "../../src/jobs/transcript.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { type Log, silentLog } from "../../src/kit/log.ts";
import { deafMeter, type Meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { endedCall, job, lease, noRecordings } from "./jobs-contract.ts";

const dataDir = mkdtempSync(join(tmpdir(), "durvani-jobs-"));
const tools = { clock: systemClock, log: silentLog, meter: deafMeter };
const database = await openDatabase({ dataDir, ...tools });
const store = postgresStore(database.pool);
const place = { kind: "postgres", poolConfig: database.poolConfig, embedded: true } as const;

const queues: JobQueue[] = [];
async function open(): Promise<JobQueue> {
  const queue = await bullmqQueue({ ...tools, place, lease, retry: { attempts: 8, firstMs: 100 } });
  queues.push(queue);
  return queue;
}
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close();
});
afterAll(async () => {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

const soon = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 20_000, interval: 50 });

function counting(): { readonly meter: Meter; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return { seen, meter: { ...deafMeter, count: (name, labels) => seen.push([name, labels]) } };
}

test("writing a transcript twice changes nothing", async () => {
  const id = await endedCall(store);
  expect(await writeTranscript(store, id)).toBe("written");
  const first = (await store.call(id))?.transcript;
  expect(await writeTranscript(store, id)).toBe("written");
  expect((await store.call(id))?.transcript).toEqual(first);
  expect(first).toMatchObject({
    callId: id,
    lines: [{ text: "hello" }, { text: "Hi." }],
    metrics: { interruptions: 1 },
  });
});

test("a call that is still open has no transcript yet, and an unknown one never", async () => {
  const { callId } = job();
  const opening = { id: callId, carrier: "exotel", carrierCallId: "x", from: "1", to: "2", agent: "a" } as const;
  await store.write(callId, { kind: "open", opening: { ...opening, language: "en-IN", openedAt: 0 } });
  await expect(writeTranscript(store, callId)).rejects.toThrow("not closed yet");
  expect(await writeTranscript(store, job().callId)).toBe("unknown");
});

test("a job for a call that the books do not know is counted and ignored", async () => {
  const { meter, seen } = counting();
  const queue = await open();
  startWorker({ ...tools, ...noRecordings, meter, store, queue });
  await queue.add(job());
  await soon(() => expect(seen).toContainEqual(["jobs_total", { kind: "transcript", outcome: "unknown" }]));
  await soon(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 }));
  expect(seen).not.toContainEqual(["jobs_total", { kind: "transcript", outcome: "failed" }]);
});

test("I35: a transcript that cannot be written is an error in the log and a note in the books, and comes again", async () => {
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (_, message) => errors.push(message) };
  const id = await endedCall(store);
  const queue = await open();
  await database.pool.query("alter table transcripts rename to gone");
  startWorker({ ...tools, ...noRecordings, log, store, queue });
  await queue.add({ kind: "transcript", callId: id });
  const note = () => database.pool.query("select attempts, last_error from owed_jobs where call_id = $1", [id]);
  await soon(async () => {
    const { rows } = await note();
    expect(rows[0]?.last_error).toMatch(/transcripts/);
  });
  expect(errors).toContain("a job failed");
  expect((await store.owedJobs(0, 10)).map(({ callId }) => callId)).toEqual([id]);
  await database.pool.query("alter table gone rename to transcripts");
  await soon(async () => expect((await store.call(id))?.transcript).toBeDefined());
  expect(await store.owedJobs(0, 10)).toEqual([]);
  expect((await note()).rows[0]?.last_error).toBeNull();
});

test("the sweep queues what is owed, once while it waits, and leaves young debts to the queue", async () => {
  const gauges: Record<string, number> = {};
  const meter: Meter = { ...deafMeter, gauge: (name, value) => Object.assign(gauges, { [name]: value }) };
  const [id, other] = [await endedCall(store), await endedCall(store)];
  const queue = await open();
  const parts = { ...tools, meter, store, queue, everyMs: 1000 };
  expect(await sweepOnce({ ...parts, owedForMs: 60_000 })).toBe(0);
  expect(await queue.counts()).toMatchObject({ waiting: 0 });
  expect(await sweepOnce({ ...parts, owedForMs: 0 })).toBe(2);
  expect(await sweepOnce({ ...parts, owedForMs: 0 })).toBe(2);
  expect(await queue.counts()).toMatchObject({ waiting: 2 });
  expect(gauges).toEqual({ jobs_owed: 2, jobs_failing: 0 });
  startWorker({ ...tools, ...noRecordings, store, queue });
  for (const each of [id, other]) await soon(async () => expect((await store.call(each))?.transcript).toBeDefined());
  expect(await sweepOnce({ ...parts, owedForMs: 0 })).toBe(0);
});

test("the sweep comes again and again, sooner after a failure, and stops with its signal", async () => {
  const clock = new VirtualClock();
  const { meter, seen } = counting();
  const queue = await open();
  await queue.close();
  const id = await endedCall(store);
  const stop = new AbortController();
  const parts = { ...tools, clock, meter, store, queue, everyMs: 30_000, owedForMs: 0 };
  const sweeping = startSweep(parts, stop.signal);
  const failures = (): number => seen.filter((each) => JSON.stringify(each).includes("job_sweeps_failed_total")).length;
  // Each waits for the database in real time; only the pauses between are the fake clock's.
  for (let count = 1; count <= 3; count++) {
    await soon(() => expect([failures(), clock.pending]).toEqual([count, 1]));
    await clock.advance(250 * 2 ** count);
  }
  await soon(() => expect([failures(), clock.pending]).toEqual([4, 1]));
  stop.abort();
  await sweeping;
  await writeTranscript(store, id);
});

test("a worker that takes nothing although jobs wait is replaced", async () => {
  const { meter, seen } = counting();
  // Half a minute of idleness passes in half a second.
  const clock = { ...systemClock, now: () => systemClock.now() * 60 };
  const queue = await bullmqQueue({ ...tools, clock, meter, place, lease });
  queues.push(queue);
  // A BullMQ worker that finds no tables at its start remembers that for ever.
  await database.pool.query("alter schema bullmq rename to hidden");
  const handled: unknown[] = [];
  queue.work(async (taken) => {
    handled.push(taken);
  });
  await soon(() => expect(seen.length).toBeGreaterThan(0));
  await database.pool.query("alter schema hidden rename to bullmq");
  const waiting = job();
  await queue.add(waiting);
  await soon(() => expect(handled).toEqual([waiting]));
  expect(seen).toContainEqual(["job_workers_replaced_total", undefined]);
});
