import type { Clock } from "../kit/clock.ts";
import { Rates } from "./rates.ts";

/** So much more sound than time may have come: what a page kept while it connected, and clocks that are not quite right. */
const AHEAD_MS = 30_000;
/** Each message costs something of its own: a piece of sound that is shorter counts for so much. Sound cards give 2.7 ms and more. */
const SHORTEST_MS = 1;
/** No person writes more, and each text is a question to a model. */
const TEXTS_PER_MINUTE = 60;
/** No telephone dials faster than this, and nothing that we say has as many marks. */
const OTHERS_PER_MINUTE = 1_200;

/** How much may come over one line: whoever holds a ticket may be anybody, and each thing that comes costs us, or our providers' bill. */
export class Pace {
  readonly #clock: Clock;
  readonly #beganAt: number;
  readonly #texts: Rates;
  readonly #others: Rates;
  #soundMs = 0;

  /** The line begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganAt = clock.now();
    this.#texts = new Rates(clock, TEXTS_PER_MINUTE);
    this.#others = new Rates(clock, OTHERS_PER_MINUTE);
  }

  /** May one more of these come now? */
  allows(kind: "text" | "key" | "played"): boolean {
    return (kind === "text" ? this.#texts : this.#others).take(kind).granted;
  }

  /** May so much more sound, or silence that the line left out, be heard now? What may not does not count. */
  allowsSound(ms: number): boolean {
    const soundMs = this.#soundMs + Math.max(ms, SHORTEST_MS);
    if (soundMs > this.#clock.now() - this.#beganAt + AHEAD_MS) return false;
    this.#soundMs = soundMs;
    return true;
  }
}
