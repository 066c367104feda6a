import { commandRelay, type RelayKit } from "../../src/jobs/command-relay.ts";
import type { OpenPost } from "../../src/jobs/command-relay-post.ts";
import type { CommandRelay, CommandResult } from "../../src/jobs/jobs.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";

export const callId = (name: string): CallId => name as CallId;

/** What is on its way: to one process, or to all. */
type Mail = { readonly to: string | undefined; readonly letter: string };

/** Processes in memory whose post the test can lose, repeat and hold up. Time is the test's. */
export class RelayWorld {
  readonly clock = new VirtualClock();
  readonly counted: string[] = [];
  /** How often each letter is delivered, by its kind. */
  copies: (kind: string) => number = () => 1;
  /** Sending fails. */
  down = false;
  /** Everything sent, in order. */
  readonly sent: Mail[] = [];
  /** Letters to these wait until `wake`. */
  readonly #asleep = new Map<string, string[]>();
  readonly #processes = new Map<string, (letter: string) => void>();

  /** `clock`: of this process alone. */
  open(clock: Clock = this.clock): { readonly relay: CommandRelay; readonly name: string } {
    let name = "";
    const post: OpenPost = (me, deliver) => {
      name = me;
      this.#processes.set(me, deliver);
      return {
        toAll: (letter) => this.#send(undefined, letter),
        to: (process, letter) => this.#send(process, letter),
        close: async () => void this.#processes.delete(me),
      };
    };
    const relay = commandRelay({ ...this.kit(), clock }, post);
    return { relay, name };
  }

  kit(): RelayKit {
    const count = (_: string, labels?: Readonly<Record<string, string>>): number =>
      this.counted.push(labels?.["outcome"] ?? "");
    return {
      clock: this.clock,
      ids: randomIds(() => this.clock.wall()),
      log: silentLog,
      meter: { ...deafMeter, count },
    };
  }

  /** The process stands still: what it is sent it reads later. */
  sleep(name: string): void {
    this.#asleep.set(name, []);
  }

  wake(name: string): void {
    const letters = this.#asleep.get(name) ?? [];
    this.#asleep.delete(name);
    for (const letter of letters) this.#processes.get(name)?.(letter);
  }

  /** The kinds of letters sent, in order. */
  get kinds(): readonly string[] {
    return this.sent.map(({ letter }) => JSON.parse(letter).kind);
  }

  async #send(to: string | undefined, letter: string): Promise<void> {
    if (this.down) throw new Error("the server is away");
    this.sent.push({ to, letter });
    await Promise.resolve();
    const names = to === undefined ? [...this.#processes.keys()] : [to];
    const copies = this.copies(JSON.parse(letter).kind);
    for (let copy = 0; copy < copies; copy++) {
      for (const name of names) {
        const waiting = this.#asleep.get(name);
        if (waiting) waiting.push(letter);
        else this.#processes.get(name)?.(letter);
      }
    }
  }
}

/** Notes what was done to one call, and answers with its place in the line. */
export function servedCall(
  id: string,
  answer: (what: unknown, place: number) => Promise<CommandResult> = async (_, place) => ({ ok: true, answer: place }),
): { readonly find: Parameters<CommandRelay["serve"]>[0]; readonly done: unknown[] } {
  const done: unknown[] = [];
  const carryOut = (what: unknown): Promise<CommandResult> => answer(what, done.push(what));
  return { done, find: (asked) => (asked === id ? carryOut : undefined) };
}
