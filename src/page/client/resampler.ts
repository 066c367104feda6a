/** At least so many input samples make one of the output; when the rate falls, as many times more. */
const LEAST_TAPS = 64;
const STOP_BAND_DB = 70;
const FRAME_MS = 20;

/**
 * Changes the rate of sound as it streams in, however it is cut: browsers choose the rates of their sound cards (48 and 44.1 kHz, and
 * others with headsets), and what is above the new band must not fold back into it. A polyphase low-pass (Kaiser-windowed sinc).
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #phases: readonly Float32Array[];
  /** The newest input samples, one fewer than the taps: what the next outputs still look back to. */
  #past: Float32Array;
  /** How far into the upsampled timeline the next output lies, from the next input sample. */
  #next = 0;

  /** Whole Hz. */
  constructor(from: number, to: number) {
    const shared = greatestCommonDivisor(from, to);
    this.#up = to / shared;
    this.#down = from / shared;
    const taps = LEAST_TAPS * Math.max(1, Math.ceil(from / to));
    this.#phases = lowPass(from, to, this.#up, taps);
    this.#past = new Float32Array(taps - 1);
  }

  push(input: Float32Array): Float32Array<ArrayBuffer> {
    const past = this.#past.length;
    const samples = new Float32Array(past + input.length);
    samples.set(this.#past);
    samples.set(input, past);
    const end = input.length * this.#up;
    const out = new Float32Array(Math.max(0, Math.ceil((end - this.#next) / this.#down)));
    for (let at = 0; at < out.length; at += 1, this.#next += this.#down) {
      const taps = this.#phases[this.#next % this.#up];
      if (taps) out[at] = weighed(taps, samples, past + Math.floor(this.#next / this.#up));
    }
    this.#next -= end;
    this.#past = samples.slice(input.length);
    return out;
  }
}

/** From the sound card's rate and pieces to ours: 20 ms of PCM16 each time. */
export function framesOf(
  from: number,
  to: number,
  frame: (samples: Int16Array) => void,
): (input: Float32Array) => void {
  const resampler = new Resampler(from, to);
  const size = (to * FRAME_MS) / 1000;
  let open = new Int16Array(size);
  let filled = 0;
  return (input) => {
    for (const value of resampler.push(input)) {
      open[filled] = Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
      filled += 1;
      if (filled < size) continue;
      frame(open);
      open = new Int16Array(size);
      filled = 0;
    }
  };
}

function weighed(taps: Float32Array, samples: Float32Array, newest: number): number {
  let sum = 0;
  for (let tap = 0; tap < taps.length; tap += 1) sum += (taps[tap] as number) * (samples[newest - tap] as number);
  return sum;
}

/** One row of taps per phase, newest input first; each row sums to 1, so that a steady level stays where it is. */
function lowPass(from: number, to: number, up: number, taps: number): readonly Float32Array[] {
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
    const row = Array.from({ length: taps }, (_unused, index) => tap(index * up + phase));
    const sum = row.reduce((total, value) => total + value, 0);
    return Float32Array.from(row, (value) => value / sum);
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
