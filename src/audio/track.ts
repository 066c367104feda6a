import { type AudioFormat, bytesPerMs } from "./format.ts";
import { decodeMulaw } from "./g711.ts";

/** A stretch of sound in the line's format, from sample `at` on. */
type Sound = { readonly at: number; readonly bytes: Buffer };

/** One channel of a recording: a line's sound on a timeline, put down and read from beginning to end. */
export class Track {
  readonly #format: AudioFormat;
  readonly #width: number;
  readonly #beganMs: number;
  /** In order, none over another. */
  #sounds: Sound[] = [];
  #end = 0;
  #read = 0;

  /** Its first sample is heard at `beganMs`. */
  constructor(format: AudioFormat, beganMs: number) {
    this.#format = format;
    this.#beganMs = beganMs;
    this.#width = (bytesPerMs(format) * 1000) / format.rate;
  }

  /** When the sound put down last ends. */
  get endMs(): number {
    return this.#beganMs + (this.#end * 1000) / this.#format.rate;
  }

  /** The sample heard at an instant. */
  sampleAt(atMs: number): number {
    return Math.round(((atMs - this.#beganMs) * this.#format.rate) / 1000);
  }

  /** Sound from `atMs` on, or right behind what was put down before where that ends later. A half sample is left out. */
  put(atMs: number, bytes: Buffer): void {
    const begin = Math.max(this.sampleAt(atMs), this.#end);
    this.#sounds.push({ at: begin, bytes });
    this.#end = begin + Math.floor(bytes.length / this.#width);
  }

  /** Nothing of what was put down is heard from `atMs` on. */
  cut(atMs: number): void {
    this.#end = Math.min(this.#end, Math.max(this.sampleAt(atMs), this.#read));
    this.#sounds = this.#sounds
      .filter((sound) => sound.at < this.#end)
      .map((sound) => ({ at: sound.at, bytes: sound.bytes.subarray(0, (this.#end - sound.at) * this.#width) }));
  }

  /** From where the last reading ended up to sample `to`, as PCM16 little-endian; zeros where there is no sound. */
  read(to: number): Buffer {
    const from = this.#read;
    const pcm = Buffer.alloc(Math.max(0, to - from) * 2);
    this.#read = Math.max(from, to);
    let over = 0;
    for (const { at, bytes } of this.#sounds) {
      if (at >= to) break;
      const begin = Math.max(0, from - at);
      const part = bytes.subarray(begin * this.#width, (to - at) * this.#width);
      this.#pcmOf(part).copy(pcm, (at + begin - from) * 2);
      if (at + bytes.length / this.#width <= to) over++;
    }
    this.#sounds.splice(0, over);
    return pcm;
  }

  #pcmOf(bytes: Buffer): Buffer {
    return this.#format.encoding === "mulaw" ? decodeMulaw(bytes) : bytes.subarray(0, bytes.length & ~1);
  }
}
