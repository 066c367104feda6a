/** The plain facts of a call, as every room speaks of them. */

export type CallId = string & { readonly _brand: "CallId" };
export const CARRIERS = ["twilio", "exotel", "plivo", "telnyx", "signalwire"] as const;
export type CarrierName = (typeof CARRIERS)[number];

/** Languages an agent can be spoken to in, as BCP 47 tags. Providers spell Odia differently; that is theirs to map. */
export const LANGUAGES = [
  "hi-IN",
  "en-IN",
  "bn-IN",
  "ta-IN",
  "te-IN",
  "kn-IN",
  "ml-IN",
  "mr-IN",
  "gu-IN",
  "pa-IN",
  "od-IN",
] as const;
export type Language = (typeof LANGUAGES)[number];

/** One line of the conversation as the dialog is given it: what the caller said, what the caller heard of the agent. */
export type Said = { readonly by: "caller" | "agent"; readonly text: string; readonly cutShort?: boolean };

/**
 * How a call ended. Every call has exactly one.
 * - `caller-hung-up`, `agent-hung-up`, `caller-silent`, `too-long`: the ordinary ways.
 * - `carrier-lost`: the media socket broke or fell silent without a goodbye. `never-connected`: it never came.
 * - `failed`: a provider or we ourselves could not go on; `detail` says who.
 * - `drain-forced`: the gateway was told to stop and waited long enough. `interrupted`: the process died in mid-call.
 */
export const ENDINGS = [
  "caller-hung-up",
  "agent-hung-up",
  "caller-silent",
  "too-long",
  "carrier-lost",
  "never-connected",
  "failed",
  "drain-forced",
  "interrupted",
] as const;
export type CallEnd = { readonly how: (typeof ENDINGS)[number]; readonly detail: string };

/**
 * What the caller said and what the agent answered. `seq` counts from 1; the greeting is a turn with an empty `userText`.
 * The agent's words come three times: `generated` by the dialog, `sent` to the carrier, `heard` as the carrier's marks prove.
 */
export type Turn = {
  readonly seq: number;
  readonly userText: string;
  readonly agentGenerated: string;
  readonly agentSent: string;
  readonly agentHeard: string;
  readonly interrupted: boolean;
  /** Milliseconds since the call began: when the turn opened, and when its reply was over (absent while it runs). */
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly metrics: TurnMetrics;
};

/** Milliseconds; absent where the turn had no such moment (a greeting has no speech-to-text). */
export type TurnMetrics = {
  /** End of the caller's speech to the final transcript. */
  readonly sttMs?: number;
  /** Final transcript to the dialog's first words. */
  readonly dialogMs?: number;
  /** The dialog's first words to the first audio sent to the carrier. */
  readonly ttsMs?: number;
  /** Final transcript to the first audio sent to the carrier. */
  readonly firstAudioMs?: number;
  readonly userAudioMs?: number;
  readonly agentAudioMs?: number;
};

/**
 * One thing a person may question afterwards: what was decided and when (ms since the call began), why, on what evidence, which
 * limits it was measured against (by their names in the policy, such as `turn.mergeMs`), and what would have changed it.
 */
export type Decision = {
  readonly atMs: number;
  readonly what: string;
  readonly why: string;
  readonly inputs: Readonly<Record<string, string | number | boolean>>;
  readonly limits: Readonly<Record<string, number>>;
  /** In words; empty where nothing would have. */
  readonly otherwise: string;
};

/** A call as it is known before anybody spoke. Times are milliseconds since 1970. Numbers as the carrier wrote them. */
export type CallOpening = {
  readonly id: CallId;
  readonly carrier: CarrierName;
  readonly carrierCallId: string;
  readonly from: string;
  readonly to: string;
  readonly agent: string;
  readonly language: string;
  readonly openedAt: number;
  /** Where the customer is told of it. */
  readonly webhookUrl?: string;
};

export type CallClosing = { readonly end: CallEnd; readonly endedAt: number };

/**
 * One thing written down about a call. The same entries go to the journal and to the books, in the same order; writing one twice
 * changes nothing, so a journal can be played into the books again. `seq` counts from 1 within its kind.
 */
export type BookEntry =
  | { readonly kind: "open"; readonly opening: CallOpening }
  /** The media stream began; ms since 1970. */
  | { readonly kind: "answered"; readonly at: number }
  | { readonly kind: "turn"; readonly turn: Turn }
  | { readonly kind: "decision"; readonly seq: number; readonly decision: Decision }
  | { readonly kind: "recording"; readonly url: string }
  | { readonly kind: "close"; readonly closing: CallClosing };

/** How an agent sounds. Everything but the language, model and speaker may be left to the provider. */
export type Voice = {
  readonly language: Language;
  readonly model: string;
  readonly speaker: string;
  readonly pace?: number;
  readonly pitch?: number;
  readonly loudness?: number;
  readonly temperature?: number;
  readonly bitrate?: string;
  readonly minBufferSize?: number;
  readonly maxChunkLength?: number;
};
