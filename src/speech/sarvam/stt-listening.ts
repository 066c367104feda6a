import type { AudioFormat } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import type { Meter } from "../../kit/meter.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { OpenSocket } from "../../kit/socket.ts";
import type { Ear, Heard } from "../speech.ts";
import { SttConnection } from "./stt-connection.ts";
import { KeptAudio } from "./stt-kept-audio.ts";
import { Outage } from "./stt-outage.ts";
import { UtteranceNumbers } from "./stt-utterance-numbers.ts";
import { pauseMs, type Verdict } from "./stt-verdict.ts";
import type { SttApi, SttNews, SttWire } from "./stt-wire.ts";

const KEEP_MS = 5000;
/**
 * Audio shortly before the end of an utterance is kept with what follows: some of it may still have been under way. It is
 * silence (both servers wait longer than this before they call speech ended), so nothing is heard twice.
 */
const MARGIN_MS = 300;
/** Speech that was over is heard again only if it is told again: more than the silence a server waits for before it ends speech. */
const AGAIN_MS = 1000;
/** What is told again is told at once, and heard within this time: what begins later is something else. */
const HEARD_AGAIN_MS = 2000;

/** Whether it can be spliced into a message without breaking out of its string. Two scans cost a tenth of one pattern. */
const isSpliceable = (payload: string): boolean => !payload.includes('"') && !payload.includes("\\");

export type ListeningParts = {
  readonly apiKey: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly open: OpenSocket;
};

/** The sockets to listen over: `fallback` once the first refuses; `onRefused` is told which refused. */
export type ListeningWires = {
  readonly first: SttWire;
  readonly fallback?: SttWire;
  readonly onRefused: (api: SttApi) => void;
};

/**
 * One call's ear. Audio is kept since the last transcript (5 s of it at most) and told again to each new connection: the
 * audio kept is also the queue before the first one opens and while one is congested, so there is nothing else to lose.
 */
export class SttListening implements Ear {
  readonly #parts: ListeningParts;
  readonly #signal: AbortSignal;
  readonly #onRefused: (api: SttApi) => void;
  readonly #heard = new Mailbox<Heard>();
  readonly #kept: KeptAudio;
  readonly #numbers = new UtteranceNumbers();
  /** Positions in the kept audio: what this connection is to be told next, and what no connection was ever told. */
  #next = 0;
  #untold = 0;
  /** Where in the audio each utterance was over, until its transcript comes. */
  #overAt = new Map<number, number>();
  #wire: SttWire;
  #fallback: SttWire | undefined;
  #connection: SttConnection | undefined;
  readonly #outage = new Outage();
  /** Until when speech that had ended before a connection was lost may be heard again. */
  #againUntilMs: number | undefined;
  #cancelRetry: (() => void) | undefined;
  #over = false;

  constructor(parts: ListeningParts, format: AudioFormat, wires: ListeningWires, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#kept = new KeptAudio(format);
    this.#wire = wires.first;
    this.#fallback = wires.fallback;
    this.#onRefused = wires.onRefused;
    signal.addEventListener("abort", this.#finish, { once: true });
    if (signal.aborted) this.#finish();
    else this.#connect();
  }

  hear(payload: string): void {
    if (this.#over || payload === "") return;
    if (!isSpliceable(payload)) return this.#countDropped(1);
    this.#kept.push(payload);
    this.#tell();
    this.#forgetOldest();
  }

  [Symbol.asyncIterator](): AsyncIterator<Heard> {
    return this.#heard[Symbol.asyncIterator]();
  }

  #connect(): void {
    try {
      this.#connection = new SttConnection(this.#wire, this.#parts, {
        onOpen: () => this.#opened(),
        onNews: (news) => this.#take(news),
        onEnd: (verdict, servedMs) => this.#lost(verdict, servedMs),
      });
    } catch (error) {
      // An address or a key that cannot even be written into a request.
      this.#fail(`the socket cannot be opened: ${String(error)}`, false);
    }
  }

  #opened(): void {
    const { clock, meter } = this.#parts;
    meter.count("stt_sockets_opened", { api: this.#wire.api });
    const { sinceMs } = this.#outage;
    if (sinceMs !== undefined) {
      meter.count("stt_reconnects", { api: this.#wire.api });
      const awayMs = Math.round(clock.now() - sinceMs);
      this.#note(
        `${this.#wire.api} ear connected again after ${awayMs} ms, told ${Math.round(this.#kept.ms)} ms again`,
      );
    }
    this.#againUntilMs = this.#overAt.size > 0 ? clock.now() + HEARD_AGAIN_MS : undefined;
    this.#tell();
  }

  /** Hands the connection all it can take of what it was not told yet. */
  #tell(): void {
    for (; this.#next < this.#kept.end; this.#next += 1) {
      const payload = this.#kept.at(this.#next);
      if (payload !== undefined && !this.#connection?.take(payload)) break;
    }
    this.#untold = Math.max(this.#untold, this.#next);
  }

  #forgetOldest(): void {
    const firstUntold = Math.max(this.#untold, this.#kept.start);
    this.#kept.keepMs(KEEP_MS);
    this.#next = Math.max(this.#next, this.#kept.start);
    if (this.#kept.start > firstUntold) this.#countDropped(this.#kept.start - firstUntold);
  }

  #take(news: SttNews): void {
    const { log, meter } = this.#parts;
    const { api } = this.#wire;
    switch (news.kind) {
      case "speech-started":
      case "speech-ended":
      case "partial":
      case "final":
        return this.#pass(news);
      case "complaint":
        return log.warn({ api, code: news.complaint.code, fatal: news.complaint.fatal }, "speech-to-text complained");
      case "unknown":
        return meter.count("stt_unknown_messages", { api });
      case "malformed":
        return meter.count("stt_malformed_messages", { api });
      case "pong":
      case "nothing":
        return;
      default:
        return news satisfies never;
    }
  }

  #pass(news: Extract<SttNews, { readonly index: number }>): void {
    const { index, ...rest } = news;
    if (this.#againUntilMs !== undefined && this.#parts.clock.now() > this.#againUntilMs) this.#numbers.letGo();
    const utterance = this.#numbers.of(index);
    switch (news.kind) {
      case "speech-started":
        this.#numbers.started(utterance);
        this.#overAt.delete(utterance);
        break;
      case "speech-ended":
        this.#overAt.set(utterance, this.#next);
        break;
      case "final":
        this.#numbers.transcribed(utterance);
        this.#outage.end();
        this.#forgetUntil(utterance);
        break;
      case "partial":
        break;
      default:
        return news satisfies never;
    }
    this.#heard.put({ ...rest, utterance });
  }

  /** What an utterance with a transcript was made of need not be told again. */
  #forgetUntil(utterance: number): void {
    // With no word of its end, what belongs to it is known only if nothing was said after it.
    const over = this.#overAt.get(utterance) ?? (utterance === this.#numbers.latest ? this.#next : undefined);
    if (over === undefined) return;
    this.#kept.keepFrom(over, MARGIN_MS);
    for (const older of this.#overAt.keys()) if (older < utterance) this.#overAt.delete(older);
  }

  #lost(verdict: Verdict, servedMs: number): void {
    const { apiKey, log } = this.#parts;
    const why = verdict.why.replaceAll(apiKey, "[key]").slice(0, 300);
    log.warn({ api: this.#wire.api, verdict: verdict.kind, why }, "speech-to-text connection lost");
    this.#connection = undefined;
    this.#next = this.#kept.start;
    this.#restartNumbers();
    switch (verdict.kind) {
      case "again":
        return this.#tryAgain(verdict.pace, why, servedMs);
      case "refused":
        return this.#fallBack(why);
      case "hopeless":
        return this.#fail(why, false);
      default:
        return verdict satisfies never;
    }
  }

  /** An utterance without a transcript keeps its number if the next connection is told of it again. */
  #restartNumbers(): void {
    const { untranscribed } = this.#numbers;
    const over = untranscribed === undefined ? undefined : this.#overAt.get(untranscribed);
    this.#numbers.restart();
    this.#overAt.clear();
    if (untranscribed === undefined || over === undefined) return;
    if (this.#kept.msBefore(over) > AGAIN_MS) this.#overAt.set(untranscribed, over);
    else this.#numbers.letGo();
  }

  #tryAgain(pace: Extract<Verdict, { kind: "again" }>["pace"], why: string, servedMs: number): void {
    const { clock, ids } = this.#parts;
    const failures = this.#outage.lost(servedMs, clock.now());
    if (failures === "give-up") return this.#fail(why, true);
    if (failures === 1) this.#note(`${this.#wire.api} ear lost (${why}), connecting again`);
    const waitMs = pauseMs(pace, failures, () => ids.chance());
    this.#cancelRetry = clock.after(waitMs, () => this.#connect());
  }

  #fallBack(why: string): void {
    this.#onRefused(this.#wire.api);
    if (!this.#fallback) return this.#fail(why, false);
    this.#parts.meter.count("stt_fallbacks");
    this.#note(`${this.#wire.api} ear refused (${why}), falling back to ${this.#fallback.api}`);
    this.#wire = this.#fallback;
    this.#fallback = undefined;
    this.#outage.end();
    this.#connect();
  }

  #fail(why: string, retryable: boolean): void {
    if (this.#over) return;
    const error = new ProviderError("sarvam-stt", `Sarvam's ${this.#wire.api} ear: ${why}`, retryable);
    this.#parts.meter.count("stt_failures");
    this.#heard.put({ kind: "ear-failed", error });
    this.#finish();
  }

  readonly #finish = (): void => {
    this.#over = true;
    this.#signal.removeEventListener("abort", this.#finish);
    this.#cancelRetry?.();
    this.#connection?.close();
    this.#connection = undefined;
    this.#heard.close();
  };

  #note(note: string): void {
    this.#heard.put({ kind: "ear-note", note });
  }

  #countDropped(frames: number): void {
    this.#parts.meter.count("stt_frames_dropped", { api: this.#wire.api }, frames);
  }
}
