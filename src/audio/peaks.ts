const FULL_SCALE = 32_768;

/**
 * How loud each of two channels was, in stretches of equal length: of each its peak, from 0 to 1. `frames`: how many pairs of
 * samples there will be; fewer leave the rest silent.
 */
export class StereoPeaks {
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #frames: number;
  #at = 0;

  constructor(frames: number, stretches: number) {
    this.#frames = frames;
    this.#left = new Float64Array(stretches);
    this.#right = new Float64Array(stretches);
  }

  /** The next samples, left and right by turns. */
  push(samples: Int16Array): void {
    const count = this.#left.length;
    const most = Math.min(samples.length >> 1, this.#frames - this.#at);
    let frame = 0;
    while (frame < most) {
      const stretch = Math.floor((this.#at * count) / this.#frames);
      const end = Math.min(most, frame + Math.ceil(((stretch + 1) * this.#frames) / count) - this.#at);
      this.#left[stretch] = loudest(samples, 0, frame, end, this.#left[stretch]);
      this.#right[stretch] = loudest(samples, 1, frame, end, this.#right[stretch]);
      this.#at += end - frame;
      frame = end;
    }
  }

  get left(): readonly number[] {
    return shares(this.#left);
  }

  get right(): readonly number[] {
    return shares(this.#right);
  }
}

/** Of one channel, from one frame to another. A loop: there are millions. */
function loudest(samples: Int16Array, channel: 0 | 1, from: number, until: number, before = 0): number {
  let most = before;
  for (let frame = from; frame < until; frame += 1) {
    const loud = Math.abs(samples[frame * 2 + channel] ?? 0);
    if (loud > most) most = loud;
  }
  return most;
}

/** A thousandth is less than a point of any picture. */
const shares = (peaks: Float64Array): readonly number[] =>
  [...peaks].map((peak) => Math.round((peak / FULL_SCALE) * 1000) / 1000);
