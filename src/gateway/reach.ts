import type { JobQueue } from "../jobs/jobs.ts";
import type { GatewayParts } from "./parts.ts";

const PING_EVERY_MS = 2_000;

export const REACHES = ["unknown", "up", "down"] as const;
export type Reach = (typeof REACHES)[number];

/**
 * Whether books and queue answer. Looked at in the background, at most every two seconds: a health check must not wait, nor be a way
 * to load the database.
 */
export class Reachable {
  database: Reach = "unknown";
  queue: Reach = "unknown";
  /** What was in the queue when it answered last. */
  counts: Awaited<ReturnType<JobQueue["counts"]>> | undefined;
  readonly #parts: Pick<GatewayParts, "clock" | "store" | "jobs">;
  #pingedAt: number | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  look(): void {
    const { clock, store, jobs } = this.#parts;
    const now = clock.now();
    if (this.#pingedAt !== undefined && now - this.#pingedAt < PING_EVERY_MS) return;
    this.#pingedAt = now;
    void reach(store.ping()).then((found) => {
      this.database = found;
    });
    const counted = jobs.counts().then((counts) => {
      this.counts = counts;
    });
    void reach(counted).then((found) => {
      this.queue = found;
    });
  }
}

const reach = (asked: Promise<unknown>): Promise<Reach> =>
  asked.then(
    () => "up",
    () => "down",
  );
