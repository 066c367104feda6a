import type { Clock } from "../kit/clock.ts";

export const TICKET_LIFE_MS = 60_000;

/**
 * One-time admissions to a media socket, each bound to its holder. A ticket is 256 random bits, so finding it in a Map tells
 * a guesser nothing.
 */
export class Tickets<Holder> {
  readonly #clock: Clock;
  readonly #secret: () => string;
  readonly #issued = new Map<string, { readonly holder: Holder; readonly until: number }>();

  constructor(clock: Clock, secret: () => string) {
    this.#clock = clock;
    this.#secret = secret;
  }

  /** `ticket`: one that has been told already, made as ours are. */
  issue(holder: Holder, lifeMs = TICKET_LIFE_MS, ticket = this.#secret()): string {
    this.#issued.set(ticket, { holder, until: this.#clock.now() + lifeMs });
    return ticket;
  }

  /** Whose ticket this is; `undefined` when it is unknown, used or expired. The ticket stays good. */
  look(ticket: string): Holder | undefined {
    const found = this.#issued.get(ticket);
    if (found && this.#clock.now() < found.until) return found.holder;
    this.#issued.delete(ticket);
    return undefined;
  }

  /** As `look`, and the ticket is used up. */
  redeem(ticket: string): Holder | undefined {
    const holder = this.look(ticket);
    this.#issued.delete(ticket);
    return holder;
  }

  revoke(ticket: string): void {
    this.#issued.delete(ticket);
  }

  get size(): number {
    return this.#issued.size;
  }
}
