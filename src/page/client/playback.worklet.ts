// Runs in the browser's audio thread, which imports nothing.

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: { onmessage: ((event: { readonly data: Order }) => void) | null; postMessage(message: unknown): void };
}

type Order = { readonly sound: Float32Array } | { readonly mark: string } | { readonly clear: true };

/** Sound that waits before the first of it is heard, so that the next may be a little late. */
const PREBUFFER_MS = 60;
/** A cut is a click; this is none yet. */
const FADE_MS = 5;
const LEVEL_MS = 50;
/** The gateway is less than a second ahead of the ear. What goes beyond this is left out. */
const LONGEST_S = 30;

const samplesIn = (ms: number): number => Math.round((sampleRate * ms) / 1000);

/** Sound in a ring, with marks between it. Places are counted in samples from the beginning of all. */
class Playback extends AudioWorkletProcessor {
  readonly #ring = new Float32Array(LONGEST_S * sampleRate);
  #read = 0;
  #written = 0;
  /** In order of place. */
  #marks: { readonly name: string; readonly at: number }[] = [];
  /** Samples yet to pass before what waits is heard; `undefined` while there is nothing. */
  #hold: number | undefined;
  #energy = 0;
  #measured = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if ("sound" in data) this.#write(data.sound);
      else if ("mark" in data) this.#marks.push({ name: data.mark, at: this.#written });
      else this.#clear();
    };
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const out = output?.[0];
    if (!out) return true;
    for (let index = 0; index < out.length; index += 1) out[index] = this.#next();
    this.#pass();
    this.#measure(out);
    return true;
  }

  #write(sound: Float32Array): void {
    this.#hold ??= samplesIn(PREBUFFER_MS);
    const room = this.#ring.length - (this.#written - this.#read);
    for (const sample of sound.subarray(0, room)) {
      this.#ring[this.#written % this.#ring.length] = sample;
      this.#written += 1;
    }
  }

  #next(): number {
    if (this.#hold === undefined) return 0;
    const waiting = this.#written - this.#read;
    if (this.#hold > 0 && waiting < samplesIn(PREBUFFER_MS)) {
      // Less than that may be all there is.
      this.#hold -= 1;
      return 0;
    }
    this.#hold = 0;
    if (waiting === 0) {
      this.#hold = undefined;
      return 0;
    }
    const sample = this.#ring[this.#read % this.#ring.length] ?? 0;
    this.#read += 1;
    return sample;
  }

  /** What waits is forgotten but for a few ms of it, that fade. */
  #clear(): void {
    const heard = this.#hold === 0;
    const fade = heard ? Math.min(samplesIn(FADE_MS), this.#written - this.#read) : 0;
    for (let index = 0; index < fade; index += 1) {
      const place = (this.#read + index) % this.#ring.length;
      this.#ring[place] = (this.#ring[place] ?? 0) * (1 - (index + 1) / fade);
    }
    this.#written = this.#read + fade;
    if (fade === 0) this.#hold = undefined;
    for (const { name } of this.#marks) this.port.postMessage({ played: name });
    this.#marks = [];
  }

  #pass(): void {
    while (this.#marks[0] && this.#marks[0].at <= this.#read) {
      this.port.postMessage({ played: this.#marks[0].name });
      this.#marks.shift();
    }
  }

  #measure(out: Float32Array): void {
    for (const sample of out) this.#energy += sample * sample;
    this.#measured += out.length;
    if (this.#measured < samplesIn(LEVEL_MS)) return;
    this.port.postMessage({ level: Math.sqrt(this.#energy / this.#measured) });
    this.#energy = 0;
    this.#measured = 0;
  }
}

registerProcessor("durvani-playback", Playback);
