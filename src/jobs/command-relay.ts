import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallId } from "../record/record.ts";
import type { QueuePlace } from "./backend.ts";
import { Asks, NOT_NOW, UNKNOWN } from "./command-relay-asks.ts";
import { carriedOut, MOST_BYTES, Offers } from "./command-relay-offers.ts";
import { type OpenPost, type Post, readLetter } from "./command-relay-post.ts";
import { postgresPost } from "./command-relay-postgres.ts";
import { redisPost } from "./command-relay-redis.ts";
import type { CarryOut, CommandRelay, CommandResult, RemoteCommand } from "./jobs.ts";

const WITHIN_MS = 3000;
/** How long closing waits for what is being carried out: nobody waits longer for its result. */
const GRACE_MS = WITHIN_MS;

export type RelayKit = { readonly clock: Clock; readonly ids: Ids; readonly log: Log; readonly meter: Meter };

/**
 * Over Redis or PostgreSQL, which need not be there yet; with PGlite, where there is one process, no further than that.
 *
 * Publish and subscribe, LISTEN and NOTIFY, not BullMQ 6.7's experimental `Relay`, which keeps an inbox per process. Measured in one
 * process, ask and answer, p50/p99 in ms: 0.1/6 on Redis and 0.2/4 on PostgreSQL, to its 1.2/7 and 17/112; all four letters
 * of ours 1.0/5 and 2.0/9. Idle ours ask the server nothing; two of its nodes made Redis run 10 commands a second and PostgreSQL
 * 1.4 transactions. One made while PostgreSQL is away stays broken. Its inbox would save letters sent while a connection is lost for
 * a moment; here the ask is repeated until its deadline, and a command that comes late must not be carried out anyway.
 */
export function openCommandRelay(place: QueuePlace, kit: RelayKit): CommandRelay {
  if (place.kind === "redis") return commandRelay(kit, redisPost(place, kit));
  return place.embedded ? commandRelay(kit) : commandRelay(kit, postgresPost(place.poolConfig, kit));
}

/** Without `openPost` there are no other processes. */
export function commandRelay(kit: RelayKit, openPost?: OpenPost): CommandRelay {
  return new PostedRelay(kit, openPost);
}

class PostedRelay implements CommandRelay {
  readonly #kit: RelayKit;
  readonly #post: Post | undefined;
  readonly #asks: Asks | undefined;
  readonly #me: string;
  #offers: Offers | undefined;
  #find: (id: CallId) => CarryOut | undefined = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(kit: RelayKit, openPost?: OpenPost) {
    this.#kit = kit;
    this.#me = kit.ids.id("process");
    this.#post = openPost?.(this.#me, (letter) => this.#deliver(letter));
    if (this.#post) this.#asks = new Asks({ ...kit, me: this.#me, post: this.#post });
  }

  serve(find: (id: CallId) => CarryOut | undefined): void {
    if (this.#offers) throw new Error("this relay serves already");
    this.#find = find;
    this.#offers = new Offers({ ...this.#kit, me: this.#me, post: this.#post ?? nowhere, find });
  }

  async ask({ callId, what }: RemoteCommand, withinMs = WITHIN_MS): Promise<CommandResult | "nobody"> {
    const result = await this.#ask(callId, JSON.stringify(what ?? null), withinMs);
    this.#kit.meter.count("command_asks_total", { outcome: outcomeOf(result) });
    return result;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #ask(callId: CallId, what: string, withinMs: number): Promise<CommandResult | "nobody"> | CommandResult | "nobody" {
    const bytes = Buffer.byteLength(what);
    if (bytes > MOST_BYTES) {
      return { ok: false, status: 413, message: `The command has ${bytes} bytes; ${MOST_BYTES} are the most.` };
    }
    if (this.#closing) return NOT_NOW;
    const here = this.#find(callId);
    if (here) return this.#here(carriedOut(here, what, this.#kit.log), withinMs);
    return this.#asks?.ask(callId, what, withinMs) ?? "nobody";
  }

  /** The asker waits no longer for a call in this process than for one elsewhere. */
  #here(result: Promise<CommandResult>, withinMs: number): Promise<CommandResult> {
    return new Promise((resolve) => {
      const cancel = this.#kit.clock.after(withinMs, () => resolve(UNKNOWN));
      void result.then((done) => {
        cancel();
        resolve(done);
      });
    });
  }

  /** Throws nothing: a mistake of ours must not end the connection, or the process. */
  #deliver(text: string): void {
    try {
      this.#sort(text);
    } catch (error) {
      this.#kit.log.error({ err: error }, "a letter from another process met a mistake of ours");
    }
  }

  #sort(text: string): void {
    const letter = readLetter(text);
    switch (letter?.kind) {
      case undefined:
        this.#kit.log.warn({}, "a letter that no gateway wrote was ignored");
        return;
      case "ask":
        return this.#offers?.asked(letter);
      case "go":
        return this.#offers?.told(letter);
      case "offer":
        return this.#asks?.offered(letter);
      case "result":
        return this.#asks?.resulted(letter);
      default: {
        const never: never = letter;
        throw new Error(`unknown letter ${JSON.stringify(never)}`);
      }
    }
  }

  async #close(): Promise<void> {
    let stopWaiting = (): void => {};
    const late = new Promise<void>((resolve) => {
      stopWaiting = this.#kit.clock.after(GRACE_MS, resolve);
    });
    await Promise.race([this.#offers?.close(), late]).finally(() => stopWaiting());
    this.#asks?.close();
    await this.#post?.close();
  }
}

/** For a relay that has nobody to write to: nobody writes to it. */
const nowhere: Pick<Post, "to"> = { to: () => Promise.reject(new Error("there are no other processes")) };

function outcomeOf(result: CommandResult | "nobody"): string {
  if (result === "nobody") return "nobody";
  return result.ok ? "done" : String(result.status);
}
