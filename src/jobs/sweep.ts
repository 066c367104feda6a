import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallStore } from "../store/store.ts";
import type { JobQueue } from "./jobs.ts";

export type SweepParts = {
  readonly store: CallStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly everyMs: number;
  /** Jobs owed for less are left to the queue, which has them already. */
  readonly owedForMs: number;
};

/** At most so many are queued again in one go; the others are still owed at the next. */
const BATCH = 1000;
/** After a failure the sweep comes sooner than usual: at a start the queue may only be connecting. Doubled each time. */
const FIRST_AGAIN_MS = 250;
/** Tried this often and still owed: somebody should look. */
const ALARM_ATTEMPTS = 20;

/**
 * Queues again what is owed and not done, at once and then every `everyMs`, until `signal` aborts; then resolves. Since a queue
 * takes a job once while it waits, this does no harm to one that was never lost.
 */
export function startSweep(parts: SweepParts, signal: AbortSignal): Promise<void> {
  return sweepAgain(() => sweepOnce(parts), parts, signal);
}

/** Sweeps at once and then every `everyMs`, sooner after a failure, until `signal` aborts; then resolves. */
export async function sweepAgain(
  sweep: () => Promise<unknown>,
  parts: Pick<SweepParts, "clock" | "log" | "meter" | "everyMs">,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await sweep();
      failures = 0;
    } catch (error) {
      failures += 1;
      parts.meter.count("job_sweeps_failed_total");
      parts.log.warn({ err: error, failures }, "the sweep for owed jobs failed and comes again");
    }
    const again = failures === 0 ? parts.everyMs : Math.min(parts.everyMs, FIRST_AGAIN_MS * 2 ** failures);
    // Rejects only because of the signal, which ends the loop.
    await parts.clock.sleep(again, signal).catch(() => undefined);
  }
}

/** Queues again what is owed; how many. Rejects when the books or the queue do not answer. */
export async function sweepOnce({ store, queue, log, meter, owedForMs }: SweepParts): Promise<number> {
  const owed = await store.owedJobs(owedForMs, BATCH);
  meter.gauge("jobs_owed", owed.length);
  const alarming = owed.filter(({ attempts }) => attempts >= ALARM_ATTEMPTS);
  meter.gauge("jobs_failing", alarming.length);
  if (alarming.length > 0) log.error({ jobs: alarming.slice(0, 10) }, "jobs fail again and again");
  for (const { kind, callId } of owed) await queue.add({ kind, callId });
  if (owed.length > 0) {
    meter.count("jobs_swept_total", {}, owed.length);
    log.info({ jobs: owed.length }, "owed jobs were queued again");
  }
  return owed.length;
}
