import type { Clock } from "../kit/clock.ts";
import type { Watcher } from "./metrics.ts";

/** What is counted when something of a provider's goes wrong: whose, and what. */
const PROVIDERS: Readonly<Record<string, readonly [provider: string, kind: string]>> = {
  stt_reconnects: ["stt", "connection-lost"],
  stt_fallbacks: ["stt", "fell-back"],
  stt_malformed_messages: ["stt", "malformed"],
  stt_failures: ["stt", "failed"],
  tts_reconnects: ["tts", "connection-lost"],
  tts_second_mouth: ["tts", "fell-back"],
  tts_malformed: ["tts", "malformed"],
  tts_failures: ["tts", "failed"],
  llm_failures_total: ["llm", "failed"],
  relay_reconnects_total: ["relay", "connection-lost"],
  relay_failures_total: ["relay", "failed"],
};
const NAMES = [...new Set(Object.values(PROVIDERS).map(([provider]) => provider))];

type Tally = { count: number; lastAt: number };

/** `lastErrorAt`: ms since 1970. */
export type ProviderTroubles = {
  readonly name: string;
  readonly errors: readonly { readonly kind: string; readonly count: number }[];
  readonly lastErrorAt?: number;
};

/** What was counted and set since the process began, and when last: for whoever wants to know how it is. */
export class Troubles implements Watcher {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Tally>();
  readonly #gauges = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const lastAt = this.#clock.wall();
    const { carrier } = labels;
    for (const key of carrier === undefined ? [name] : [name, `${name} ${carrier}`])
      this.#counts.set(key, { count: (this.#counts.get(key)?.count ?? 0) + by, lastAt });
  }

  gauge(name: string, value: number): void {
    this.#gauges.set(name, value);
  }

  /** Over all labels, or of one carrier. */
  counted(name: string, carrier?: string): Readonly<Tally> | undefined {
    return this.#counts.get(carrier === undefined ? name : `${name} ${carrier}`);
  }

  gauged(name: string): number | undefined {
    return this.#gauges.get(name);
  }

  /** Everybody we depend on, in order; without errors where nothing went wrong. */
  providers(): readonly ProviderTroubles[] {
    return NAMES.map((name) => {
      const found = Object.entries(PROVIDERS).flatMap(([metric, [provider, kind]]) => {
        const tally = provider === name ? this.#counts.get(metric) : undefined;
        return tally ? [{ kind, ...tally }] : [];
      });
      const errors = found.map(({ kind, count }) => ({ kind, count }));
      return { name, errors, ...(found.length > 0 && { lastErrorAt: Math.max(...found.map(({ lastAt }) => lastAt)) }) };
    });
  }
}
