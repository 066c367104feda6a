/** A connection that lasted this long was a good one: what fails after it begins a new outage. */
const PROVEN_MS = 2000;
/** Together at least as long as audio is kept for. */
const MOST_FAILURES = 7;
const LONGEST_OUTAGE_MS = 30_000;
/** So many good connections lost within a minute, and not one transcript from them: that will not get better. */
const MOST_LOSSES = 10;
const RECENT_MS = 60_000;

/** Keeps count of the connections an ear has lost, and knows when to stop trying. */
export class Outage {
  #sinceMs: number | undefined;
  #failures = 0;
  #lostAtMs: number[] = [];

  /** When the last good connection was lost; `undefined` while nothing is wrong. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** A transcript came, or another socket is tried: whatever was wrong is over. */
  end(): void {
    this.#sinceMs = undefined;
    this.#lostAtMs = [];
  }

  /** Notes a loss after `servedMs` of service. Returns how many there were in this outage, or that trying is of no use. */
  lost(servedMs: number, nowMs: number): number | "give-up" {
    if (this.#sinceMs === undefined || servedMs >= PROVEN_MS) {
      this.#sinceMs = nowMs;
      this.#failures = 0;
    }
    this.#failures += 1;
    this.#lostAtMs = [...this.#lostAtMs.filter((atMs) => nowMs - atMs < RECENT_MS), nowMs];
    const inVain = this.#failures >= MOST_FAILURES || nowMs - this.#sinceMs >= LONGEST_OUTAGE_MS;
    return inVain || this.#lostAtMs.length >= MOST_LOSSES ? "give-up" : this.#failures;
  }
}
