import { signal } from "@preact/signals";

/** As many as are drawn: five seconds or so. */
const KEPT = 96;

/** How loud one side is, and was. RMS, 0 to 1. */
export class Loudness {
  readonly now = signal(0);
  /** Oldest first, always as many. */
  readonly past = signal<readonly number[]>(new Array(KEPT).fill(0));
  readonly #step: number;
  #peak = 0;
  #heard = 0;

  /** `each`: how many measurements make one that is shown. */
  constructor(each = 1) {
    this.#step = each;
  }

  hear(rms: number): void {
    this.#peak = Math.max(this.#peak, rms);
    this.#heard += 1;
    if (this.#heard < this.#step) return;
    this.now.value = this.#peak;
    this.past.value = [...this.past.value.slice(1), this.#peak];
    this.#peak = 0;
    this.#heard = 0;
  }

  rest(): void {
    this.now.value = 0;
    this.past.value = new Array(KEPT).fill(0);
  }
}
