import type { AudioFormat } from "../audio/format.ts";
import type { CarrierName } from "../record/record.ts";

/** What a media socket tells us, whoever the carrier is. `payload` is the carrier's own base64, untouched. */
export type LineEvent =
  | {
      readonly kind: "started";
      readonly streamId: string;
      readonly carrierCallId: string;
      /** What is played to the caller, and what the caller's audio is, unless it `comesAs` something else. */
      readonly format: AudioFormat;
      /** The caller's audio is A-law at the format's rate, whatever was asked for: the telephone network decided so. */
      readonly comesAs?: "alaw";
      readonly params: Readonly<Record<string, string>>;
    }
  /**
   * `atMs`: presentation time by the carrier's own count, wherever that begins; absent where it said none. `place`: in the row
   * of all audio messages, only from carriers that do not promise to send them in order.
   */
  | { readonly kind: "audio"; readonly payload: string; readonly atMs?: number; readonly place?: number }
  | { readonly kind: "key"; readonly digit: string }
  | { readonly kind: "played"; readonly mark: string }
  | { readonly kind: "stopped"; readonly reason: string };

/** A message that should have meant something and did not. It is counted and survived. */
export type Malformed = { readonly kind: "malformed"; readonly why: string };

export type LineCommand =
  | { readonly kind: "play"; readonly payload: string }
  | { readonly kind: "mark"; readonly mark: string }
  | { readonly kind: "clear" };

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

export type Ring = { readonly carrierCallId: string; readonly from: string; readonly to: string };

/** What a status callback says of a call. `over`: it has ended, or its stream has. `status` in the carrier's own words. */
export type CarrierReport = { readonly carrierCallId: string; readonly over: boolean; readonly status: string };

export type Answer = { readonly contentType: string; readonly body: string };

/** One carrier's way of talking: pure, no I/O; secrets are given when it is made. Adding a carrier is writing one of these. */
export interface Dialect {
  readonly name: CarrierName;
  /** What its lines carry unless `started` says otherwise: the ear and the mouth are warmed with it. */
  readonly usualFormat: AudioFormat;
  framing(format: AudioFormat): Framing;
  /** `undefined`: known and of no interest, or of a kind unknown to us. */
  decode(text: string): LineEvent | Malformed | undefined;
  encode(command: LineCommand, stream: Stream): string;
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
  /** What to do once the stream is over: end the call. `owed`: nobody has spoken to the caller, who is told at least that. */
  afterStream(owed: boolean): Answer;
  report(params: WebhookRequest["params"]): CarrierReport | Malformed;
}
