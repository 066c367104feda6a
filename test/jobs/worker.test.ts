import { expect, test, vi } from "vitest";
import type { Job, JobQueue } from "../../src/jobs/jobs.ts";
import type { AfterCallProvider } from "../../src/jobs/sarvam-rest.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { Memory } from "../gateway/memory.ts";
import { callId } from "./post-office.ts";
import { books, id, said } from "./written-up.ts";

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
    recordings: { workDir: "/nowhere", put: async () => "", find: async () => undefined, remove: async () => {} },
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

test("a summary that no answer makes is given up after a few tries; one that nobody answers is not", async () => {
  const { state, store } = books([said(1, "नमस्ते", "नमस्ते")], { summary: true });
  const handles: ((job: Job) => Promise<void>)[] = [];
  const noted: (number | undefined)[] = [];
  const outcomes: string[] = [];
  let answer = async () => ({ text: "prose", usage: { model: "m" } });
  startWorker({
    ...new Memory().parts(),
    store: {
      ...store,
      async noteJobFailure(_job, _error, mostTries) {
        noted.push(mostTries);
        return mostTries === undefined ? "owed" : "given-up";
      },
    },
    queue: { ...new Memory().parts().jobs, work: (handle) => void handles.push(handle) },
    recordings: { workDir: "/nowhere", put: async () => "", find: async () => undefined, remove: async () => {} },
    writer: {
      provider: { ask: () => answer() } as unknown as AfterCallProvider,
      sound: async () => "away",
    },
    apologyAudio: () => Buffer.alloc(0),
    clock: new VirtualClock(),
    log: silentLog,
    meter: { ...deafMeter, count: (_name, labels) => void outcomes.push(labels?.["outcome"] ?? "") },
  });
  const [work = async () => {}] = handles;
  const job: Job = { kind: "summary", callId: id };
  await expect(work(job)).rejects.toThrow("the model wrote no summary");
  answer = () => Promise.reject(new ProviderError("sarvam-rest", "Sarvam does not answer", true));
  await expect(work(job)).rejects.toThrow("does not answer");
  expect(noted).toEqual([3, undefined]);
  expect(outcomes).toEqual(["given-up", "failed"]);
  expect(state.call?.summary).toBeUndefined();
});
