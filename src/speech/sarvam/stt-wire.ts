/** What one of Sarvam's ears says, in one vocabulary for both. `index` tells utterances of one connection apart. */
export type SttNews =
  | { readonly kind: "speech-started" | "speech-ended"; readonly index: number }
  | { readonly kind: "partial"; readonly index: number; readonly text: string }
  | { readonly kind: "final"; readonly index: number; readonly text: string; readonly language?: string }
  | { readonly kind: "complaint"; readonly complaint: SttComplaint }
  | { readonly kind: "pong" }
  /** Known, and nothing to do about it. */
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" };

/** An `error` message. `status` is what the same refusal would have been in HTTP. */
export type SttComplaint = {
  readonly code: string;
  readonly message: string;
  readonly fatal: boolean;
  readonly status?: number;
};

export type SttApi = "realtime" | "streaming";

/** One of Sarvam's two speech-to-text sockets, set up for one line: where it is and how to talk to it. */
export interface SttWire {
  readonly api: SttApi;
  readonly url: string;
  /** Something must be said this often; `whenIdle`: only if no audio was. */
  readonly keepAlive: { readonly everyMs: number; readonly whenIdle: boolean };
  /** A new connection, which knows nothing of the audio before. */
  begin(): SttSession;
}

/** The protocol of one connection, without its socket: texts in, texts out. */
export interface SttSession {
  /** The message for this much of the line's base64 audio; `undefined` while it is gathered into a larger one. */
  audio(payload: string): string | undefined;
  /** The message for what is still gathered, if anything. */
  rest(): string | undefined;
  /** What to say when `keepAlive` is due. */
  idle(): readonly string[];
  read(text: string): SttNews;
}
