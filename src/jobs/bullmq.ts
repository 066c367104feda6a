import { z } from "zod";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import { type JobKind, PAID_FOR } from "../store/store.ts";
import { type OpenQueue, openBackend, type QueuePlace } from "./backend.ts";
import type { Job, JobQueue } from "./jobs.ts";
import { Workshop } from "./workshop.ts";

export type QueueOptions = {
  readonly place: QueuePlace;
  /** Another queue in the same place, which the gateway's workers leave alone. */
  readonly name?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** A failed job comes again after `firstMs`, then twice that, and so on, until it was tried `attempts` times. */
  readonly retry?: { readonly attempts: number; readonly firstMs: number };
  /** A worker that has not renewed its claim for `lockMs` is taken for dead; looked for every `checkMs`. */
  readonly lease?: { readonly lockMs: number; readonly checkMs: number };
};

const KINDS = [
  "transcript",
  "recording",
  "webhook",
  "summary",
  "translation",
  "retranscription",
] as const satisfies readonly JobKind[];
const jobSchema = z.object({ kind: z.enum(KINDS), callId: z.string().min(1) });

/**
 * The job queue on BullMQ: in Redis, in PostgreSQL or in PGlite. The tables of the last two are made here, so a database that is
 * down rejects; a Redis that is down does not, and is waited for in the background. What is owed is known to the books alone: a
 * job is forgotten here as soon as it succeeded or was tried often enough.
 */
export async function bullmqQueue(options: QueueOptions): Promise<JobQueue> {
  const { clock, log, meter, retry = { attempts: 8, firstMs: 1000 } } = options;
  const backend = await openBackend(options.place, {
    name: options.name,
    clock,
    log,
    lease: options.lease ?? { lockMs: 10_000, checkMs: 5000 },
  });
  let queue: OpenQueue | undefined;
  let opening: Promise<OpenQueue> | undefined;
  let workshop: Workshop | undefined;
  let closing: Promise<void> | undefined;

  /** BullMQ's queue remembers for ever that its store was away at its making: it is made, and kept, only when all went well. */
  async function openQueue(): Promise<OpenQueue> {
    const made = backend.queue();
    made.on("error", (error) => log.debug({ err: error }, "the job queue has trouble"));
    await made.waitUntilReady();
    return made;
  }

  async function withQueue<T>(use: (queue: OpenQueue) => Promise<T>): Promise<T> {
    try {
      if (!queue) {
        await backend.ping();
        opening ??= openQueue();
        queue = await opening;
      }
      return await use(queue);
    } catch (error) {
      if (!queue) opening = undefined;
      meter.count("job_queue_errors_total");
      throw new ProviderError("job-queue", `the queue does not answer: ${messageOf(error)}`, true, error);
    }
  }

  async function counts(): ReturnType<JobQueue["counts"]> {
    const found = await withQueue((open) => open.getJobCounts("waiting", "active", "delayed", "failed"));
    const of = (state: string): number => found[state] ?? 0;
    return { waiting: of("waiting"), active: of("active"), delayed: of("delayed"), failed: of("failed") };
  }

  async function close(): Promise<void> {
    try {
      await workshop?.close();
      await queue?.close();
    } finally {
      await backend.close();
    }
  }

  return {
    add: (job) =>
      withQueue(async (open) => {
        await open.add(job.kind, job, {
          jobId: `${job.kind}-${job.callId}`,
          // What is paid for comes again when the books say so.
          attempts: PAID_FOR.includes(job.kind) ? 1 : retry.attempts,
          backoff: { type: "exponential", delay: retry.firstMs },
          // A kept job would make BullMQ ignore the same id for ever.
          removeOnComplete: true,
          removeOnFail: true,
        });
      }),
    work(handle) {
      if (workshop) throw new Error("this queue is worked off already");
      const process = (data: unknown): Promise<void> => handled(data, handle, options);
      workshop = new Workshop({ backend, process, counts, clock, log, meter });
    },
    counts,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/**
 * A queue is outside: what it hands over is looked at first. A handler may throw anything; BullMQ expects an error, and remembers its
 * message for long after the call is erased: the reason is left to the books.
 */
async function handled(
  data: unknown,
  handle: (job: Job) => Promise<void>,
  { log, meter }: Pick<QueueOptions, "log" | "meter">,
): Promise<void> {
  const job = jobSchema.safeParse(data);
  if (!job.success) {
    meter.count("jobs_total", { kind: "unknown", outcome: "ignored" });
    log.warn({ why: z.prettifyError(job.error) }, "a job that nobody here gave was ignored");
    return;
  }
  try {
    await handle({ kind: job.data.kind, callId: job.data.callId as CallId });
  } catch {
    throw new Error("the job failed: the books say why");
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
