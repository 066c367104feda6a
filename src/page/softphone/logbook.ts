import { signal } from "@preact/signals";
import type { Clock } from "../client/ports.ts";

export type Entry = {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
};

/** More would only be scrolled past. */
const KEPT = 200;

/** What happened, oldest first. */
export class Logbook {
  readonly entries = signal<readonly Entry[]>([]);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(text: string): void {
    const id = (this.entries.value.at(-1)?.id ?? 0) + 1;
    this.entries.value = [...this.entries.value, { id, at: this.#clock.wall(), text }].slice(-KEPT);
  }
}
