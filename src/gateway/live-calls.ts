import type { Answer, Ring } from "../carrier/carrier.ts";
import type { CallId, CarrierName } from "../record/record.ts";
import { CallFeed } from "./call-feed.ts";
import type { Carrier } from "./carriers.ts";
import { LiveCall } from "./live-call.ts";
import type { GatewayParts } from "./parts.ts";
import { Tickets } from "./tickets.ts";

/** How long a conversation that was told to end may take for it. */
const FORCE_MS = 2_000;
/** How long ended calls may take to reach the books before a stop goes on without them; their journals remain. */
const SETTLE_MS = 5_000;
/** Calls over that are remembered, with what they owe, so that a webhook repeated late finds its call and not a new one. */
const REMEMBERED = 10_000;

/** What became of a ring. */
export type Admission =
  | { readonly kind: "admitted"; readonly call: LiveCall; readonly answer: Answer }
  | { readonly kind: "over" }
  | { readonly kind: "busy"; readonly why: "draining" | "full" | "broken" };

type Entry = { readonly call: LiveCall; readonly ticket: string | undefined; readonly answer: Answer | undefined };

/** Every call that is up, by the carrier's own id: a call rings once, however often its webhook comes. */
export class LiveCalls {
  readonly tickets: Tickets<LiveCall>;
  readonly feed = new CallFeed();
  readonly #parts: GatewayParts;
  readonly #live = new Map<string, Entry>();
  readonly #over = new Map<string, { readonly owesWords: boolean }>();
  readonly #settling = new Set<Promise<void>>();
  #draining = false;
  #whenEmpty: (() => void)[] = [];

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.tickets = new Tickets(parts.clock, () => parts.ids.secret());
  }

  get size(): number {
    return this.#live.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  find(carrier: CarrierName, carrierCallId: string): LiveCall | undefined {
    return this.#live.get(key(carrier, carrierCallId))?.call;
  }

  /**
   * Has the caller, whose stream is over, heard nothing of us? So it is too with a call that nobody here knows: whoever had it
   * is gone in the middle of it.
   */
  owesWords(carrier: CarrierName, carrierCallId: string): boolean {
    const name = key(carrier, carrierCallId);
    return this.#live.get(name)?.call.owesWords ?? this.#over.get(name)?.owesWords ?? true;
  }

  /** The same ring gets the same answer, which `compose` makes once, of the call's id and its ticket. */
  ring(carrier: Carrier, ring: Ring, compose: (id: CallId, ticket: string) => Answer): Admission {
    const name = key(carrier.dialect.name, ring.carrierCallId);
    const known = this.#live.get(name);
    if (known?.answer) return { kind: "admitted", call: known.call, answer: known.answer };
    if (this.#over.has(name)) return { kind: "over" };
    const call = known?.call ?? this.open(carrier, ring);
    if (!(call instanceof LiveCall)) return call;
    const ticket = this.tickets.issue(call);
    const answer = compose(call.id, ticket);
    this.#live.set(name, { call, ticket, answer });
    return { kind: "admitted", call, answer };
  }

  /** A new call, where there is room for one. */
  open(carrier: Carrier, ring: Ring): LiveCall | Extract<Admission, { kind: "busy" }> {
    const { maxCalls, meter, log } = this.#parts;
    if (this.#draining) return { kind: "busy", why: "draining" };
    if (maxCalls > 0 && this.#live.size >= maxCalls) return { kind: "busy", why: "full" };
    const name = key(carrier.dialect.name, ring.carrierCallId);
    try {
      const call = new LiveCall(this.#parts, carrier, ring, this.feed, (over, settled) => {
        this.#forget(name, over, settled);
      });
      if (call.over) return { kind: "busy", why: "broken" };
      this.#live.set(name, { call, ticket: undefined, answer: undefined });
      meter.count("calls_opened", { carrier: carrier.dialect.name });
      return call;
    } catch (error) {
      log.error({ err: error }, "a call could not be opened");
      return { kind: "busy", why: "broken" };
    }
  }

  /**
   * No new calls from this moment on. Resolves when the live ones have ended by themselves or, after `timeoutMs`, were made to,
   * and their books are written or late.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    await this.#emptyWithin(timeoutMs);
    await this.#cut();
    await this.#within(SETTLE_MS, Promise.all(this.#settling));
  }

  /** Ends every call now. */
  async #cut(): Promise<void> {
    for (const { call } of [...this.#live.values()]) call.forceDrain();
    await this.#emptyWithin(FORCE_MS);
    for (const { call } of [...this.#live.values()]) {
      call.end({ how: "drain-forced", detail: "the conversation did not end when told to" });
    }
    await this.#emptyWithin(FORCE_MS);
  }

  #forget(name: string, call: LiveCall, settled: Promise<void>): void {
    const entry = this.#live.get(name);
    if (entry?.call === call) this.#live.delete(name);
    if (entry?.ticket !== undefined) this.tickets.revoke(entry.ticket);
    this.#over.set(name, { owesWords: call.owesWords });
    for (const oldest of this.#over.keys()) {
      if (this.#over.size <= REMEMBERED) break;
      this.#over.delete(oldest);
    }
    this.#settling.add(settled);
    void settled.finally(() => this.#settling.delete(settled));
    if (this.#live.size > 0) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  async #emptyWithin(ms: number): Promise<void> {
    if (this.#live.size === 0 || ms <= 0) return;
    await this.#within(ms, new Promise<void>((resolve) => this.#whenEmpty.push(resolve)));
  }

  async #within(ms: number, done: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      void done.finally(() => {
        cancel();
        resolve();
      });
    });
  }
}

const key = (carrier: CarrierName, carrierCallId: string): string => `${carrier} ${carrierCallId}`;
