import type { Clock } from "../../kit/clock.ts";
import type { Meter } from "../../kit/meter.ts";
import type { Connection } from "./connection.ts";
import type { Outgoing } from "./messages.ts";

/** So much is kept for an application that is away or does not answer; the oldest is forgotten first. */
const KEPT = 50;

const isPrompt = (message: Outgoing): boolean => message.type === "prompt" && message.last;

/**
 * What an application is told. What happens while it is away, it is told once it is there; and what the caller said to it, again
 * if the connection was lost before it answered.
 */
export class Outbox {
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #connection: Pick<Connection, "open" | "send">;
  #kept: Outgoing[] = [];
  #askedAt: number | undefined;

  constructor(clock: Clock, meter: Meter, connection: Pick<Connection, "open" | "send">) {
    this.#clock = clock;
    this.#meter = meter;
    this.#connection = connection;
  }

  say(message: Outgoing): void {
    const { open } = this.#connection;
    // What the caller has said so far is of interest only now.
    const keep = isPrompt(message) || (!open && message.type !== "prompt");
    if (keep) this.#kept = [...this.#kept, message].slice(-KEPT);
    if (open) this.#send(message);
  }

  /** The first message of a connection, and all that it must be told after it. */
  begin(first: Outgoing): void {
    this.#send(first);
    for (const message of this.#kept) this.#send(message);
    this.#kept = this.#kept.filter(isPrompt);
  }

  /** The application has said something: what it was asked before that is dealt with. */
  answered(): void {
    if (this.#askedAt !== undefined) this.#meter.observe("relay_first_token_ms", this.#clock.now() - this.#askedAt);
    this.#askedAt = undefined;
    this.#kept = [];
  }

  #send(message: Outgoing): void {
    if (isPrompt(message)) this.#askedAt = this.#clock.now();
    this.#meter.count("relay_messages_total", { direction: "out", type: message.type });
    this.#connection.send(JSON.stringify(message));
  }
}
