import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallId } from "../record/record.ts";
import type { CallStore } from "../store/store.ts";
import type { Job, JobQueue } from "./jobs.ts";
import { type RecordingParts, writeRecording } from "./recording.ts";
import { writeTranscript } from "./transcript.ts";
import type { Webhooks } from "./webhooks.ts";

export type WorkerParts = RecordingParts & {
  readonly store: CallStore;
  /** Absent: this process tells no customer anything. */
  readonly webhooks?: Pick<Webhooks, "deliver"> | undefined;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/** A storage that does not answer must not tie all hands. */
const RECORDINGS_AT_ONCE = 2;

/** Starts working off the queue's jobs until the queue is closed. A job that fails is noted in the books and comes again. */
export function startWorker(parts: WorkerParts): void {
  const { queue, clock, log, meter } = parts;
  const record = fewAtOnce(parts);
  queue.work(async (job) => {
    const startedMs = clock.now();
    try {
      const outcome = await run(job, parts, record);
      meter.count("jobs_total", { kind: job.kind, outcome });
      meter.observe("job_ms", clock.now() - startedMs, { kind: job.kind });
      if (outcome === "unknown") log.warn({ job }, "a job for a call that the books do not know was ignored");
      else if (outcome === "missing") log.error({ job }, "a call's journal is gone: there is no recording of it");
      else log.info({ job }, "a job is done");
    } catch (error) {
      meter.count("jobs_total", { kind: job.kind, outcome: "failed" });
      log.error({ job, err: error }, "a job failed");
      await note(job, error, parts);
      throw error;
    }
  });
}

type Outcome =
  | Awaited<ReturnType<typeof writeTranscript | typeof writeRecording | Webhooks["deliver"]>>
  | "unconfigured";
type Recorder = (callId: CallId) => Promise<Outcome>;

/** `busy`: as many as may are being written; the call is put in line again when one of them is done. */
function fewAtOnce(parts: WorkerParts): Recorder {
  let underWay = 0;
  const turnedAway = new Set<CallId>();
  return async (callId) => {
    if (underWay >= RECORDINGS_AT_ONCE) {
      turnedAway.add(callId);
      return "busy";
    }
    underWay += 1;
    turnedAway.delete(callId);
    try {
      return await writeRecording(parts, callId);
    } finally {
      underWay -= 1;
      const [next] = turnedAway;
      if (next !== undefined) {
        turnedAway.delete(next);
        await again({ kind: "recording", callId: next }, parts);
      }
    }
  };
}

async function again(job: Job, { queue, log }: WorkerParts): Promise<void> {
  try {
    await queue.add(job);
  } catch (error) {
    log.warn({ job, err: error }, "a job that had to wait was not put in line again: the sweep will do it");
  }
}

async function run(job: Job, parts: WorkerParts, record: Recorder): Promise<Outcome> {
  switch (job.kind) {
    case "transcript":
      return writeTranscript(parts.store, job.callId);
    case "recording":
      return record(job.callId);
    case "webhook":
      return parts.webhooks?.deliver(job.callId) ?? "unconfigured";
    default: {
      const never: never = job.kind;
      throw new Error(`unknown kind of job ${JSON.stringify(never)}`);
    }
  }
}

/** The note is for people who look later; a database that is down must not hide the failure itself. */
async function note(job: Job, error: unknown, { store, log }: WorkerParts): Promise<void> {
  try {
    await store.noteJobFailure(job, error instanceof Error ? error.message : String(error));
  } catch (second) {
    log.warn({ job, err: second }, "a job's failure could not be noted in the books");
  }
}
