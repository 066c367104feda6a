import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { openBackend, type QueuePlace } from "../../src/jobs/backend.ts";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import type { Job, JobQueue } from "../../src/jobs/jobs.ts";
import { startSweep } from "../../src/jobs/sweep.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter, type Meter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { CallId } from "../../src/record/record.ts";
import type { CallStore } from "../../src/store/store.ts";

/** Where the suite runs: a queue's store that it may take down, and the books, which may live in the same. */
export interface Ground {
  readonly place: QueuePlace;
  readonly store: CallStore;
  down(): Promise<void>;
  up(): Promise<void>;
  end(): Promise<void>;
}

export const lease = { lockMs: 1000, checkMs: 500 };
const tools = { clock: systemClock, log: silentLog, meter: deafMeter };

/** For jobs of another kind. */
export const noRecordings = {
  journals: { find: async () => undefined },
  recordings: { workDir: "/nowhere", put: async () => "", find: async () => undefined, remove: async () => {} },
  apologyAudio: () => Buffer.alloc(0),
};

let calls = 0;
export const job = (): Job => ({ kind: "transcript", callId: `call_${process.pid}_${++calls}` as CallId });

/** A call that has ended, so that the books owe its transcript. */
export async function endedCall(store: CallStore): Promise<CallId> {
  const { callId: id } = job();
  const opening = { id, carrier: "twilio", carrierCallId: "CA1", from: "+911", to: "+912", agent: "a" } as const;
  await store.write(id, { kind: "open", opening: { ...opening, language: "hi-IN", openedAt: 1000 } });
  const texts = { userText: "hello", agentGenerated: "Hi. You.", agentSent: "Hi. You.", agentHeard: "Hi." };
  await store.write(id, {
    kind: "turn",
    turn: { seq: 1, ...texts, interrupted: true, startedMs: 0, endedMs: 900, metrics: {} },
  });
  const end = { how: "caller-hung-up", detail: "" } as const;
  await store.write(id, { kind: "close", closing: { end, endedAt: 5000 } });
  return id;
}

const soon = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 40_000, interval: 50 });

/** What every job queue must do, whatever carries it. */
export function jobQueueTests(name: string, ground: Ground): void {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  afterAll(() => ground.end());

  async function queueWith(retry = { attempts: 3, firstMs: 50 }, meter: Meter = deafMeter): Promise<JobQueue> {
    const queue = await bullmqQueue({ ...tools, meter, place: ground.place, retry, lease });
    open.push(() => queue.close());
    // Redis is waited for in the background.
    await soon(() => queue.counts());
    return queue;
  }

  function worked(queue: JobQueue, handle: (job: Job) => Promise<void> = async () => {}): Job[] {
    const handled: Job[] = [];
    queue.work(async (job) => {
      handled.push(job);
      await handle(job);
    });
    return handled;
  }

  const empty = { waiting: 0, active: 0, delayed: 0, failed: 0 };

  describe(`the job queue on ${name}`, () => {
    test("a job that is added is handled once and then forgotten", async () => {
      const queue = await queueWith();
      const [first, second] = [job(), job()];
      await queue.add(first);
      expect(await queue.counts()).toEqual({ ...empty, waiting: 1 });
      const handled = worked(queue);
      await soon(() => expect(handled).toEqual([first]));
      await queue.add(second);
      await soon(() => expect(handled).toEqual([first, second]));
      await soon(async () => expect(await queue.counts()).toEqual(empty));
      expect(handled).toEqual([first, second]);
    });

    test("a job added many times while it waits is handled once, and can be given again when it is done", async () => {
      const queue = await queueWith();
      const [twice, last] = [job(), job()];
      await Promise.all(Array.from({ length: 20 }, () => queue.add(twice)));
      await queue.add(last);
      const handled = worked(queue);
      await soon(() => expect(handled).toContainEqual(last));
      await soon(async () => expect(await queue.counts()).toEqual(empty));
      expect(handled.toSorted((a, b) => a.callId.localeCompare(b.callId))).toEqual(
        [twice, last].toSorted((a, b) => a.callId.localeCompare(b.callId)),
      );
      await queue.add(twice);
      await soon(() => expect(handled).toHaveLength(3));
    });

    test("a failed job comes again, later each time, until it succeeds", async () => {
      const queue = await queueWith({ attempts: 4, firstMs: 100 });
      const times: number[] = [];
      const handled = worked(queue, async () => {
        times.push(performance.now());
        if (times.length < 3) throw new Error("not yet");
      });
      await queue.add(job());
      await soon(() => expect(handled).toHaveLength(3));
      const [first = 0, second = 0, third = 0] = times;
      expect(second - first).toBeGreaterThanOrEqual(95);
      expect(third - second).toBeGreaterThanOrEqual(195);
      await soon(async () => expect(await queue.counts()).toEqual(empty));
    });

    test("what is paid for at each try is tried once, and comes again only when it is given again", async () => {
      const queue = await queueWith({ attempts: 4, firstMs: 20 });
      const [paid, free] = [{ ...job(), kind: "summary" } as const, job()];
      const handled = worked(queue, async () => {
        throw new Error("no answer");
      });
      for (const each of [paid, free]) await queue.add(each);
      await soon(async () => expect(await queue.counts()).toEqual(empty));
      expect(handled.map(({ kind }) => kind).toSorted()).toEqual(["summary", ...Array(4).fill(free.kind)]);
    });

    test("a handler that throws whatever it likes ends neither the worker nor the process", async () => {
      const queue = await queueWith({ attempts: 1, firstMs: 50 });
      const thrown: unknown[] = [new Error("an error"), "a text", undefined, null];
      const handled = worked(queue, async () => {
        if (thrown.length > 0) throw thrown.shift();
      });
      for (let count = 0; count < 5; count++) await queue.add(job());
      await soon(() => expect(handled).toHaveLength(5));
      await soon(async () => expect(await queue.counts()).toEqual(empty));
    });

    test("a job that was tried often enough is forgotten and can be given again", async () => {
      const queue = await queueWith({ attempts: 2, firstMs: 20 });
      let broken = true;
      const handled = worked(queue, async () => {
        if (broken) throw new Error("broken");
      });
      const stubborn = job();
      await queue.add(stubborn);
      await soon(() => expect(handled).toHaveLength(2));
      await soon(async () => expect(await queue.counts()).toEqual(empty));
      broken = false;
      await queue.add(stubborn);
      await soon(() => expect(handled).toHaveLength(3));
    });

    test("a job that nobody here gave is counted and ignored", async () => {
      const counted: unknown[] = [];
      const meter: Meter = { ...deafMeter, count: (name, labels) => counted.push([name, labels]) };
      const queue = await queueWith(undefined, meter);
      const backend = await openBackend(ground.place, { ...tools, lease });
      await soon(() => backend.ping());
      const stranger = backend.queue();
      await stranger.add("evil", { kind: "rm -rf", callId: 7 }, { removeOnComplete: true });
      await stranger.close();
      await backend.close();
      const handled = worked(queue);
      await soon(() => expect(counted).toContainEqual(["jobs_total", { kind: "unknown", outcome: "ignored" }]));
      expect(handled).toEqual([]);
    });

    test("closing waits for the job that runs", async () => {
      const queue = await queueWith();
      let finish: () => void = () => {};
      const handled = worked(queue, () => new Promise<void>((resolve) => (finish = resolve)));
      await queue.add(job());
      await soon(() => expect(handled).toHaveLength(1));
      let closed = false;
      const closing = queue.close().then(() => (closed = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(closed).toBe(false);
      finish();
      await closing;
      const after = await queueWith();
      expect(await after.counts()).toEqual(empty);
    });

    test("a job whose worker was killed in the middle of it is handled by another", async () => {
      const queue = await queueWith();
      const script = join(import.meta.dirname, "hanging-worker.ts");
      const order = JSON.stringify({ place: ground.place, lease });
      const child = spawn(process.execPath, ["--import", "tsx", script, order], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const dropped = job();
      await queue.add(dropped);
      const [said] = await once(child.stdout, "data");
      expect(String(said)).toContain(dropped.callId);
      child.kill("SIGKILL");
      await once(child, "exit");
      const handled = worked(queue);
      await soon(() => expect(handled).toEqual([dropped]));
      await soon(async () => expect(await queue.counts()).toEqual(empty));
    });

    test("while the queue is down adding fails fast, and the sweep delivers once it is back", async () => {
      const queue = await queueWith();
      startWorker({ ...tools, ...noRecordings, store: ground.store, queue });
      const callId = await endedCall(ground.store);
      await ground.down();
      for (let tries = 0; tries < 3; tries++) {
        const startedMs = performance.now();
        await expect(queue.add({ kind: "transcript", callId })).rejects.toMatchObject({
          provider: "job-queue",
          retryable: true,
        });
        expect(performance.now() - startedMs).toBeLessThan(2500);
      }
      await expect(queue.counts()).rejects.toBeInstanceOf(ProviderError);
      const stop = new AbortController();
      const sweeping = startSweep({ ...tools, store: ground.store, queue, everyMs: 200, owedForMs: 0 }, stop.signal);
      await ground.up();
      await soon(async () => expect((await ground.store.call(callId))?.transcript).toBeDefined());
      stop.abort();
      await sweeping;
      expect(await ground.store.owedJobs(0, 10)).toEqual([]);
      expect((await ground.store.call(callId))?.transcript?.lines).toMatchObject([
        { text: "hello" },
        { text: "Hi.", cutShort: true },
      ]);
    });

    test("a queue that is down can be closed", async () => {
      const queue = await queueWith();
      const handled = worked(queue);
      await queue.add(job());
      await soon(() => expect(handled).toHaveLength(1));
      await ground.down();
      const startedMs = performance.now();
      await queue.close();
      expect(performance.now() - startedMs).toBeLessThan(5000);
      await ground.up();
    });

    test("a worker that starts while the queue is down works when it is there", async () => {
      const queue = await queueWith();
      await ground.down();
      const handled = worked(queue);
      await expect(queue.add(job())).rejects.toThrow();
      await ground.up();
      const late = job();
      await soon(() => queue.add(late));
      await soon(() => expect(handled).toEqual([late]));
    });
  });
}
