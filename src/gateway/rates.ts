import type { Clock } from "../kit/clock.ts";

const MINUTE_MS = 60_000;
/** More would be a way to fill our memory. Who is forgotten begins anew. */
const NAMES_KEPT = 10_000;

/** `remaining` may be asked at once; `retryMs`: until one more may be; `fullMs`: until all may be again. */
type Grant = {
  readonly granted: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly retryMs: number;
  readonly fullMs: number;
};

/** How often each may ask: a bucket for everyone, which holds a minute's worth and fills evenly. */
export class Rates {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** Those who asked last stand last. */
  readonly #buckets = new Map<string, { readonly left: number; readonly atMs: number }>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** One more request by `name`. What is refused costs nothing. */
  take(name: string): Grant {
    const now = this.#clock.now();
    const limit = this.#perMinute;
    const eachMs = MINUTE_MS / limit;
    const { left, atMs } = this.#buckets.get(name) ?? { left: limit, atMs: now };
    const filled = Math.min(limit, left + (now - atMs) / eachMs);
    const granted = filled >= 1;
    const rest = granted ? filled - 1 : filled;
    this.#keep(name, rest, now);
    return {
      granted,
      limit,
      remaining: Math.floor(rest),
      retryMs: rest >= 1 ? 0 : (1 - rest) * eachMs,
      fullMs: (limit - rest) * eachMs,
    };
  }

  #keep(name: string, left: number, atMs: number): void {
    this.#buckets.delete(name);
    this.#buckets.set(name, { left, atMs });
    for (const longest of this.#buckets.keys()) {
      if (this.#buckets.size <= NAMES_KEPT) break;
      this.#buckets.delete(longest);
    }
  }
}
