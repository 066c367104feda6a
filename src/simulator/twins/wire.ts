/** What the gateway sent, once it was understood. */
export type FromGateway =
  | { readonly kind: "media"; readonly audio: Buffer }
  | { readonly kind: "mark"; readonly name: string }
  | { readonly kind: "clear" };

export type Complaint = { readonly code: string; readonly detail: string };

/** `message` is absent where the carrier would drop it; complaints may also go with one that it plays. */
export type Reading = { readonly message?: FromGateway; readonly complaints: readonly Complaint[] };

/** One carrier's messages on one media socket, typed and numbered as that carrier does. */
export interface Wire {
  /** What this carrier calls a message it cannot even parse, such as a binary one. */
  readonly malformedCode: string;
  connected(): string;
  start(): string;
  /** `atMs`: presentation time since the stream began. */
  media(audio: Buffer, atMs: number): string;
  key(digit: string): string;
  mark(name: string): string;
  stop(): string;
  read(text: string): Reading;
}

/** JSON or nothing. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What cannot be parsed is reported by the caller as what the carrier would call it.
    return undefined;
  }
}

/** Strict base64: Node's decoder forgives what carriers do not. */
export const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);

export const startsWithRiff = (audio: Buffer): boolean => audio.subarray(0, 4).toString("latin1") === "RIFF";
