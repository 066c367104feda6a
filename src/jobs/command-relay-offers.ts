import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { CallId } from "../record/record.ts";
import type { LetterOf, Post } from "./command-relay-post.ts";
import type { CarryOut, CommandResult } from "./jobs.ts";

/** A result longer than a command may be: no call has that much to say of one. */
export const MOST_BYTES = 64 * 1024;

export type OffersParts = {
  readonly me: string;
  readonly post: Pick<Post, "to">;
  readonly find: (id: CallId) => CarryOut | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
};

type Offer = {
  readonly ask: string;
  readonly to: string;
  readonly callId: CallId;
  readonly untilMs: number;
  readonly forget: () => void;
};

/** The calls of this process, offered to those who ask for them. */
export class Offers {
  readonly #parts: OffersParts;
  readonly #open = new Map<string, Offer>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: OffersParts) {
    this.#parts = parts;
  }

  asked(letter: LetterOf<"ask">): void {
    const { me, find, clock, ids } = this.#parts;
    const callId = letter.callId as CallId;
    if (this.#closed || letter.from === me || !find(callId)) return;
    const offer = ids.id("offer");
    this.#open.set(offer, {
      ask: letter.ask,
      to: letter.from,
      callId,
      untilMs: clock.now() + letter.forMs,
      forget: clock.after(letter.forMs, () => this.#open.delete(offer)),
    });
    void this.#send(letter.from, { kind: "offer", ask: letter.ask, offer, from: me });
  }

  /** An offer is good once and for a while: a letter that comes twice, or after the asker gave up, does nothing. */
  told({ offer: id, what }: LetterOf<"go">): void {
    const offer = this.#open.get(id);
    if (!offer) return;
    offer.forget();
    this.#open.delete(id);
    // A process that stood still reads its letters before its timers ring.
    if (this.#parts.clock.now() > offer.untilMs) return;
    const running = this.#carryOut(offer, what);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Resolves when what runs is done and answered. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { forget } of this.#open.values()) forget();
    this.#open.clear();
    await Promise.all(this.#running);
  }

  async #carryOut({ ask, to, callId }: Offer, what: string): Promise<void> {
    const carryOut = this.#parts.find(callId);
    const result = carryOut ? await carriedOut(carryOut, what, this.#parts.log) : "nobody";
    await this.#send(to, { kind: "result", ask, result });
  }

  async #send(to: string, letter: LetterOf<"offer"> | LetterOf<"result">): Promise<void> {
    try {
      await this.#parts.post.to(to, JSON.stringify(letter));
    } catch (error) {
      // The asker's deadline tells it.
      this.#parts.log.warn({ err: error, kind: letter.kind }, "the asker of a command could not be answered");
    }
  }
}

/** Begins at once. `what` is JSON text, and what is handed on its meaning: a call in this process is told no more than one elsewhere. */
export async function carriedOut(carryOut: CarryOut, what: string, log: Log): Promise<CommandResult> {
  try {
    const result = await carryOut(JSON.parse(what));
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (bytes > MOST_BYTES) throw new Error(`a command's result has ${bytes} bytes; at most ${MOST_BYTES} can be sent`);
    return result;
  } catch (error) {
    log.error({ err: error }, "a command to a call failed by our own mistake");
    return { ok: false, status: 500, message: "The command failed by a mistake of the gateway." };
  }
}
