import type {
  BookEntry,
  CallClosing,
  CallEnd,
  CallId,
  CallOpening,
  CarrierName,
  Decision,
  TokenUsage,
  Turn,
} from "../record/record.ts";
import type { Usage } from "../record/usage.ts";

/** A call as the books know it, without what was said in it. */
export type CallSummary = CallOpening &
  Partial<CallClosing> & {
    readonly status: "open" | "ended";
    /** When the media stream began, ms since 1970. */
    readonly answeredAt?: number;
    readonly recordingUrl?: string;
    /** Since then it tells of nobody: only what it was, how long, and what it cost is left. */
    readonly erasedAt?: number;
  };

export type StoredCall = CallSummary & {
  readonly turns: readonly Turn[];
  readonly decisions: readonly Decision[];
  readonly transcript?: Transcript;
  /** What it used, once it is over. */
  readonly usage?: Usage;
  readonly summary?: Summary;
  readonly translation?: Translation;
  readonly retranscription?: Retranscription;
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
  /** The one or the other. */
  readonly number?: string | undefined;
  /** Ended by one of `FAILURES`. */
  readonly failed?: true | undefined;
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

/**
 * What became of the caller's concern: dealt with, not dealt with, somebody is to call back, or another took it over.
 * `no-conversation`: there was none, such as with a caller who said nothing.
 */
export const OUTCOMES = ["resolved", "unresolved", "callback", "transferred", "no-conversation"] as const;
/** The caller's, at the end. */
export const SENTIMENTS = ["positive", "neutral", "negative"] as const;

/** What the `summary` job makes of a call. Where not a word was said or heard, `summary` is empty and no model was asked. */
export type Summary = {
  readonly callId: CallId;
  readonly summary: string;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly sentiment: (typeof SENTIMENTS)[number];
  /** As the agent's schema says; absent where there is none, or nothing was said. */
  readonly extracted?: Readonly<Record<string, unknown>>;
  /** What it cost, answers that were of no use included. */
  readonly usage?: TokenUsage;
};

/** What the `translation` job makes of a transcript, as far as it has come: `complete` once it has all lines. */
export type Translation = {
  readonly callId: CallId;
  readonly language: string;
  readonly model: string;
  /** How many were translated, which is what it costs. */
  readonly characters: number;
  readonly complete: boolean;
  /** Those of the transcript; without a `translation` where they were in that language anyway. */
  readonly lines: readonly (Pick<Transcript["lines"][number], "by" | "text" | "atMs"> & {
    readonly translation?: string;
  })[];
};

/**
 * What the `retranscription` job makes of a call's recording. `asked`: the provider works at it under this name, or will be asked
 * again where it failed (`failures` times). `none`: there will be none, unless somebody asks again.
 */
export type Retranscription = { readonly callId: CallId } & (
  | { readonly kind: "asked"; readonly job?: string; readonly askedAt: number; readonly failures: number }
  | { readonly kind: "none"; readonly why: string }
  | {
      readonly kind: "written";
      readonly model: string;
      /** BCP 47, as it was detected; empty where the provider does not say. */
      readonly language: string;
      /** Of the recording, which is what it costs. */
      readonly audioMs: number;
      /** Who speaks has no name, only a number; empty where they were not told apart. Times count from the recording's beginning. */
      readonly lines: readonly {
        readonly speaker: string;
        readonly text: string;
        readonly fromMs: number;
        readonly toMs: number;
      }[];
    }
);

export type JobKind = "transcript" | "recording" | "webhook" | "summary" | "translation" | "retranscription";
/** What somebody is paid for, at each try. */
export const PAID_FOR: readonly JobKind[] = ["summary", "translation", "retranscription"];
export type OwedJob = { readonly callId: CallId; readonly kind: JobKind; readonly attempts: number };

/** What is written up of calls beside transcript and recording. Twice is once; what is written stays. */
export interface WriteUps {
  /** What this call owes and is not done. */
  owedBy(id: CallId): Promise<readonly JobKind[]>;
  /** The job's effect and its being done, in one transaction. */
  finishSummary(summary: Summary): Promise<void>;
  /** What there is so far; the job is done when that is `complete`. */
  writeTranslation(translation: Translation): Promise<void>;
  /** How far it has come; the job is done unless it is only `asked`. */
  writeRetranscription(retranscription: Retranscription): Promise<void>;
  /** Makes a closed call owe it, unless it is written. */
  askRetranscription(id: CallId): Promise<void>;
}

/** The truth about calls, in SQL. Every write is idempotent, so that a retry, a replayed journal and a second job change nothing. */
export interface CallStore extends WriteUps {
  /** What every closed call owes. */
  readonly owes: readonly JobKind[];
  /** Writes one entry; `close` also marks the call as owing its jobs, in the same transaction. */
  write(id: CallId, entry: BookEntry): Promise<void>;
  call(id: CallId): Promise<StoredCall | undefined>;
  calls(query: CallQuery): Promise<readonly CallSummary[]>;

  /**
   * Jobs owed for longer than `olderThanMs` by the database's clock and not done, oldest first. What is paid for and has failed is
   * among them only once it was owed for longer than 2, 4, 8 … seconds: it comes ever more seldom.
   */
  owedJobs(olderThanMs: number, limit: number): Promise<readonly OwedJob[]>;
  /** The job's effect and its being done, in one transaction. Twice is once. */
  finishTranscript(transcript: Transcript): Promise<void>;
  /** The same of the recording. Without a `url` there is nothing to be heard. */
  finishRecording(id: CallId, url: string | undefined): Promise<void>;
  /** Notes a failed try, so that the books tell why a job is still owed, or, tried `mostTries` times, why it is owed no more. */
  noteJobFailure(
    job: { readonly callId: CallId; readonly kind: JobKind },
    error: string,
    mostTries?: number,
  ): Promise<"owed" | "given-up">;
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

export type WebhookKind = "call.started" | "call.ended" | "transcript.ready" | "summary.ready";

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

/** What the calls of one day and one agent used; the day as in India, such as 2026-09-20. */
export type DayUsage = { readonly day: string; readonly agent: string; readonly usage: Usage };

export interface UsageBook {
  /** Of calls that are over, by the day they began, from `from` to `to`, both included; days and agents in order. */
  byDay(from: string, to: string): Promise<readonly DayUsage[]>;
}

/** Calls and the way to forget them. Files are somebody else's, who removes them first. `wallMs` is now. */
export interface Erasures {
  /** Calls that were over before `beforeMs` and are not erased, the oldest first. */
  overBefore(beforeMs: number, limit: number): Promise<readonly CallId[]>;
  /** Calls from or to this number, in whatever way it is written, that are not erased. `open`: how many of them are not over. */
  ofNumber(number: string, wallMs: number): Promise<{ readonly open: number; readonly ids: readonly CallId[] }>;
  /** Where a call stands. An open one that began more than a day ago is over: its process is gone. */
  standing(id: CallId, wallMs: number): Promise<"unknown" | "open" | "over" | "erased">;
  /** All rows but what it cost. Twice is once; an open call is left alone. What comes of it later is dropped. */
  erase(id: CallId, wallMs: number): Promise<"unknown" | "open" | "erased">;
  /** Those of these calls that are erased. */
  erasedAmong(ids: readonly string[]): Promise<readonly CallId[]>;
}
