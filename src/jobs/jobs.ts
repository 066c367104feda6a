import type { CallId } from "../record/record.ts";
import type { JobKind } from "../store/store.ts";

/** Work owed after a call. The queue only carries it; what is owed is in SQL, so a lost queue loses nothing. */
export type Job = { readonly kind: JobKind; readonly callId: CallId };

/** Where recordings of calls are kept. */
export interface Recordings {
  /** A folder to write them in before they are `put`; it exists. */
  readonly workDir: string;
  /** Keeps the WAV file at `path`, which may be moved; resolves with its URL once it is safe. Twice is once. */
  put(id: CallId, path: string): Promise<string>;
  /** The path of one that is kept on this machine. */
  find(id: CallId): Promise<string | undefined>;
}

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
