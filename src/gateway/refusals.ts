import type { FastifyRequest } from "fastify";
import type { Clock } from "../kit/clock.ts";

const WINDOW_MS = 60_000;
const REFUSALS_PER_ADDRESS = 20;
const ADDRESSES_KEPT = 10_000;

/**
 * Counts what was refused, by address, so that one who keeps guessing is cut off sooner. Who holds a good ticket is never
 * asked: nobody can use up another's admission.
 */
export class Refusals {
  readonly #clock: Clock;
  #since: number;
  #counts = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Notes one refusal; true when this address has had too many within the minute. */
  tooMany(address: string | undefined): boolean {
    if (address === undefined) return false;
    const now = this.#clock.now();
    if (now - this.#since >= WINDOW_MS || this.#counts.size >= ADDRESSES_KEPT) {
      this.#since = now;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count > REFUSALS_PER_ADDRESS;
  }
}

/**
 * The address of the client itself; `undefined` where we only see a proxy that we were not told to trust, whose address is
 * everybody's.
 */
export function clientAddress(request: FastifyRequest, trustsProxies: boolean): string | undefined {
  if (!trustsProxies && request.headers["x-forwarded-for"] !== undefined) return undefined;
  return request.ip;
}
