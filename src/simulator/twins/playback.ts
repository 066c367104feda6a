import { type AudioFormat, bytesPerMs, silenceByte } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";

/** What a carrier does when told to clear. */
export type ClearWay = {
  /** Twilio cuts in mid-word; Exotel lets the chunk that is playing finish and drops those not yet begun. */
  readonly finishesChunk: boolean;
  /** Whether the marks of what was thrown away come back. */
  readonly returnsMarks: boolean;
};

export type PlaybackListener = {
  readonly onStarted: () => void;
  readonly onEnded: () => void;
  /** Before the marks that it sends back. `droppedMs`: audio that will never be heard; `playing`: something was. */
  readonly onCleared: (droppedMs: number, playing: boolean) => void;
  readonly onMark: (name: string, why: "played" | "empty" | "cleared") => void;
  readonly onMarkLost: (name: string) => void;
};

/** Part of one media message that was (or will be) played. `message` counts the gateway's media messages from 0. */
export type PlayedPart = {
  readonly message: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly audio: Buffer;
};

/**
 * The carrier's outbound buffer for one line: what is appended plays in real time, one chunk after the other; marks
 * come due when playback reaches them. Times are the clock's, in fractions of a millisecond.
 */
export class Playback {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  readonly #sampleBytes: number;
  readonly #silence: number;
  readonly #way: ClearWay;
  readonly #listener: PlaybackListener;
  readonly #parts: PlayedPart[] = [];
  #marks: { readonly name: string; readonly dueMs: number }[] = [];
  #tailMs = Number.NEGATIVE_INFINITY;
  #playing = false;
  #messages = 0;
  #disarm: () => void = () => {};

  constructor(clock: Clock, format: AudioFormat, way: ClearWay, listener: PlaybackListener) {
    this.#clock = clock;
    this.#bytesPerMs = bytesPerMs(format);
    this.#sampleBytes = format.encoding === "mulaw" ? 1 : 2;
    this.#silence = silenceByte(format);
    this.#way = way;
    this.#listener = listener;
  }

  /** Audio that is queued and not yet played. */
  get aheadMs(): number {
    return Math.max(0, this.#tailMs - this.#clock.now());
  }

  append(audio: Buffer): void {
    this.#settle();
    const startMs = Math.max(this.#clock.now(), this.#tailMs);
    this.#tailMs = startMs + audio.length / this.#bytesPerMs;
    this.#parts.push({ message: this.#messages, startMs, endMs: this.#tailMs, audio });
    this.#messages += 1;
    if (!this.#playing) {
      this.#playing = true;
      this.#listener.onStarted();
    }
    this.#arm();
  }

  mark(name: string): void {
    this.#settle();
    if (!this.#playing) return this.#listener.onMark(name, "empty");
    this.#marks.push({ name, dueMs: this.#tailMs });
    this.#arm();
  }

  /** Throws away what the carrier's way allows. */
  clear(): void {
    this.#settle();
    const wasMs = this.#tailMs;
    if (!this.#playing) return this.#listener.onCleared(0, false);
    this.#cutAt(this.#clock.now());
    this.#listener.onCleared(wasMs - this.#tailMs, true);
    const marks = this.#marks;
    this.#marks = [];
    for (const { name } of marks) {
      if (this.#way.returnsMarks) this.#listener.onMark(name, "cleared");
      else this.#listener.onMarkLost(name);
    }
    this.#settle();
    this.#arm();
  }

  /** The line is down: what was not played is never heard, and no mark comes back any more. */
  stop(): void {
    this.#settle();
    this.#disarm();
    this.#marks = [];
    const now = this.#clock.now();
    const unplayed = this.#parts.findIndex((part) => part.endMs > now);
    if (unplayed >= 0) this.#truncate(unplayed, now);
    if (this.#playing) this.#listener.onEnded();
    this.#playing = false;
  }

  /** What the caller has heard until now, message by message, cut to the sample. */
  heard(): readonly PlayedPart[] {
    const now = this.#clock.now();
    return this.#parts.filter((part) => part.startMs < now).map((part) => this.#until(part, now));
  }

  /** What is heard between two times, neither of them in the future: silence where nothing plays. */
  between(fromMs: number, toMs: number): Buffer {
    const place = (atMs: number): number =>
      Math.round(((atMs - fromMs) * this.#bytesPerMs) / this.#sampleBytes) * this.#sampleBytes;
    const out = Buffer.alloc(place(toMs), this.#silence);
    const first = this.#parts.findLastIndex(({ endMs }) => endMs <= fromMs) + 1;
    for (const { startMs, audio } of this.#parts.slice(first)) {
      const at = place(startMs);
      if (at < out.length) audio.copy(out, Math.max(0, at), Math.max(0, -at));
    }
    return out;
  }

  #cutAt(now: number): void {
    const current = this.#parts.findIndex((part) => part.endMs > now);
    if (current < 0) return;
    if (this.#way.finishesChunk) {
      const keep = this.#parts[current];
      this.#parts.length = current + 1;
      this.#tailMs = keep ? keep.endMs : now;
      return;
    }
    this.#truncate(current, now);
    this.#tailMs = now;
  }

  #truncate(index: number, now: number): void {
    const part = this.#parts[index];
    this.#parts.length = index;
    if (part && part.startMs < now) this.#parts.push(this.#until(part, now));
  }

  #until(part: PlayedPart, now: number): PlayedPart {
    if (part.endMs <= now) return part;
    const samples = Math.floor(((now - part.startMs) * this.#bytesPerMs) / this.#sampleBytes);
    return { ...part, endMs: now, audio: part.audio.subarray(0, samples * this.#sampleBytes) };
  }

  /** Brings the books up to now: marks that playback has reached, and whether anything still plays. */
  #settle(): void {
    const now = this.#clock.now();
    while (this.#marks[0] && this.#marks[0].dueMs <= now) {
      const [due] = this.#marks.splice(0, 1);
      if (due) this.#listener.onMark(due.name, "played");
    }
    if (this.#playing && this.#tailMs <= now) {
      this.#playing = false;
      this.#listener.onEnded();
    }
  }

  #arm(): void {
    this.#disarm();
    if (!this.#playing) return;
    const dueMs = this.#marks[0]?.dueMs ?? this.#tailMs;
    this.#disarm = this.#clock.after(Math.max(0, Math.ceil(dueMs - this.#clock.now())), () => {
      this.#settle();
      this.#arm();
    });
  }
}
