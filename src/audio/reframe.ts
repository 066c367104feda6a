import { base64Bytes } from "./format.ts";

/** How frames must be cut; a carrier's framing fits. `frameBytes` is divisible by 3 and lies between `minBytes` and `maxBytes`. */
export type FrameRule = {
  readonly frameBytes: number;
  readonly alignBytes: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly padByte: number;
};

/**
 * Regroups base64 audio of any lengths into frames of exactly `frameBytes`, the bytes and their order unchanged.
 *
 * Three bytes are four characters, so frames are cut out of the text. Text is decoded only where what was left over and what
 * comes next do not meet on a multiple of three bytes.
 */
export class Reframer {
  readonly #rule: FrameRule;
  readonly #frameChars: number;
  #rest = "";

  constructor(rule: FrameRule) {
    const { frameBytes, alignBytes, minBytes, maxBytes } = rule;
    if (frameBytes % 3 !== 0 || frameBytes % alignBytes !== 0 || frameBytes < minBytes || frameBytes > maxBytes) {
      throw new Error(`frames of ${frameBytes} bytes break their own rule`);
    }
    this.#rule = rule;
    this.#frameChars = (frameBytes / 3) * 4;
  }

  /** Base64 text in, the frames that it completes out. */
  push(payload: string): string[] {
    const text = join(this.#rest, payload);
    const whole = Math.floor(base64Bytes(text) / this.#rule.frameBytes) * this.#frameChars;
    const frames: string[] = [];
    for (let at = 0; at < whole; at += this.#frameChars) frames.push(text.slice(at, at + this.#frameChars));
    this.#rest = text.slice(whole);
    return frames;
  }

  /** The last, short frame of a stretch, padded to the rule; `undefined` when nothing is left. */
  flush(): string | undefined {
    const rest = this.#rest;
    this.#rest = "";
    if (rest === "") return undefined;
    const { alignBytes, minBytes, padByte } = this.#rule;
    const length = base64Bytes(rest);
    const padded = Math.ceil(Math.max(length, minBytes) / alignBytes) * alignBytes;
    if (padded === length) return rest;
    return Buffer.concat([Buffer.from(rest, "base64"), Buffer.alloc(padded - length, padByte)]).toString("base64");
  }
}

/** Some encoders leave the padding off; lengths are counted by it here, so it is put back. */
const padded = (text: string): string =>
  text.length % 4 === 0 ? text : text.padEnd(text.length + 4 - (text.length % 4), "=");

function join(first: string, second: string): string {
  if (!first.endsWith("=")) return first + padded(second);
  return Buffer.concat([Buffer.from(first, "base64"), Buffer.from(second, "base64")]).toString("base64");
}
