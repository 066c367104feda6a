import { countCodecRun } from "./codec-runs.ts";

/** At least so many input samples make one of the output; when the rate falls, as many times more. */
const LEAST_TAPS = 64;
const STOP_BAND_DB = 70;

/**
 * Changes the rate of PCM16 little-endian mono as it streams in, however it is cut: a 24 kHz line towards an ear that wants
 * 16 kHz, recorded apologies at 8 kHz towards faster lines, and sound files of any rate towards any line.
 *
 * A polyphase low-pass (Kaiser-windowed sinc, 70 dB) with state kept between calls. After `n` input samples exactly
 * `ceil(n × to / from)` have come out: nothing waits to be flushed, nothing drifts. The sound is late by half the filter,
 * 1.3 ms (24 → 16 kHz) to 4 ms (8 → 16 kHz, and down to 8 kHz).
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #phases: readonly Float64Array[];
  /** The newest input samples, one fewer than the taps, oldest first: what the next outputs still look back to. */
  #past: Float64Array;
  /** How far into the upsampled timeline the next output lies, counted from the next input sample. */
  #next = 0;
  #halfSample = Buffer.alloc(0);

  /** Whole Hz. The filter grows with the part of `to` that is not in `from`: rates in common use need less than a megabyte. */
  constructor(from: number, to: number) {
    const shared = greatestCommonDivisor(from, to);
    this.#up = to / shared;
    this.#down = from / shared;
    // 24 → 16 kHz does with the least. The steep slope to 8 kHz, which cuts where voices still are, does not.
    const taps = LEAST_TAPS * Math.max(1, Math.ceil(from / to - 0.5));
    this.#phases = lowPass(from, to, this.#up, taps);
    this.#past = new Float64Array(taps - 1);
  }

  push(pcm: Buffer): Buffer {
    countCodecRun();
    const bytes = this.#halfSample.length > 0 ? Buffer.concat([this.#halfSample, pcm]) : pcm;
    const count = bytes.length >> 1;
    this.#halfSample = Buffer.from(bytes.subarray(count * 2));
    const samples = new Float64Array(this.#past.length + count);
    samples.set(this.#past);
    for (let index = 0; index < count; index += 1) samples[this.#past.length + index] = bytes.readInt16LE(index * 2);
    const out = this.#filter(samples, count);
    this.#past = samples.slice(count);
    return out;
  }

  #filter(samples: Float64Array, count: number): Buffer {
    const end = count * this.#up;
    const out = Buffer.allocUnsafe(Math.max(0, Math.ceil((end - this.#next) / this.#down)) * 2);
    let at = 0;
    for (; this.#next < end; this.#next += this.#down) {
      const newest = this.#past.length + Math.floor(this.#next / this.#up);
      const taps = this.#phases[this.#next % this.#up];
      const sum = taps ? weighed(taps, samples, newest) : 0;
      at = out.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sum))), at);
    }
    this.#next -= end;
    return out;
  }
}

/** A function of its own, since most of the time is spent here: engines make one that touches nothing else twice as fast. */
function weighed(taps: Float64Array, samples: Float64Array, newest: number): number {
  let sum = 0;
  for (let tap = 0; tap < taps.length; tap += 1) sum += (taps[tap] as number) * (samples[newest - tap] as number);
  return sum;
}

/** One row of taps per phase, newest input sample first; each row sums to 1, so that a steady level stays where it is. */
function lowPass(from: number, to: number, up: number, taps: number): readonly Float64Array[] {
  const length = taps * up;
  const rate = from * up;
  // Kaiser's rule: how wide the slope must be for this attenuation and length. It ends where the narrower band ends.
  const slope = ((STOP_BAND_DB - 8) / (14.36 * length)) * rate;
  const cutoff = (Math.min(from, to) / 2 - slope / 2) / rate;
  const beta = 0.1102 * (STOP_BAND_DB - 8.7);
  const middle = (length - 1) / 2;
  const tap = (index: number): number => {
    const x = index - middle;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * bessel(beta * Math.sqrt(1 - (x / middle) ** 2));
  };
  return Array.from({ length: up }, (_, phase) => {
    const row = Float64Array.from({ length: taps }, (_unused, index) => tap(index * up + phase));
    const sum = row.reduce((total, value) => total + value, 0);
    return row.map((value) => value / sum);
  });
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
