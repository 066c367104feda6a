import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../kit/clock.ts";
import { ApiError } from "./api-error.ts";

const KEPT_MS = 24 * 3_600_000;
const MOST = 10_000;

/** What operations that take the header say of it. */
export const IDEMPOTENCY =
  "Asked again with the same `Idempotency-Key` within a day, the same process gives the same answer, and says so with " +
  "`Idempotent-Replayed: true`.";
export const IDEMPOTENCY_ERRORS = {
  400: "The `Idempotency-Key` is no text of 1 to 255 characters, or the body cannot be read",
  409: "The `Idempotency-Key` was used with another body",
};

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

type Kept<Answer> = { readonly asked: string; readonly answer: Promise<Answer>; readonly until: number };

/**
 * Answers that are given again to who asks the same thing again, having missed the first answer. Kept for a day, in this process
 * alone; what failed is not kept.
 */
export class Idempotency<Answer> {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept<Answer>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As `make` answers, or has answered the same request. Throws an `ApiError` for a key that is none, or that was used otherwise. */
  async answer(request: FastifyRequest, reply: FastifyReply, make: () => Promise<Answer>): Promise<Answer> {
    const key = request.headers["idempotency-key"];
    if (key === undefined) return make();
    if (typeof key !== "string" || !/^\S.{0,254}$/.test(key))
      throw new ApiError(400, "Idempotency-Key must be a text of 1 to 255 characters");
    // The keys of one holder of the API are nobody else's. Neither they nor what was asked is kept in memory as it is.
    const name = digest(`${request.headers.authorization ?? ""} ${key}`);
    const done = await this.once(name, digest(JSON.stringify(request.body)), make);
    if (!done) throw new ApiError(409, "this Idempotency-Key was used with another body");
    if (done.again) void reply.header("idempotent-replayed", "true");
    return done.answer;
  }

  /** `undefined`: under this name something else was asked. Rejects as `make` does. */
  async once(
    name: string,
    asked: string,
    make: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly again: boolean } | undefined> {
    const known = this.#kept.get(name);
    if (known && this.#clock.now() < known.until) {
      return known.asked === asked ? { answer: await known.answer, again: true } : undefined;
    }
    const answer = make();
    this.#keep(name, { asked, answer, until: this.#clock.now() + KEPT_MS });
    try {
      return { answer: await answer, again: false };
    } catch (error) {
      this.#kept.delete(name);
      throw error;
    }
  }

  #keep(name: string, kept: Kept<Answer>): void {
    // Behind all others, as its time is: the first are the oldest.
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    for (const [oldest, { until }] of this.#kept) {
      if (this.#kept.size <= MOST && this.#clock.now() < until) break;
      this.#kept.delete(oldest);
    }
  }
}
