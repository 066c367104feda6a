import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallStore } from "../store/store.ts";
import type { Job, JobQueue } from "./jobs.ts";
import { type RecordingParts, writeRecording } from "./recording.ts";
import { writeRetranscription } from "./retranscription.ts";
import type { RecordedSound } from "./retranscription-sound.ts";
import type { AfterCallProvider } from "./sarvam-rest.ts";
import { UselessAnswer, writeSummary } from "./summary.ts";
import { writeTranscript } from "./transcript.ts";
import { writeTranslation } from "./translation.ts";
import type { Webhooks } from "./webhooks.ts";

export type WorkerParts = RecordingParts & {
  readonly store: CallStore;
  /** Absent: this process tells no customer anything. */
  readonly webhooks?: Pick<Webhooks, "deliver"> | undefined;
  /** Absent: this process writes up nothing that a model is needed for, and leaves it to others. */
  readonly writer?: { readonly provider: AfterCallProvider; readonly sound: RecordedSound } | undefined;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/** A storage or a provider that does not answer must not tie all hands. */
const RECORDINGS_AT_ONCE = 2;
const WRITE_UPS_AT_ONCE = 2;
/** A model that gave no useful answer so often will give none. */
const MOST_USELESS = 3;

/**
 * Starts working off the queue's jobs until the queue is closed. A job that fails is noted in the books and comes again, unless that
 * would only cost more.
 */
export function startWorker(parts: WorkerParts): void {
  const { queue, clock, log, meter } = parts;
  const record = fewAtOnce(RECORDINGS_AT_ONCE, ({ callId }) => writeRecording(parts, callId), parts);
  const writeUp = fewAtOnce(WRITE_UPS_AT_ONCE, (job) => written(job, parts), parts);
  queue.work(async (job) => {
    const startedMs = clock.now();
    try {
      const outcome = await run(job, parts, record, writeUp);
      meter.count("jobs_total", { kind: job.kind, outcome });
      meter.observe("job_ms", clock.now() - startedMs, { kind: job.kind });
      if (outcome === "unknown") log.warn({ job }, "a job for a call that the books do not know was ignored");
      else if (outcome === "missing") log.error({ job }, "a call's journal is gone: there is no recording of it");
      else if (WAITING.includes(outcome)) log.debug({ job, outcome }, "a job waits");
      else log.info({ job, outcome }, "a job is done");
    } catch (error) {
      const became = await note(job, error, parts);
      meter.count("jobs_total", { kind: job.kind, outcome: became === "given-up" ? became : "failed" });
      log.error({ job, err: error }, became === "given-up" ? "a job failed, and is given up" : "a job failed");
      throw error;
    }
  });
}

type Outcome =
  | Awaited<ReturnType<typeof writeTranscript | typeof writeRecording | Webhooks["deliver"]>>
  | Awaited<ReturnType<typeof writeSummary | typeof writeTranslation | typeof writeRetranscription>>
  | "unconfigured";
type Work = (job: Job) => Promise<Outcome>;

/** There is more to be done, now or by somebody else. */
const WAITING: readonly Outcome[] = ["waiting", "busy", "unconfigured"];

/** `busy`: as many as may are under way; the job is put in line again when one of them is done. */
function fewAtOnce(most: number, work: Work, parts: WorkerParts): Work {
  let underWay = 0;
  const turnedAway = new Map<string, Job>();
  return async (job) => {
    const name = `${job.kind}-${job.callId}`;
    if (underWay >= most) {
      turnedAway.set(name, job);
      return "busy";
    }
    underWay += 1;
    turnedAway.delete(name);
    try {
      return await work(job);
    } finally {
      underWay -= 1;
      const [next] = turnedAway;
      if (next !== undefined) {
        turnedAway.delete(next[0]);
        await again(next[1], parts);
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

async function run(job: Job, parts: WorkerParts, record: Work, writeUp: Work): Promise<Outcome> {
  switch (job.kind) {
    case "transcript":
      return writeTranscript(parts.store, job.callId);
    case "recording":
      return record(job);
    case "webhook":
      return parts.webhooks?.deliver(job.callId) ?? "unconfigured";
    case "summary":
    case "translation":
    case "retranscription":
      return writeUp(job);
    default: {
      const never: never = job.kind;
      throw new Error(`unknown kind of job ${JSON.stringify(never)}`);
    }
  }
}

async function written({ kind, callId }: Job, { store, clock, writer }: WorkerParts): Promise<Outcome> {
  if (!writer) return "unconfigured";
  const parts = { store, clock, ...writer };
  if (kind === "summary") return writeSummary(parts, callId);
  return kind === "translation" ? writeTranslation(parts, callId) : writeRetranscription(parts, callId);
}

/** The note is for people who look later; a database that is down must not hide the failure itself. */
async function note(job: Job, error: unknown, { store, log }: WorkerParts): Promise<"owed" | "given-up"> {
  try {
    const why = error instanceof Error ? error.message : String(error);
    return await store.noteJobFailure(job, why, error instanceof UselessAnswer ? MOST_USELESS : undefined);
  } catch (second) {
    log.warn({ job, err: second }, "a job's failure could not be noted in the books");
    return "owed";
  }
}
