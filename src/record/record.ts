/** The plain facts of a call, as every room speaks of them. */

export type CallId = string & { readonly _brand: "CallId" };
/** `web`: no carrier at all, but a page or a program that speaks to our own media socket. */
export const CARRIERS = ["twilio", "exotel", "plivo", "telnyx", "signalwire", "web"] as const;
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

/**
 * One line of the conversation as the dialog is given it: what the caller said, what the caller heard of the agent, and what
 * somebody at the controls told the agent, which the caller did not hear.
 */
export type Said = { readonly by: "caller" | "agent" | "operator"; readonly text: string; readonly cutShort?: boolean };

/**
 * How a call ended. Every call has exactly one.
 * - `caller-hung-up`, `agent-hung-up`, `caller-silent`, `too-long`: the ordinary ways.
 * - `carrier-lost`: the media socket broke or fell silent without a goodbye. `never-connected`: it never came.
 * - `failed`: a provider or we ourselves could not go on; `detail` says who.
 * - `drain-forced`: the gateway was told to stop and waited long enough. `interrupted`: the process died in mid-call.
 * - `transferred`: the caller speaks with somebody else now. `ended-by-request`: the API was told to end it.
 * - `machine`: an answering machine took the call. `not-answered`: nobody took a call of ours.
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
  "transferred",
  "ended-by-request",
  "machine",
  "not-answered",
] as const;
/**
 * The endings by which somebody who wanted to talk could not, or was cut off in it, through the carrier's, a provider's or our own
 * doing. That nobody answers, or a machine does, is what telephones are like.
 */
export const FAILURES: readonly CallEnd["how"][] = [
  "carrier-lost",
  "never-connected",
  "failed",
  "drain-forced",
  "interrupted",
];
export type CallEnd = {
  readonly how: (typeof ENDINGS)[number];
  readonly detail: string;
  /** What a free dialog gave whoever goes on with the caller. */
  readonly handoffData?: string;
};

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
  /** Characters that the voice was given; absent where `agentGenerated` tells, which without its numbers it does not. */
  readonly agentCharacters?: number;
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

/**
 * One answer that a model was asked for. Written when it is asked, and again with what it cost where the model says so: an answer
 * that the caller cut short costs something too, and nobody says what. `cached`: those of the prompt that the model knew already.
 */
export type TokenUsage = {
  readonly model: string;
  readonly tokens?: { readonly prompt: number; readonly cached: number; readonly completion: number };
};

/** What must not be read in what is written down of a call: `digits`, numbers of four and more digits. */
export const REDACTIONS = ["digits"] as const;
export type Redaction = (typeof REDACTIONS)[number];

/**
 * What is written up of a call once it is over, beside what is of all calls. Plain data: whoever does it may be another process,
 * without the agents file.
 */
export type WriteUp = {
  readonly summary?: boolean;
  /** JSON Schema of an object that is to be filled in from what was said; asks for a summary too. */
  readonly extract?: Readonly<Record<string, unknown>>;
  readonly translateTo?: Language;
  /** `when-degraded`: where the ear lost its connection or had to use the other socket. */
  readonly retranscribe?: "never" | "when-degraded" | "always";
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
  /** Inbound unless it says otherwise. Of an outbound call `to` is who was called. */
  readonly direction?: "inbound" | "outbound";
  /** Where the customer is told of it. */
  readonly webhookUrl?: string;
  readonly afterCall?: WriteUp;
  /** The model of the agent's voice, which its price depends on. */
  readonly voiceModel?: string;
  readonly redact?: Redaction;
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
  | { readonly kind: "usage"; readonly seq: number; readonly usage: TokenUsage }
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
