import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { CallId } from "../record/record.ts";
import type { LetterOf, Post } from "./command-relay-post.ts";
import type { CommandResult } from "./jobs.ts";

/** An ask that nobody answered is sent again: the one who has the call may have been cut off from the server for a moment. */
const AGAIN_MS = 250;

/** Nothing was done. */
export const NOT_NOW: CommandResult = {
  ok: false,
  status: 503,
  message: "The process that has this call cannot be reached now; nothing was done.",
};

export const UNKNOWN: CommandResult = {
  ok: false,
  status: 504,
  message: "No answer in time: it is unknown whether this was carried out.",
};

export type AsksParts = {
  readonly me: string;
  readonly post: Pick<Post, "toAll" | "to">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
};

type Ask = {
  readonly id: string;
  readonly callId: CallId;
  /** The command as JSON text. */
  readonly what: string;
  readonly untilMs: number;
  readonly settle: (result: CommandResult | "nobody") => void;
  /** `waiting` for an earlier one to the same call, `looking` for who has it, or `handed` over. */
  phase: "waiting" | "looking" | "handed";
  /** No sending succeeded yet, or the last went wrong. */
  unsent: boolean;
  stopLooking: () => void;
};

/** The commands of this process that wait for others. */
export class Asks {
  readonly #parts: AsksParts;
  readonly #open = new Map<string, Ask>();
  /** Those of a call not handed over yet, in order: only the first looks, so that none overtakes another. */
  readonly #lines = new Map<CallId, Ask[]>();

  constructor(parts: AsksParts) {
    this.#parts = parts;
  }

  ask(callId: CallId, what: string, withinMs: number): Promise<CommandResult | "nobody"> {
    const { clock, ids } = this.#parts;
    return new Promise((resolve) => {
      const id = ids.id("ask");
      const cancel = clock.after(withinMs, () => this.#giveUp(ask));
      const ask: Ask = {
        id,
        callId,
        what,
        untilMs: clock.now() + withinMs,
        phase: "waiting",
        unsent: true,
        stopLooking: () => {},
        settle: (result) => {
          cancel();
          this.#open.delete(id);
          this.#leaveLine(ask);
          resolve(result);
        },
      };
      this.#open.set(id, ask);
      this.#joinLine(ask);
    });
  }

  /** The first to offer gets the command; those that come later, or too late, nothing. */
  offered({ ask: id, offer, from }: LetterOf<"offer">): void {
    const ask = this.#open.get(id);
    if (ask?.phase !== "looking") return;
    ask.phase = "handed";
    const go: LetterOf<"go"> = { kind: "go", offer, what: ask.what };
    // It may have arrived all the same: the deadline decides.
    this.#parts.post.to(from, JSON.stringify(go)).catch((error: unknown) => {
      this.#parts.log.warn({ err: error, callId: ask.callId }, "a command may not have been handed over");
    });
    this.#leaveLine(ask);
  }

  resulted({ ask: id, result }: LetterOf<"result">): void {
    const ask = this.#open.get(id);
    if (ask?.phase !== "handed") {
      this.#parts.log.debug({ ask: id }, "the result of a command came too late");
      return;
    }
    ask.settle(result);
  }

  /** Nobody can answer us any more. */
  close(): void {
    for (const ask of [...this.#open.values()]) ask.settle(ask.phase === "handed" ? UNKNOWN : NOT_NOW);
  }

  #joinLine(ask: Ask): void {
    const line = this.#lines.get(ask.callId) ?? [];
    line.push(ask);
    this.#lines.set(ask.callId, line);
    if (line[0] === ask) this.#look(ask);
  }

  /** Twice is once. */
  #leaveLine(ask: Ask): void {
    ask.stopLooking();
    const line = this.#lines.get(ask.callId) ?? [];
    const wasFirst = line[0] === ask;
    const rest = line.filter((other) => other !== ask);
    if (rest.length > 0) this.#lines.set(ask.callId, rest);
    else this.#lines.delete(ask.callId);
    const [next] = rest;
    if (wasFirst && next) this.#look(next);
  }

  #look(ask: Ask): void {
    const { clock, me, post, log } = this.#parts;
    ask.phase = "looking";
    const letter: LetterOf<"ask"> = {
      kind: "ask",
      ask: ask.id,
      from: me,
      callId: ask.callId,
      forMs: Math.max(0, ask.untilMs - clock.now()),
    };
    post.toAll(JSON.stringify(letter)).then(
      () => {
        ask.unsent = false;
      },
      (error: unknown) => {
        ask.unsent = true;
        log.debug({ err: error }, "the other processes could not be asked");
      },
    );
    ask.stopLooking = clock.after(AGAIN_MS, () => this.#look(ask));
  }

  #giveUp(ask: Ask): void {
    if (ask.phase === "handed") ask.settle(UNKNOWN);
    else ask.settle(ask.unsent ? NOT_NOW : "nobody");
  }
}
