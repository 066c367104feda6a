import type { AudioFormat } from "../../audio/format.ts";

/**
 * Where the samples begin in bytes that may open with a WAV header: 0 where there is none, `undefined` where the header is not
 * complete. The sizes of `RIFF` and `data` are never looked at: streams write 0xFFFFFFFF there.
 */
function samplesStart(bytes: Buffer): number | undefined {
  const opens = bytes.toString("latin1", 0, 4);
  if (!"RIFF".startsWith(opens)) return 0;
  if (bytes.length < 12) return undefined;
  if (bytes.toString("latin1", 8, 12) !== "WAVE") return 0;
  let at = 12;
  while (at + 8 <= bytes.length) {
    if (bytes.toString("latin1", at, at + 4) === "data") return at + 8;
    const size = bytes.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/**
 * One chunk of the socket without a WAV header, if it has one; otherwise the very same text. Empty when nothing else was in it
 * (bulbul:v3 sends the header as a chunk of its own).
 */
export function withoutHeader(payload: string): string {
  // "RIFF" in base64, up to the bits that its last byte shares with what follows.
  if (!payload.startsWith("UklGR")) return payload;
  const bytes = Buffer.from(payload, "base64");
  const start = samplesStart(bytes);
  if (start === 0) return payload;
  return start === undefined ? "" : bytes.subarray(start).toString("base64");
}

/** A header longer than this is none: what follows would be held back for ever. */
const HEADER_MOST = 4096;

/**
 * Turns a binary body into base64 texts of whole samples that need no padding, so that they can be joined as text. Holds
 * back at most five bytes, and a WAV header until it has passed.
 */
export class BodyAudio {
  readonly #unit: number;
  readonly #sample: number;
  #held: Buffer = Buffer.alloc(0);
  #begun = false;

  constructor({ encoding }: AudioFormat) {
    this.#sample = encoding === "linear16" ? 2 : 1;
    this.#unit = 3 * this.#sample;
  }

  /** Base64; empty while there is not enough. */
  push(chunk: Uint8Array): string {
    this.#held = Buffer.concat([this.#held, chunk]);
    if (!this.#begun) {
      const start = samplesStart(this.#held);
      if (start === undefined && this.#held.length < HEADER_MOST) return "";
      this.#begun = true;
      this.#held = this.#held.subarray(start ?? this.#held.length);
    }
    return this.#take(this.#unit);
  }

  /** What is left at the end of the body: whole samples only. */
  rest(): string {
    return this.#begun ? this.#take(this.#sample) : "";
  }

  #take(unit: number): string {
    const whole = this.#held.length - (this.#held.length % unit);
    const out = this.#held.toString("base64", 0, whole);
    this.#held = this.#held.subarray(whole);
    return out;
  }
}
