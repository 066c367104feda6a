import type { FastifyRequest } from "fastify";
import type { Clock } from "../kit/clock.ts";

const WINDOW_MS = 60_000;
const REFUSALS_PER_ADDRESS = 20;
const ADDRESSES_KEPT = 10_000;
/** Refusals that are told of within the minute, whoever they come from: one stranger may have many addresses. */
const TOLD = 100;
/** Everybody behind a proxy that we were not told to trust. */
const BEHIND_PROXY = "";

/**
 * Counts what was refused, by address, so that one who keeps guessing is cut off sooner, and fills no log. Who holds a good
 * ticket is never asked: nobody can use up another's admission.
 */
export class Refusals {
  readonly #clock: Clock;
  #since: number;
  #told = 0;
  #counts = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Notes one refusal; true when it is this address's first within the minute, and worth a line in the log. */
  note(address: string | undefined = BEHIND_PROXY): boolean {
    this.#turn();
    if (this.#counts.size >= ADDRESSES_KEPT) this.#counts = new Map();
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    if (count > 1 || this.#told >= TOLD) return false;
    this.#told++;
    return true;
  }

  /** Has this address had as many refusals within the minute as it may? */
  tooMany(address: string | undefined): boolean {
    if (address === undefined) return false;
    this.#turn();
    return (this.#counts.get(address) ?? 0) >= REFUSALS_PER_ADDRESS;
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now - this.#since < WINDOW_MS) return;
    this.#since = now;
    this.#told = 0;
    this.#counts = new Map();
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
