import type { Answer, Ring } from "../carrier/carrier.ts";
import type { CallId, CarrierName } from "../record/record.ts";
import { type Birth, dialled } from "./birth.ts";
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

/** What becomes of a caller whose stream is over. */
export type Afterwards = Pick<LiveCall, "next" | "application">;

type Entry = { readonly call: LiveCall; readonly ticket: string | undefined; readonly answer: Answer | undefined };

/** Every call that is up, by the carrier's own id: a call rings once, however often its webhook comes. */
export class LiveCalls {
  /** Of a call that is being placed, its holder is not known yet. */
  readonly tickets: Tickets<LiveCall | Promise<LiveCall>>;
  readonly feed = new CallFeed();
  readonly #parts: GatewayParts;
  readonly #live = new Map<string, Entry>();
  readonly #byId = new Map<CallId, LiveCall>();
  readonly #over = new Map<string, Afterwards>();
  readonly #dialling = new Map<CallId, Promise<unknown>>();
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

  byId(id: string): LiveCall | undefined {
    return this.#byId.get(id as CallId);
  }

  /** Every call that is up. */
  all(): readonly LiveCall[] {
    return [...this.#byId.values()];
  }

  /**
   * What becomes of a caller whose stream is over. One of a call that nobody here knows has heard nothing of us, as far as we
   * can tell: whoever had it is gone in the middle of it.
   */
  afterwards(carrier: CarrierName, carrierCallId: string): Afterwards {
    const name = key(carrier, carrierCallId);
    return (
      this.#live.get(name)?.call ?? this.#over.get(name) ?? { next: { kind: "apologise" }, application: undefined }
    );
  }

  /** A call of ours is being placed; until the carrier has said which one it is, its webhooks wait for it. */
  dialling(id: CallId, placed: Promise<unknown>): void {
    this.#dialling.set(id, placed);
    const done = (): void => {
      this.#dialling.delete(id);
      this.#tellWhenEmpty();
    };
    placed.then(done, done);
  }

  /** Resolves when this call of ours is known by its carrier's name, or has failed. */
  async dialled(id: string): Promise<void> {
    // Whoever dials hears of its failure.
    await this.#dialling.get(id as CallId)?.catch(() => undefined);
  }

  /** The same ring gets the same answer, which `compose` makes once, of the call's id and its ticket. */
  ring(carrier: Carrier, ring: Ring, compose: (id: CallId, ticket: string) => Answer): Admission {
    const name = key(carrier.dialect.name, ring.carrierCallId);
    const known = this.#live.get(name);
    if (known?.answer) return { kind: "admitted", call: known.call, answer: known.answer };
    if (this.#over.has(name)) return { kind: "over" };
    const call = known?.call ?? this.open({ carrier, ring, agent: this.#parts.agents.forNumber(dialled(ring)) });
    if (!(call instanceof LiveCall)) return call;
    call.warmUp();
    const ticket = known?.ticket ?? this.tickets.issue(call);
    const answer = compose(call.id, ticket);
    this.#live.set(name, { call, ticket, answer });
    return { kind: "admitted", call, answer };
  }

  /** Why no call can begin now. Calls that are being placed have their places; `placed` is one that comes to take its own. */
  noRoom(placed?: CallId): "draining" | "full" | undefined {
    if (this.#draining) return "draining";
    const { maxCalls } = this.#parts;
    const coming = this.#dialling.size - (placed !== undefined && this.#dialling.has(placed) ? 1 : 0);
    return maxCalls > 0 && this.#live.size + coming >= maxCalls ? "full" : undefined;
  }

  /** A new call, where there is room for one. */
  open(birth: Birth): LiveCall | Extract<Admission, { kind: "busy" }> {
    const { meter, log } = this.#parts;
    const { carrier, ring, ticket } = birth;
    const busy = this.noRoom(birth.id);
    if (busy) return { kind: "busy", why: busy };
    const name = key(carrier.dialect.name, ring.carrierCallId);
    try {
      const call = new LiveCall(this.#parts, birth, this.feed, (over, settled) => {
        this.#forget(name, over, settled);
      });
      if (call.over) return { kind: "busy", why: "broken" };
      this.#live.set(name, { call, ticket, answer: undefined });
      this.#byId.set(call.id, call);
      meter.count("calls_opened", { carrier: carrier.dialect.name });
      return call;
    } catch (error) {
      log.error({ err: error }, "a call could not be opened");
      return { kind: "busy", why: "broken" };
    }
  }

  /**
   * No new calls from this moment on; one that is being placed is taken back. Resolves when the live ones have ended by themselves
   * or, after `timeoutMs`, were made to, and their books are written or late.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    await this.#emptyWithin(timeoutMs);
    await this.#cut();
    await this.#within(SETTLE_MS, Promise.allSettled([...this.#settling, ...this.#dialling.values()]));
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
    this.#byId.delete(call.id);
    if (entry?.ticket !== undefined) this.tickets.revoke(entry.ticket);
    const { next, application } = call;
    this.#over.set(name, { next, application });
    for (const oldest of this.#over.keys()) {
      if (this.#over.size <= REMEMBERED) break;
      this.#over.delete(oldest);
    }
    this.#settling.add(settled);
    void settled.finally(() => this.#settling.delete(settled));
    this.#tellWhenEmpty();
  }

  /** No call is up, and none is being placed. */
  get #empty(): boolean {
    return this.#live.size === 0 && this.#dialling.size === 0;
  }

  #tellWhenEmpty(): void {
    if (!this.#empty) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  async #emptyWithin(ms: number): Promise<void> {
    if (this.#empty || ms <= 0) return;
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
