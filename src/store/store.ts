import type {
  BookEntry,
  CallClosing,
  CallEnd,
  CallId,
  CallOpening,
  CarrierName,
  Decision,
  Turn,
} from "../record/record.ts";

/** A call as the books know it, without what was said in it. */
export type CallSummary = CallOpening &
  Partial<CallClosing> & {
    readonly status: "open" | "ended";
    /** When the media stream began, ms since 1970. */
    readonly answeredAt?: number;
    readonly recordingUrl?: string;
  };

export type StoredCall = CallSummary & {
  readonly turns: readonly Turn[];
  readonly decisions: readonly Decision[];
  readonly transcript?: Transcript;
};

/** Which calls are meant: those that fit every condition given, newest first. Times are ms since 1970, exclusive. */
export type CallQuery = {
  readonly carrier?: CarrierName | undefined;
  readonly agent?: string | undefined;
  readonly status?: CallSummary["status"] | undefined;
  /** Any of these endings. */
  readonly how?: readonly CallEnd["how"][] | undefined;
  /** Telephone numbers, in whatever way they are written. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly openedAfter?: number | undefined;
  readonly openedBefore?: number | undefined;
  /** Said by the caller or heard of the agent, in any case. */
  readonly words?: string | undefined;
  /** The call that those meant come after: the last one of the page before. */
  readonly after?: Pick<CallOpening, "id" | "openedAt"> | undefined;
  readonly limit: number;
};

/** What the `transcript` job makes of a call. `lines` in speaking order; the agent's are what was heard. */
export type Transcript = {
  readonly callId: CallId;
  readonly language: string;
  readonly durationMs: number;
  readonly lines: readonly {
    readonly by: "caller" | "agent";
    readonly text: string;
    readonly atMs: number;
    readonly cutShort: boolean;
  }[];
  readonly metrics: {
    readonly turns: number;
    readonly interruptions: number;
    readonly firstAudioMsMedian?: number;
    readonly userAudioMs: number;
    readonly agentAudioMs: number;
  };
};

export type JobKind = "transcript" | "recording" | "webhook";
export type OwedJob = { readonly callId: CallId; readonly kind: JobKind; readonly attempts: number };

/** The truth about calls, in SQL. Every write is idempotent, so that a retry, a replayed journal and a second job change nothing. */
export interface CallStore {
  /** What every closed call owes. */
  readonly owes: readonly JobKind[];
  /** Writes one entry; `close` also marks the call as owing its jobs, in the same transaction. */
  write(id: CallId, entry: BookEntry): Promise<void>;
  call(id: CallId): Promise<StoredCall | undefined>;
  calls(query: CallQuery): Promise<readonly CallSummary[]>;

  /** Jobs owed for longer than `olderThanMs` by the database's clock and not done, oldest first. */
  owedJobs(olderThanMs: number, limit: number): Promise<readonly OwedJob[]>;
  /** The job's effect and its being done, in one transaction. Twice is once. */
  finishTranscript(transcript: Transcript): Promise<void>;
  /** The same of the recording. Without a `url` there is nothing to be heard. */
  finishRecording(id: CallId, url: string | undefined): Promise<void>;
  /** Notes a failed try, so that the books tell why a job is still owed. */
  noteJobFailure(job: { readonly callId: CallId; readonly kind: JobKind }, error: string): Promise<void>;
  /** Answers within its own timeout whether the database does. */
  ping(): Promise<void>;
}

/** Takes entries from live calls without ever making them wait, and writes them in each call's order until the database has them. */
export interface Books {
  write(id: CallId, entry: BookEntry): void;
  /** Resolves once everything given so far for this call is in the database. */
  settled(id: CallId): Promise<void>;
  /** Entries not yet in the database. */
  readonly backlog: number;
  /** Waits until nothing is left or `signal` aborts (then rejects with its reason). Retrying stops. */
  close(signal: AbortSignal): Promise<void>;
}

export type WebhookKind = "call.started" | "call.ended" | "transcript.ready";

/** Something a customer is told of a call, taken by whoever tells it. The same id comes with each try. Times are ms since 1970. */
export type WebhookEvent = {
  /** Kind and call. */
  readonly id: string;
  readonly callId: CallId;
  readonly kind: WebhookKind;
  readonly url: string;
  readonly createdAt: number;
  /** This one included. */
  readonly attempts: number;
  readonly triedSince: number;
};

/** Of one event, one try: what came of it counts only while nobody has claimed the event since, or settled it. */
export type WebhookTry = Pick<WebhookEvent, "id" | "attempts">;

/** An event that was given up. */
export type DeadLetter = Omit<WebhookEvent, "triedSince"> & { readonly deadAt: number; readonly error: string };

/**
 * What customers are still to be told. Events come in with what they tell of, in one transaction: see `CallStore`. Of each call
 * only the first that is neither delivered nor dead is ever due. `wallMs` is now.
 */
export interface WebhookOutbox {
  /** Calls of which something is due, longest first. */
  due(wallMs: number, limit: number): Promise<readonly CallId[]>;
  /** Takes what is due of this call, so that nobody else does for `leaseMs`; then, unless it was heard of, it is due again. */
  claim(id: CallId, wallMs: number, leaseMs: number): Promise<WebhookEvent | undefined>;
  delivered(tried: WebhookTry, wallMs: number): Promise<void>;
  /** It is due again at `dueMs`. */
  retry(tried: WebhookTry, dueMs: number, error: string): Promise<void>;
  bury(tried: WebhookTry, wallMs: number, error: string): Promise<void>;
  /** The latest first. */
  dead(limit: number): Promise<readonly DeadLetter[]>;
  /** Makes it due as if never tried; `url`: what of this call is still to be told goes there from now on. False: no such dead letter. */
  redrive(id: string, url?: string): Promise<boolean>;
}
