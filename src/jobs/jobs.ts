import type { CallId } from "../record/record.ts";
import type { JobKind } from "../store/store.ts";

/** Work owed after a call. The queue only carries it; what is owed is in SQL, so a lost queue loses nothing. */
export type Job = { readonly kind: JobKind; readonly callId: CallId };

export interface JobQueue {
  /** Puts the job in line under an id made of kind and call: twice is once while it waits. Rejects when the queue is down. */
  add(job: Job): Promise<void>;
  /** Starts working jobs off with `handle` until `close`. Failed tries come again with backoff. */
  work(handle: (job: Job) => Promise<void>): void;
  /** How many jobs are in line, at work, waiting for their next try (`delayed`), and kept as failed. */
  counts(): Promise<Readonly<Record<"waiting" | "active" | "delayed" | "failed", number>>>;
  /** Waits for running jobs, then lets go of everything. */
  close(): Promise<void>;
}
