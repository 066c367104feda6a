import { setImmediate as settle } from "node:timers/promises";
import type { Clock } from "../src/kit/clock.ts";

type Sleeper = { readonly at: number; readonly wake: () => void };

/** Time that moves only when the test says so. `wall()` starts at 1 760 000 000 000 and moves along. */
export class FakeClock implements Clock {
  #now = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_760_000_000_000 + this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const sleeper = { at: this.#now + ms, wake: then };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = this.after(ms, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** How many sleeps and timers are pending: 0 after a call that left nothing behind. */
  get pending(): number {
    return this.#sleepers.length;
  }

  /** Lets `ms` pass, waking sleepers in order and letting each finish what it woke up for. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#sleepers.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > until) break;
      this.#sleepers.shift();
      this.#now = next.at;
      next.wake();
    }
    this.#now = until;
    await settle();
  }
}
