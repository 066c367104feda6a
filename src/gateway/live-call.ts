import type { CallParts, WarmCall } from "../call/call.ts";
import type { Ring } from "../carrier/carrier.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { Journal } from "../journal/journal.ts";
import { sinceMs } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { BookEntry, CallClosing, CallEnd, CallId } from "../record/record.ts";
import type { CallFeed } from "./call-feed.ts";
import type { Carrier } from "./carriers.ts";
import type { MediaLine } from "./media-line.ts";
import type { GatewayParts } from "./parts.ts";

/** A ring without a media stream within this was not meant. Not before a ticket expires. */
const CONNECT_MS = 60_000;
/** Ends that are the carrier's doing: there is nothing left to hang up. */
const GONE: readonly CallEnd["how"][] = ["caller-hung-up", "carrier-lost", "never-connected"];
/** Ends that leave a caller on the line, by no wish of the agent's. */
const BROKEN: readonly CallEnd["how"][] = ["failed", "carrier-lost", "never-connected"];
/** How long a conversation may take to write down what was said, once its signal has aborted. It needs about a millisecond. */
const LAST_WORDS_MS = 500;
/** What has been said must survive us; decisions may go with the crash. */
const ACKNOWLEDGED: readonly BookEntry["kind"][] = ["open", "turn", "close"];

/**
 * One call from its ring to its end, with everything it holds: journal, ear and mouth, line. However it ends, it ends once,
 * and then it holds nothing; what was said is written in the journal and on its way into the books.
 */
export class LiveCall {
  readonly id: CallId;
  readonly carrier: Carrier;
  readonly carrierCallId: string;
  readonly #parts: GatewayParts;
  readonly #feed: CallFeed;
  readonly #log: Log;
  readonly #beganAt: number;
  readonly #journal: Journal;
  readonly #stop = new AbortController();
  readonly #whenOver: (call: LiveCall, settled: Promise<void>) => void;
  readonly #cancelWait: () => void;
  #warm: WarmCall | undefined;
  #line: MediaLine | undefined;
  #talk: Promise<CallEnd> | undefined;
  #flushed: Promise<void> = Promise.resolve();
  /** `ending`: let go of everything, only the conversation's last words may still be written. */
  #phase: "up" | "ending" | "over" = "up";
  #end: CallEnd | undefined;

  /** Throws when the journal cannot be opened; then nothing is held. `whenOver`: once; `settled` never rejects. */
  constructor(
    parts: GatewayParts,
    carrier: Carrier,
    ring: Ring,
    feed: CallFeed,
    whenOver: (call: LiveCall, settled: Promise<void>) => void,
  ) {
    this.id = parts.ids.id("call") as CallId;
    this.carrier = carrier;
    this.carrierCallId = ring.carrierCallId;
    this.#parts = parts;
    this.#feed = feed;
    this.#log = parts.log.child({ call: this.id, carrier: carrier.dialect.name });
    this.#beganAt = parts.clock.now();
    this.#whenOver = whenOver;
    const agent = parts.agents.forNumber(ring.to);
    this.#journal = parts.journals.open(this.id);
    this.#cancelWait = parts.clock.after(CONNECT_MS, () => this.neverConnected("no media stream within 60 s"));
    this.#write({
      kind: "open",
      opening: {
        id: this.id,
        carrier: carrier.dialect.name,
        ...ring,
        agent: agent.name,
        language: agent.language,
        openedAt: parts.clock.wall(),
        ...(agent.webhookUrl === undefined ? {} : { webhookUrl: agent.webhookUrl }),
      },
    });
    this.#warmUp(agent);
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

  /** The media stream began: the conversation runs on `line`, whose listeners are set before this returns. */
  converse(line: MediaLine): void {
    if (this.over || this.#line || !this.#warm) throw new Error("a call converses once, while it is up");
    this.#cancelWait();
    this.#line = line;
    this.#write({ kind: "answered", at: this.#parts.clock.wall() });
    this.#talk = this.#warm.run(line);
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
    if (!this.#line) this.end({ how: "never-connected", detail });
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
    this.#cancelWait();
    this.#stop.abort(new Error("the call is over"));
    this.#line?.close(end.how === "failed" ? 1011 : 1000);
    // A carrier told to hang up would not ask any more what to say to the caller.
    if (!GONE.includes(end.how) && !(end.how === "failed" && this.owesWords)) this.#hangUp();
    meter.count("calls_ended", { carrier: this.carrier.dialect.name, how: end.how });
    meter.observe("call_duration_ms", clock.now() - this.#beganAt, { carrier: this.carrier.dialect.name });
    this.#log.info({ how: end.how }, "a call ended");
    if (this.#talk) void this.#lastWords(this.#talk).then(() => this.#close(closing));
    else this.#close(closing);
  }

  #close(closing: CallClosing): void {
    this.#write({ kind: "close", closing });
    this.#phase = "over";
    this.#whenOver(this, this.#settle());
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

  #warmUp(agent: AgentProfile): void {
    const { clock, meter, stt, tts, apology, warmCall } = this.#parts;
    const parts: CallParts = {
      clock,
      log: this.#log,
      meter,
      stt,
      tts,
      agent,
      apology: (format) => apology(agent.language, format),
      journal: (entry) => this.#journal.append(entry),
      write: (entry) => this.#write(entry),
      recordAudio: this.#parts.recordAudio,
    };
    try {
      this.#warm = warmCall(parts, this.carrier.dialect.usualFormat, this.#stop.signal);
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * To the journal, to the books and to who follows the calls, at once. What a restart must not lose is put on the disk; the call
   * does not wait for it.
   */
  #write(entry: BookEntry): void {
    if (this.#phase === "over") return;
    this.#journal.append({ atMs: sinceMs(this.#parts.clock, this.#beganAt), book: entry });
    this.#parts.books.write(this.id, entry);
    this.#feed.tell(this.id, entry);
    if (ACKNOWLEDGED.includes(entry.kind)) this.#flushed = this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      await this.#journal.flush();
    } catch (error) {
      this.#parts.meter.count("journal_flush_failures");
      this.#log.error({ err: error }, "a journal could not be flushed");
    }
  }

  #hangUp(): void {
    this.carrier.hangUp?.(this.carrierCallId).catch((error: unknown) => {
      this.#parts.meter.count("hang_up_failures", { carrier: this.carrier.dialect.name });
      this.#log.warn({ err: error }, "the carrier did not hang up");
    });
  }

  /** Books first, then the journal need not be recovered, then the job: where one fails, the next start or the sweep does it. */
  async #settle(): Promise<void> {
    const { books, store, jobs, meter } = this.#parts;
    try {
      await this.#flushed;
      await books.settled(this.id);
      await this.#journal.settle();
    } catch (error) {
      meter.count("settle_failures");
      this.#log.error({ err: error }, "a call was not settled; the next start recovers it");
      return;
    }
    try {
      for (const kind of store.owes) await jobs.add({ kind, callId: this.id });
    } catch (error) {
      meter.count("job_add_failures");
      this.#log.warn({ err: error }, "a job was not queued; the sweep will do it");
    }
  }
}
