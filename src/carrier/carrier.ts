import type { AudioFormat } from "../audio/format.ts";
import type { CarrierName } from "../record/record.ts";

/** What a media socket tells us, whoever the carrier is. `payload` is the carrier's own base64, untouched. */
export type LineEvent =
  | {
      readonly kind: "started";
      readonly streamId: string;
      /** Absent where the ticket alone says which call it is. */
      readonly carrierCallId?: string;
      /** What is played to the caller, and what the caller's audio is, unless it `comesAs` something else. */
      readonly format: AudioFormat;
      /**
       * `alaw`: at the format's rate, whatever was asked for: the telephone network decided so. `opus`: a packet in each message, and
       * the format is PCM16 at 16 kHz.
       */
      readonly comesAs?: "alaw" | "opus";
      readonly params: Readonly<Record<string, string>>;
    }
  /**
   * `atMs`: presentation time by the carrier's own count, wherever that begins; absent where it said none. `place`: in the row
   * of all audio messages, only from carriers that do not promise to send them in order.
   */
  | { readonly kind: "audio"; readonly payload: string; readonly atMs?: number; readonly place?: number }
  | { readonly kind: "key"; readonly digit: string }
  /** Written by the caller instead of said. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "played"; readonly mark: string }
  | { readonly kind: "stopped"; readonly reason: string };

/** A message that should have meant something and did not. It is counted and survived. */
export type Malformed = { readonly kind: "malformed"; readonly why: string };

export type LineCommand =
  | { readonly kind: "play"; readonly payload: string }
  | { readonly kind: "mark"; readonly mark: string }
  | { readonly kind: "clear" };

/** What a line that leads to a screen can show of a call. */
export type Showing =
  /** `final: false`: so far; each replaces the one before. */
  | { readonly kind: "transcript"; readonly who: "user" | "agent"; readonly text: string; readonly final: boolean }
  | { readonly kind: "state"; readonly state: "listening" | "thinking" | "speaking" | "ended" }
  /** Somebody's own, by its name; `data` is JSON. */
  | { readonly kind: "event"; readonly name: string; readonly data: unknown };

/** What a dialect must know about a stream to write to it: its id, how many `play` messages went before, and when (ms since start). */
export type Stream = { readonly id: string; readonly chunk: number; readonly atMs: number };

/** How outbound audio is cut for this carrier. The last frame of a stretch is padded to `alignBytes` and `minBytes`. */
export type Framing = {
  /** Size of an ordinary frame; divisible by 3, so that base64 text can be cut without decoding it. */
  readonly frameBytes: number;
  readonly alignBytes: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly padByte: number;
};

/** A webhook as it arrived. `url` is what the carrier was told: `PUBLIC_URL` and the raw request target. */
export type WebhookRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Form, multipart or JSON body fields, and for GET the query's; repeated fields as arrays. */
  readonly params: Readonly<Record<string, string | string[]>>;
  /** The form exactly as it was sent, for signatures over the text itself; empty where there was no form. */
  readonly form: string;
  readonly remoteAddress: string;
};

/** `status` is the HTTP answer for a refusal: 401 forged or missing, 503 not configured. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly status: 401 | 503; readonly why: string };

export type Ring = {
  readonly carrierCallId: string;
  readonly from: string;
  readonly to: string;
  /** `to` is the caller's own word, as a browser's is, and no number that was dialled: fit to be read, and to decide nothing. */
  readonly toIsClaimed?: true;
};

/** How a call stands, in the words most carriers share. The last five are how it may have ended. */
export type CallState =
  | "queued"
  | "ringing"
  | "in-progress"
  | "completed"
  | "busy"
  | "no-answer"
  | "failed"
  | "canceled";

/**
 * What a status callback says of a call. `over`: it has ended, or its stream has. `status` in the carrier's own words. `state`: the
 * same in everybody's, where it is of the call (not of its stream) and understood.
 */
export type CarrierReport = {
  readonly carrierCallId: string;
  readonly over: boolean;
  readonly status: string;
  readonly state?: CallState;
};

/** What the carrier believes answered the call we placed. `unknown`: it listened and could not tell. */
export type AnsweredBy = "human" | "machine" | "fax" | "unknown";

/** `greetingOver`: the machine has said its piece, and whatever is said now is its message. */
export type MachineReport = {
  readonly carrierCallId: string;
  readonly answeredBy: AnsweredBy;
  readonly greetingOver?: true;
};

export type Answer = { readonly contentType: string; readonly body: string };

/** Words that the carrier speaks by itself, in its own voice. `language`: a BCP 47 tag; otherwise as the carrier likes. */
export type CarrierWords = { readonly text: string; readonly language?: string };

/**
 * What becomes of a caller whose stream is over. `nextUrl`: asked what to do next, when whom the caller was given to has gone or
 * never came; otherwise the call ends then.
 */
export type AfterCall =
  | { readonly kind: "hang-up" }
  /** Nobody has spoken to the caller, who is told at least that, and hung up on. */
  | { readonly kind: "apologise" }
  /** Connects the caller to a telephone. `callerId`: what that telephone shows, otherwise the caller's or the carrier's choice. */
  | {
      readonly kind: "dial";
      readonly number: string;
      readonly callerId?: string;
      readonly ringSeconds?: number;
      /** Said before it rings. */
      readonly words?: CarrierWords;
      readonly nextUrl?: string;
    }
  /** Connects the caller to a telephone in a browser that is at the carrier under this name. The rest as with `dial`. */
  | {
      readonly kind: "client";
      readonly identity: string;
      readonly callerId?: string;
      readonly ringSeconds?: number;
      readonly words?: CarrierWords;
      readonly nextUrl?: string;
    }
  /** Joins whoever it is to a room where all hear each other. */
  | {
      readonly kind: "conference";
      readonly room: string;
      /** The room's talk begins with this one; until then those who are in it wait to music. */
      readonly startsOnEnter: boolean;
      /** When this one leaves, everybody is sent away. */
      readonly endsOnExit: boolean;
      readonly words?: CarrierWords;
      readonly nextUrl?: string;
    };

/** What a carrier can do with a caller after the stream, beside ending the call. */
export type HandOver = Extract<AfterCall["kind"], "dial" | "client" | "conference">;

/** One carrier's way of talking: pure, no I/O; secrets are given when it is made. Adding a carrier is writing one of these. */
export interface Dialect {
  readonly name: CarrierName;
  /** What its lines carry unless `started` says otherwise: the ear and the mouth are warmed with it. */
  readonly usualFormat: AudioFormat;
  framing(format: AudioFormat): Framing;
  /** `undefined`: known and of no interest, or of a kind unknown to us. */
  decode(text: string): LineEvent | Malformed | undefined;
  encode(command: LineCommand, stream: Stream): string;
  /** Only of lines that lead to a screen. */
  show?(showing: Showing, stream: Stream): string;
  /** Is this webhook really theirs? Fails closed. */
  admitWebhook(request: WebhookRequest): Verdict;
  /**
   * May this media upgrade in, its one-time ticket being good? `signed` says whether it also carried proof of its own
   * (a signature, a Basic pair): present but wrong is a refusal; absent is let in and counted.
   */
  admitUpgrade(request: WebhookRequest): Verdict & { readonly signed?: boolean };
  ring(params: WebhookRequest["params"]): Ring | Malformed;
  /** The instruction that opens the bidirectional stream at `mediaUrl` (wss, ticket in its path). */
  answer(mediaUrl: string, params: Readonly<Record<string, string>>): Answer;
  /** The instruction that turns the call away. */
  busy(): Answer;
  /** What `afterStream` can do beside ending the call; of what is not here it apologises. */
  readonly handsOver: readonly HandOver[];
  /** What to do once the stream is over. */
  afterStream(next: AfterCall): Answer;
  /**
   * For carriers whose flow, and not our answer, goes on after the stream: what the flow's dialling step is told when it asks
   * whom to connect the caller to.
   */
  transfer?(to: Extract<AfterCall, { kind: "dial" }>): Answer;
  report(params: WebhookRequest["params"]): CarrierReport | Malformed;
  /** Who answered a call we placed, from the callback that says so; a callback that says nothing of it is `Malformed`. */
  machine(params: WebhookRequest["params"]): MachineReport | Malformed;
}

/** One call to be placed. Numbers are as the carrier takes them; every carrier takes E.164. */
export type Dial = {
  readonly to: string;
  /** A number of ours at this carrier: what the callee's telephone shows. */
  readonly from: string;
  /** How long it may ring. */
  readonly ringSeconds: number;
  /** `detect`: told as soon as it is known; `wait-for-beep`: a machine is told of when its greeting is over. */
  readonly answeredByMachine: "ignore" | "detect" | "wait-for-beep";
  /** Asked what to do once the callee has answered, by carriers that ask. */
  readonly webhookUrl: string;
  /** Told how the call goes. */
  readonly statusUrl: string;
  /** Told who answered, a while after the call has begun. Without it nobody listens for machines. */
  readonly machineUrl?: string;
  /** The media stream itself (wss, ticket in its path), for carriers that ask nobody. */
  readonly streamUrl?: string;
  /** Comes back in the carrier's callbacks, where it has such a field. */
  readonly customField?: string;
  /** The carrier ends the call after this long, answered. */
  readonly limitSeconds?: number;
};

/**
 * A carrier's REST API, as far as it has one and we hold its credentials: what is missing cannot be done there. All reject with
 * `ProviderError`, whose `retryable` says whether the same may succeed later and whose message names no credential and no number.
 * A dial that was cut off may have been placed: its error is not `retryable`, for nobody wants to be rung twice.
 */
export interface CarrierControl {
  dial?(order: Dial): Promise<{ readonly carrierCallId: string }>;
  /** Ends the call, ringing or answered. Resolves also when it is over already. */
  hangUp?(carrierCallId: string): Promise<void>;
  /** Takes back a call that nobody has answered; one that was answered goes on. Resolves also when it is over already. */
  cancel?(carrierCallId: string): Promise<void>;
  /** The call stops what it is doing, its stream too, and does what the document says. `false`: the call is over. */
  instruct?(carrierCallId: string, answer: Answer): Promise<boolean>;
}

/** For a telephone in the browser that wants to call us. */
export type SoftphoneWish = {
  /** Who it is to the carrier, and to whoever reads the books. */
  readonly identity: string;
  readonly ttlSeconds: number;
  /** It may be rung, too. */
  readonly incoming: boolean;
};

/**
 * `expiresAt`: milliseconds since 1970. `edge`: where the browser is to enter the carrier's network. `signalling`: the socket of a
 * stand-in. `missing`: the variables that are not set.
 */
export type SoftphoneTokens = (wish: SoftphoneWish) =>
  | {
      readonly kind: "made";
      readonly token: string;
      readonly expiresAt: number;
      readonly edge: string | undefined;
      readonly signalling: string | undefined;
    }
  | { readonly kind: "not-set-up"; readonly missing: readonly string[] };
