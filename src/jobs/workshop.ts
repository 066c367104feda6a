import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { Backend, OpenWorker } from "./backend.ts";
import type { JobQueue } from "./jobs.ts";

/** How often the store is asked again while it is down, and the worker is looked after while it runs. */
const LOOK_MS = 1000;
/** A worker that takes nothing for this long although jobs wait has lost its connection without noticing. */
const STUCK_MS = 30_000;
/** While a store is away its errors repeat; one line in this time says it. */
const COMPLAIN_MS = 30_000;
/** BullMQ may wait for ever for a Redis that goes away while its worker closes. */
const GRACE_MS = 2000;

export type WorkshopParts = {
  readonly backend: Backend;
  /** Works one job off. What it throws is an `Error`. */
  readonly process: (data: unknown) => Promise<void>;
  readonly counts: JobQueue["counts"];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/**
 * Keeps one worker at work until `close`: starts it once the store answers, and replaces it when it has stopped by itself or
 * takes nothing although jobs wait. BullMQ's workers have been seen to fall silent for ever after a store came back.
 */
export class Workshop {
  readonly #parts: WorkshopParts;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #done: Promise<void>;
  #lastTakenMs: number;
  #complainedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkshopParts) {
    this.#parts = parts;
    this.#lastTakenMs = parts.clock.now();
    this.#done = this.#keep();
  }

  /** Takes no more jobs and waits for those that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
    await Promise.allSettled(this.#running);
  }

  async #keep(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#parts.backend.ping();
        await this.#employ();
      } catch (error) {
        this.#complain(error);
      }
      await this.#rest();
    }
  }

  async #employ(): Promise<void> {
    this.#lastTakenMs = this.#parts.clock.now();
    const worker = this.#parts.backend.worker((job) => this.#take(job.data));
    worker.on("error", (error) => this.#complain(error));
    try {
      while (!this.#closing.signal.aborted && worker.isRunning() && !(await this.#isStuck())) await this.#rest();
    } finally {
      await this.#dismiss(worker);
    }
  }

  /** Remembers what runs: a worker that is replaced forgets its jobs, `close` must not. */
  async #take(data: unknown): Promise<void> {
    this.#lastTakenMs = this.#parts.clock.now();
    const work = this.#parts.process(data);
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
      this.#lastTakenMs = this.#parts.clock.now();
    }
  }

  async #isStuck(): Promise<boolean> {
    if (this.#running.size > 0 || this.#parts.clock.now() - this.#lastTakenMs < STUCK_MS) return false;
    const { waiting } = await this.#parts.counts();
    if (waiting === 0) {
      this.#lastTakenMs = this.#parts.clock.now();
      return false;
    }
    this.#parts.log.warn({ stuckMs: STUCK_MS }, "the worker takes no jobs although some wait: it is replaced");
    this.#parts.meter.count("job_workers_replaced_total");
    return true;
  }

  /** When we close, jobs that run are waited for; a worker that failed is not. */
  async #dismiss(worker: OpenWorker): Promise<void> {
    const closed = worker.close(!this.#closing.signal.aborted);
    const running = Promise.allSettled(this.#running);
    let stopWaiting = (): void => {};
    const late = running.then(
      () =>
        new Promise<void>((resolve) => {
          stopWaiting = this.#parts.clock.after(GRACE_MS, resolve);
        }),
    );
    await Promise.race([closed, late.then(() => worker.abandon())]).finally(() => stopWaiting());
  }

  #complain(error: unknown): void {
    this.#parts.meter.count("job_queue_errors_total");
    const now = this.#parts.clock.now();
    if (now - this.#complainedMs < COMPLAIN_MS) return;
    this.#complainedMs = now;
    this.#parts.log.warn({ err: error }, "the job queue has trouble");
  }

  async #rest(): Promise<void> {
    // Rejects only when we close, which every caller looks for next.
    await this.#parts.clock.sleep(LOOK_MS, this.#closing.signal).catch(() => undefined);
  }
}
