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
  /** The ids of calls whose recordings are on this machine. */
  kept(): Promise<readonly string[]>;
  /**
   * The recording is gone for good; none is fine. `url`: what the books say of it. Rejects when it could not be removed, and when
   * it is kept at another place than these are.
   */
  remove(id: CallId, url: string | undefined): Promise<void>;
}

/** Forgets calls, all but what they cost. Twice is once; what comes after it is not touched. Rejects when it broke off: ask again. */
export interface CallErasure {
  /** `open`: the call is not over, and nothing was erased. */
  call(id: CallId): Promise<"erased" | "open" | "unknown">;
  /** All calls from or to this number, in whatever way it is written; none while some are not over (`open`: how many). */
  number(number: string): Promise<{ readonly erased: number } | { readonly open: number }>;
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

/** Something to be done to a live call. `what` is JSON whose meaning is the gateway's; 64 KiB of it at most. */
export type RemoteCommand = { readonly callId: CallId; readonly what: unknown };

/** What became of a command. `status` is what HTTP would say; `answer` is JSON. */
export type CommandResult =
  | { readonly ok: true; readonly answer?: unknown }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** Does to one live call of this process what a command says. What it throws is our own mistake, and answered as such. */
export type CarryOut = (what: unknown) => Promise<CommandResult>;

/**
 * Brings commands to calls, whichever process of the gateway they live in.
 *
 * Whoever has the call offers itself, and is told to go ahead while the asker still waits: so "nobody" stays true afterwards, the
 * command goes to one process alone and each offer is used once, however often letters come.
 */
export interface CommandRelay {
  /** From now on commands for calls that `find` knows are carried out here. Once only. */
  serve(find: (id: CallId) => CarryOut | undefined): void;
  /**
   * Resolves within `withinMs` (3 s unless said), with "nobody" if no process has the call. Besides what the call answers: 413 too
   * large; 503 the other processes could not be asked, nothing was done; 504 it was handed over, and whether it was carried out is
   * unknown. Commands of one asker to one call begin in the order they were asked.
   */
  ask(command: RemoteCommand, withinMs?: number): Promise<CommandResult | "nobody">;
  /** Takes no more commands, and waits a little for those being carried out. */
  close(): Promise<void>;
}
