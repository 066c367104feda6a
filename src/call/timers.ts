import type { Clock } from "../kit/clock.ts";
import type { TimerName } from "./events.ts";

/** A call's timers, one of each name: setting one anew forgets when it was to ring before. */
export class Timers {
  readonly #clock: Clock;
  readonly #ring: (timer: TimerName) => void;
  readonly #cancel = new Map<TimerName, () => void>();

  constructor(clock: Clock, ring: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  set(timer: TimerName, ms: number): void {
    this.cancel(timer);
    this.#cancel.set(
      timer,
      this.#clock.after(ms, () => this.#ring(timer)),
    );
  }

  cancel(timer: TimerName): void {
    this.#cancel.get(timer)?.();
  }

  cancelAll(): void {
    for (const cancel of this.#cancel.values()) cancel();
  }
}
