import type { Caption } from "../call/call.ts";
import type { BookEntry, CallId } from "../record/record.ts";
import { Standing } from "./standing.ts";

/** Whoever follows the calls: takes each message as it is to be sent, and never makes anybody wait. */
type Follower = { readonly news: (message: string) => void; readonly end: () => void };

/**
 * What happens in the calls of this process, told to whoever follows: first the calls that are up, then every change. A call
 * pays for a follower what it takes to write one message into memory, and without any follower what it takes to remember how it
 * stands.
 */
export class CallFeed {
  readonly #live = new Map<CallId, Standing>();
  readonly #followers = new Set<Follower>();

  get followers(): number {
    return this.#followers.size;
  }

  /** Tells the follower at once which calls are up, and how each stands. Returns how to be told no more. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    follower.news(message("snapshot", { calls: [...this.#live.values()].map(({ call }) => call) }));
    for (const [id, standing] of this.#live)
      for (const [event, data] of standing.now()) follower.news(message(event, { id, ...data }));
    return () => void this.#followers.delete(follower);
  }

  /** One entry of a call, as it is written into the books. */
  tell(id: CallId, entry: BookEntry): void {
    switch (entry.kind) {
      case "open": {
        const { webhookUrl: _, afterCall: __, ...opening } = entry.opening;
        const call = { ...opening, status: "open" } as const;
        this.#live.set(id, new Standing(call));
        return this.#say("opened", { id, call });
      }
      case "answered":
        this.#live.get(id)?.answered(entry.at);
        return this.#say("answered", { id, answeredAt: entry.at });
      case "turn":
        this.#live.get(id)?.turned(entry.turn);
        return this.#say("turn", { id, turn: entry.turn });
      case "decision":
        return this.#say("decision", { id, seq: entry.seq, decision: entry.decision });
      case "close":
        this.#live.delete(id);
        return this.#say("ended", { id, ...entry.closing });
      case "usage":
      case "recording":
        return; // Of interest after the call.
      default:
        return entry satisfies never;
    }
  }

  /** What a screen shows of a call that is up. */
  show(id: CallId, caption: Caption): void {
    const standing = this.#live.get(id);
    // That a call has ended is told by its entry.
    if (!standing || (caption.kind === "state" && caption.state === "ended")) return;
    standing.shown(caption);
    const { kind, ...data } = caption;
    this.#say(kind, { id, ...data });
  }

  /** Nobody follows any more. */
  close(): void {
    for (const follower of [...this.#followers]) follower.end();
    this.#followers.clear();
  }

  #say(event: string, data: object): void {
    if (this.#followers.size === 0) return;
    const told = message(event, data);
    for (const follower of [...this.#followers]) follower.news(told);
  }
}

/** As server-sent events are written; JSON has no line breaks. */
const message = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
