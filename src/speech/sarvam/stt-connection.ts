import type { Clock } from "../../kit/clock.ts";
import type { OpenSocket, SocketEnd, TextSocket } from "../../kit/socket.ts";
import { judgeComplaint, judgeEnd, type Verdict } from "./stt-verdict.ts";
import type { SttComplaint, SttNews, SttSession, SttWire } from "./stt-wire.ts";

/** Beyond this much unsent text the socket takes no more audio: the line goes on, the ear must not hold it up. */
const CONGESTED_BYTES = 1024 * 1024;
/** How long audio may wait for more before it is sent alone. */
const TAIL_MS = 60;
/** A complaint explains an end that follows within this time. */
const EXPLAINS_MS = 2000;

type SttConnectionParts = { readonly apiKey: string; readonly clock: Clock; readonly open: OpenSocket };

export type SttConnectionListener = {
  readonly onOpen: () => void;
  readonly onNews: (news: SttNews) => void;
  /** Once, unless `close` came first. `servedMs`: how long it was open. */
  readonly onEnd: (verdict: Verdict, servedMs: number) => void;
};

/** One connection to one of Sarvam's ears, from opening to its end: its messages, its keep-alive, its batching. */
export class SttConnection {
  readonly #clock: Clock;
  readonly #wire: SttWire;
  readonly #session: SttSession;
  readonly #listener: SttConnectionListener;
  readonly #socket: TextSocket;
  #over = false;
  #openedMs: number | undefined;
  #lastSentMs = 0;
  #gatheredSinceMs: number | undefined;
  #complained: { readonly complaint: SttComplaint; readonly atMs: number } | undefined;
  /** Whether this server answers pings at all, and whether it has said anything since the last one. */
  #pongs = false;
  #quiet = false;
  #cancelKeepAlive: (() => void) | undefined;
  #cancelTail: (() => void) | undefined;

  constructor(wire: SttWire, { apiKey, clock, open }: SttConnectionParts, listener: SttConnectionListener) {
    this.#wire = wire;
    this.#clock = clock;
    this.#listener = listener;
    this.#session = wire.begin();
    this.#socket = open(
      wire.url,
      { "api-subscription-key": apiKey },
      { onOpen: () => this.#opened(), onText: (text) => this.#read(text), onEnd: (end) => this.#ended(end) },
      clock,
    );
  }

  /** False when this audio could not be taken: not open, or too much is waiting to leave. */
  take(payload: string): boolean {
    if (this.#over || !this.#socket.open || this.#socket.bufferedBytes > CONGESTED_BYTES) return false;
    const message = this.#session.audio(payload);
    if (message === undefined) this.#awaitMore();
    else this.#send(message);
    return true;
  }

  /** Ends it without another word to the listener. */
  close(): void {
    this.#finish();
    this.#socket.close();
  }

  #opened(): void {
    if (this.#over) return;
    this.#openedMs = this.#clock.now();
    this.#lastSentMs = this.#openedMs;
    this.#keepAliveIn(this.#wire.keepAlive.everyMs);
    this.#listener.onOpen();
  }

  #read(text: string): void {
    if (this.#over) return;
    this.#quiet = false;
    const news = this.#session.read(text);
    if (news.kind === "pong") this.#pongs = true;
    this.#listener.onNews(news);
    if (news.kind === "complaint") this.#heed(news.complaint);
  }

  #heed(complaint: SttComplaint): void {
    this.#complained = { complaint, atMs: this.#clock.now() };
    const verdict = judgeComplaint(complaint);
    if (!verdict || this.#over) return;
    this.close();
    this.#listener.onEnd(verdict, this.#servedMs());
  }

  #ended(end: SocketEnd): void {
    if (this.#over) return;
    this.#finish();
    const recent = this.#complained && this.#clock.now() - this.#complained.atMs <= EXPLAINS_MS;
    this.#listener.onEnd(judgeEnd(end, recent ? this.#complained?.complaint : undefined), this.#servedMs());
  }

  #finish(): void {
    this.#over = true;
    this.#cancelKeepAlive?.();
    this.#cancelTail?.();
  }

  #servedMs(): number {
    return this.#openedMs === undefined ? 0 : this.#clock.now() - this.#openedMs;
  }

  #send(message: string): void {
    this.#gatheredSinceMs = undefined;
    this.#lastSentMs = this.#clock.now();
    this.#socket.send(message);
  }

  /** One timer that runs on while audio comes, instead of one per frame. */
  #awaitMore(): void {
    this.#gatheredSinceMs ??= this.#clock.now();
    this.#cancelTail ??= this.#clock.after(TAIL_MS, () => this.#tail());
  }

  #tail(): void {
    this.#cancelTail = undefined;
    if (this.#gatheredSinceMs === undefined) return;
    const leftMs = this.#gatheredSinceMs + TAIL_MS - this.#clock.now();
    if (leftMs > 0) {
      this.#cancelTail = this.#clock.after(leftMs, () => this.#tail());
      return;
    }
    const rest = this.#session.rest();
    if (rest !== undefined) this.#send(rest);
  }

  #keepAliveIn(ms: number): void {
    this.#cancelKeepAlive = this.#clock.after(ms, () => this.#keepAlive());
  }

  #keepAlive(): void {
    const { everyMs, whenIdle } = this.#wire.keepAlive;
    const leftMs = whenIdle ? this.#lastSentMs + everyMs - this.#clock.now() : 0;
    if (leftMs > 0) return this.#keepAliveIn(leftMs);
    if (this.#pongs && this.#quiet) {
      // Whoever ends the WebSocket may still answer its pings (kit/socket) when nobody behind it does any more.
      this.#socket.close();
      return this.#ended({ code: 1006, reason: "no answer to a ping" });
    }
    this.#quiet = true;
    for (const message of this.#session.idle()) this.#send(message);
    this.#keepAliveIn(everyMs);
  }
}
