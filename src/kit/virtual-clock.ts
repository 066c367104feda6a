import { type Clock, sleepOn } from "./clock.ts";

type Sleeper = { readonly at: number; readonly order: number; readonly wake: () => void };

/** Runs after every promise that can settle by itself has settled. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Time that moves only when its owner says so, as fast as the machine can: for tests and replays. `now()` starts at 0, `wall()`
 * at what the constructor is given. One owner at a time: `advance` and `advanceTo` must not overlap.
 */
export class VirtualClock implements Clock {
  readonly sleep = sleepOn((ms, then) => this.after(ms, then));
  readonly #epochMs: number;
  #now = 0;
  #orders = 0;
  /** The next to wake is the last; few enough at any time that moving them costs less than a cleverer heap. */
  readonly #sleepers: Sleeper[] = [];

  constructor(wallMs = 1_760_000_000_000) {
    this.#epochMs = wallMs;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epochMs + this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const sleeper = { at: this.#now + Math.max(0, ms), order: this.#orders++, wake: then };
    this.#sleepers.splice(this.#place(sleeper), 0, sleeper);
    return () => {
      const place = this.#place(sleeper);
      if (this.#sleepers[place] === sleeper) this.#sleepers.splice(place, 1);
    };
  }

  /** How many sleeps and timers are pending: 0 after a call that left nothing behind. */
  get pending(): number {
    return this.#sleepers.length;
  }

  /** The instant at which the earliest sleeper wakes; `undefined` if nobody sleeps. */
  get next(): number | undefined {
    return this.#sleepers.at(-1)?.at;
  }

  /** Lets `ms` pass, waking sleepers in order and letting each finish what it woke up for. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** Lets time pass until `now()` is `atMs`, as `advance` does. Sleepers of the same instant wake in the order they were set. */
  async advanceTo(atMs: number): Promise<void> {
    for (;;) {
      await settle();
      const next = this.#sleepers.at(-1);
      if (!next || next.at > atMs) break;
      this.#sleepers.pop();
      this.#now = next.at;
      next.wake();
    }
    this.#now = Math.max(this.#now, atMs);
  }

  /** Where the sleeper stands, or would stand, among those that wake later (before it) and earlier (behind it). */
  #place({ at, order }: Sleeper): number {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#sleepers[middle];
      if (other && (other.at > at || (other.at === at && other.order > order))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
