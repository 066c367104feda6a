/** Where the house counts. Names are Prometheus names without the `durvani_` prefix; labels must be few and bounded. */
export interface Meter {
  /** Adds to a counter (`by` defaults to 1). */
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** Notes one duration in milliseconds. */
  observe(name: string, ms: number, labels?: Readonly<Record<string, string>>): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}

/** A meter that keeps nothing. */
export const deafMeter: Meter = { count: () => {}, observe: () => {}, gauge: () => {} };
