import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../kit/clock.ts";

/** Each measurement waits this long, which is part of what it measures. */
const RESOLUTION_MS = 10;
/** Whoever looks again sooner is shown the same. */
const WINDOW_MS = 10_000;

type Delay = { readonly p50: number; readonly p99: number };

/** How much later than it should the event loop comes to things, in ms: what holds it up holds up every call. */
export class LoopDelay {
  readonly #clock: Clock;
  #histogram: IntervalHistogram | undefined;
  #since = 0;
  #last: Delay | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Of the time since somebody looked, ten seconds at least. It is measured from the first look on; `undefined` while there is
   * nothing to show.
   */
  read(): Delay | undefined {
    const now = this.#clock.now();
    if (!this.#histogram) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
      this.#since = now;
    }
    if (this.#histogram.count > 0 && (!this.#last || now - this.#since >= WINDOW_MS)) {
      this.#last = { p50: percentile(this.#histogram, 50), p99: percentile(this.#histogram, 99) };
      this.#histogram.reset();
      this.#since = now;
    }
    return this.#last;
  }
}

function percentile(histogram: IntervalHistogram, of: number): number {
  const ms = histogram.percentile(of) / 1e6 - RESOLUTION_MS;
  return Math.round(Math.max(0, ms) * 10) / 10;
}
