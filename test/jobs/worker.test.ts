import { expect, test, vi } from "vitest";
import type { Job, JobQueue } from "../../src/jobs/jobs.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { Memory } from "../gateway/memory.ts";
import { callId } from "./post-office.ts";

test("two recordings are written at once, and no more: others give their hand back, and are put in line when one is done", async () => {
  let work: (job: Job) => Promise<void> = async () => {};
  const added: Job[] = [];
  const queue: JobQueue = {
    add: async (job) => void added.push(job),
    work: (handle) => {
      work = handle;
    },
    counts: async () => ({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
    close: async () => {},
  };
  const held: (() => void)[] = [];
  const memory = new Memory().parts();
  // The books know none of these calls, but take their time to say so.
  const store = {
    ...memory.store,
    call: () => new Promise<undefined>((resolve) => held.push(() => resolve(undefined))),
  };
  startWorker({
    ...memory,
    store,
    queue,
    recordings: { workDir: "/nowhere", put: async () => "", find: async () => undefined },
    apologyAudio: () => Buffer.alloc(0),
    clock: new VirtualClock(),
    log: silentLog,
    meter: deafMeter,
  });
  const recording = (n: number): Job => ({ kind: "recording", callId: callId(n) });

  const underWay = [work(recording(1)), work(recording(2))];
  await Promise.all([work(recording(3)), work(recording(4))]);
  expect(held).toHaveLength(2);
  expect(added).toEqual([]);

  held[0]?.();
  await vi.waitFor(() => expect(added).toEqual([recording(3)]));
  const third = work(recording(3));
  expect(held).toHaveLength(3);
  for (const letGo of held) letGo();
  await Promise.all([...underWay, third]);
  expect(added).toEqual([recording(3), recording(4)]);
});
