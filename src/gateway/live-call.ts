import { type CallParts, type Order, voiceAfter, type WarmCall } from "../call/call.ts";
import type { AfterCall } from "../carrier/carrier.ts";
import type { AgentProfile, CallFacts } from "../dialog/dialog.ts";
import { sinceMs } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { BookEntry, CallClosing, CallEnd, CallId, Voice } from "../record/record.ts";
import { type Birth, dialled, openingOf } from "./birth.ts";
import { BROKEN, GONE, STILL_LEAVES } from "./call-ends.ts";
import type { CallFeed } from "./call-feed.ts";
import type { Carrier } from "./carriers.ts";
import type { MediaLine } from "./media-line.ts";
import { Paperwork } from "./paperwork.ts";
import type { ApplicationEnd, GatewayParts } from "./parts.ts";

/** A ring without a media stream within this was not meant. Not before a ticket expires. */
const CONNECT_MS = 60_000;
/** How long a conversation may take to write down what was said, once its signal has aborted. It needs about a millisecond. */
const LAST_WORDS_MS = 500;

/**
 * One call from its ring to its end, with everything it holds: journal, ear and mouth, line. However it ends, it ends once,
 * and then it holds nothing; what was said is written in the journal and on its way into the books.
 */
export class LiveCall {
  readonly id: CallId;
  readonly carrier: Carrier;
  readonly carrierCallId: string;
  readonly direction: "inbound" | "outbound";
  readonly agent: AgentProfile;
  readonly #birth: Birth;
  #voice: Voice;
  readonly #parts: GatewayParts;
  readonly #log: Log;
  readonly #beganAt: number;
  readonly #papers: Paperwork;
  readonly #stop = new AbortController();
  readonly #whenOver: (call: LiveCall, settled: Promise<void>) => void;
  readonly #cancelWait: () => void;
  #warm: WarmCall | undefined;
  #line: MediaLine | undefined;
  #talk: Promise<CallEnd> | undefined;
  /** `ending`: let go of everything, only the conversation's last words may still be written. */
  #phase: "up" | "ending" | "over" = "up";
  #end: CallEnd | undefined;
  /** How it ended, once it has. */
  readonly ended: Promise<CallEnd>;
  #tellEnded: (end: CallEnd) => void = () => {};
  #tellConnected: () => void = () => {};
  #next: AfterCall | undefined;

  /** Throws when the journal cannot be opened; then nothing is held. `whenOver`: once; `settled` never rejects. */
  constructor(
    parts: GatewayParts,
    birth: Birth,
    feed: CallFeed,
    whenOver: (call: LiveCall, settled: Promise<void>) => void,
  ) {
    const { carrier, ring, agent, direction = "inbound", waitMs = CONNECT_MS } = birth;
    this.id = birth.id ?? (parts.ids.id("call") as CallId);
    this.carrier = carrier;
    this.carrierCallId = ring.carrierCallId;
    this.direction = direction;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.agent = agent;
    this.#voice = agent.voice;
    this.#birth = birth;
    this.#parts = parts;
    this.#log = parts.log.child({ call: this.id, carrier: carrier.dialect.name });
    this.#beganAt = parts.clock.now();
    this.#whenOver = whenOver;
    this.#papers = new Paperwork(parts, this.id, feed, this.#log);
    const waited = `no media stream within ${Math.round(waitMs / 1000)} s`;
    this.#cancelWait = parts.clock.after(waitMs, () => this.neverConnected(waited));
    this.#write({ kind: "open", opening: openingOf(birth, this.id, parts.clock.wall()) });
    if (direction === "inbound") this.warmUp();
  }

  get over(): boolean {
    return this.#phase !== "up";
  }

  /** It is over, and the caller, still there, has heard nothing of us. */
  get owesWords(): boolean {
    if (!this.#line) return true;
    return this.#end !== undefined && BROKEN.includes(this.#end.how) && !this.#line.spoken;
  }

  get connected(): boolean {
    return this.#line !== undefined;
  }

  /** How the agent sounds, or will from its next sentence on. */
  get voice(): Voice {
    return this.#voice;
  }

  /** What becomes of the caller when the stream is over. */
  get next(): AfterCall {
    return this.#next ?? { kind: this.owesWords ? "apologise" : "hang-up" };
  }

  /** Whom to ask instead, and what they are told; nobody unless the agent is an application that wants to be. */
  get application(): { readonly url: string; readonly end: ApplicationEnd } | undefined {
    const { actionUrl: url } = this.agent;
    if (url === undefined || !this.#line || this.#next) return undefined;
    const { how, handoffData } = this.#end ?? {};
    const status = how === "agent-hung-up" ? "ended" : how === "failed" ? "failed" : "completed";
    const durationMs = sinceMs(this.#parts.clock, this.#beganAt);
    return { url, end: { call: this.#facts(), status, durationMs, handoffData } };
  }

  /** The conversation ends, after these words if any, and the caller goes on elsewhere. */
  leaveTo(next: AfterCall, end: CallEnd, say?: string): void {
    this.#next = next;
    this.order({ do: "end", end, ...(say !== undefined && { say }) });
  }

  /** Whoever is at the controls wants this. A call that has not begun can only be ended. */
  order(order: Order): boolean {
    if (this.over) return false;
    if (order.do === "retune" && this.#line) this.#voice = voiceAfter(this.#voice, order.tuning);
    if (this.#line) this.#warm?.order(order);
    else if (order.do === "end") this.end(order.end);
    else return false;
    return true;
  }

  /** Something for the screen that the line leads to. False where there is none. */
  tell(name: string, data: unknown): boolean {
    return !this.over && (this.#line?.tell(name, data) ?? false);
  }

  /** Where it is heard, from when its media stream began. */
  get line(): MediaLine | undefined {
    return this.#line;
  }

  /** Calls back, once, when there is a line; never, if there never is. */
  whenConnected(tell: () => void): void {
    if (this.#line) tell();
    else this.#tellConnected = tell;
  }

  /** The media stream began: the conversation runs on `line`, whose listeners are set before this returns. */
  converse(line: MediaLine): void {
    if (!this.over && !this.#line) this.warmUp();
    if (this.over || this.#line || !this.#warm) throw new Error("a call converses once, while it is up");
    this.#cancelWait();
    this.#line = line;
    this.#write({ kind: "answered", at: this.#parts.clock.wall() });
    this.#talk = this.#warm.run(line);
    this.#tellConnected();
    this.#talk.then(
      (end) => this.end(end),
      (error: unknown) => {
        // Once the call is over its signal has aborted, and `run` says no more than that.
        if (!this.over) this.failed(error);
      },
    );
  }

  /** The carrier reported the call over. A line that still stands is told, and ends the conversation in its own way. */
  reportedOver(status: string): void {
    if (this.#line) this.#line.hungUp(`the carrier reported ${status}`);
    else this.neverConnected(`the carrier reported ${status}`);
  }

  /** Says nothing about a call that has its stream. */
  neverConnected(detail: string): void {
    const how = this.direction === "outbound" ? "not-answered" : "never-connected";
    if (!this.#line) this.end({ how, detail });
  }

  /** A mistake of our own: this call's end, and nobody else's. */
  failed(error: unknown): void {
    this.#parts.meter.count("calls_broken");
    this.#log.error({ err: error }, "a call failed on our side");
    this.end({ how: "failed", detail: "an error of the gateway's own" });
  }

  /** Asks the conversation to end now. One that has not begun ends here. */
  forceDrain(): void {
    if (this.#line) this.#line.forceDrain();
    else this.end({ how: "drain-forced", detail: "the gateway stops" });
  }

  /** The first end counts; later ones are those of things that were let go of. */
  end(end: CallEnd): void {
    if (this.over) return;
    const { clock, meter } = this.#parts;
    const closing = { end, endedAt: clock.wall() };
    this.#phase = "ending";
    this.#end = end;
    if (!this.#leaves(end)) this.#next = undefined;
    this.#tellEnded(end);
    this.#cancelWait();
    this.#stop.abort(new Error("the call is over"));
    this.#line?.close(end.how === "failed" ? 1011 : 1000);
    // A carrier told to hang up would not ask any more what to say to the caller.
    if (!GONE.includes(end.how) && !this.#goesOn(end)) this.#hangUp();
    meter.count("calls_ended", { carrier: this.carrier.dialect.name, how: end.how });
    meter.observe("call_duration_ms", clock.now() - this.#beganAt, { carrier: this.carrier.dialect.name });
    this.#log.info({ how: end.how }, "a call ended");
    if (this.#talk) void this.#lastWords(this.#talk).then(() => this.#close(closing));
    else this.#close(closing);
  }

  /** Does this end lead where the caller was to go? Into a room only the one that was meant to: nobody else would come there. */
  #leaves({ how }: CallEnd): boolean {
    return (
      how === "transferred" ||
      (STILL_LEAVES.includes(how) && (this.#next?.kind === "dial" || this.#next?.kind === "client"))
    );
  }

  /** The carrier will ask what becomes of the caller: one told to hang up would not. */
  #goesOn({ how }: CallEnd): boolean {
    const asks = this.application !== undefined && (how === "agent-hung-up" || how === "failed");
    return this.#next !== undefined || asks || (how === "failed" && this.owesWords);
  }

  #close(closing: CallClosing): void {
    this.#write({ kind: "close", closing });
    this.#phase = "over";
    this.#whenOver(this, this.#papers.settle());
  }

  /** Resolves when the conversation has written down what was said, or has had the time for it. */
  #lastWords(talk: Promise<CallEnd>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(LAST_WORDS_MS, () => {
        this.#log.error({}, "a conversation did not stop with its call");
        resolve();
      });
      const done = (): void => {
        cancel();
        resolve();
      };
      talk.then(done, done);
    });
  }

  /** Opens ear and mouth, once. */
  warmUp(): void {
    if (this.#warm) return;
    const { agent } = this;
    const { clock, meter, stt, tts, apology, warmCall } = this.#parts;
    const parts: CallParts = {
      clock,
      log: this.#log,
      meter,
      stt,
      tts,
      agent,
      facts: this.#facts(),
      apology: (format) => apology(agent.language, format),
      journal: (entry) => this.#papers.append(entry),
      write: (entry) => this.#write(entry),
      show: (caption) => this.#papers.show(caption),
      recordAudio: this.#parts.recordAudio,
    };
    try {
      this.#warm = warmCall(parts, this.carrier.dialect.usualFormat, this.#stop.signal);
    } catch (error) {
      this.failed(error);
    }
  }

  #write(entry: BookEntry): void {
    if (this.#phase !== "over") this.#papers.write(entry);
  }

  #facts(): CallFacts {
    const { id, direction, carrierCallId, carrier } = this;
    const { ring, params = {} } = this.#birth;
    return { id, direction, carrierCallId, carrier: carrier.dialect.name, from: ring.from, to: dialled(ring), params };
  }

  #hangUp(): void {
    this.carrier.hangUp?.(this.carrierCallId).catch((error: unknown) => {
      this.#parts.meter.count("hang_up_failures", { carrier: this.carrier.dialect.name });
      this.#log.warn({ err: error }, "the carrier did not hang up");
    });
  }
}
