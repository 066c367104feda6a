import { type AudioFormat, base64Bytes, bytesPerMs } from "../audio/format.ts";
import { mulawOfAlawPayload } from "../audio/g711.ts";
import { GapFiller, silence } from "../audio/gaps.ts";
import { OpusStream } from "../audio/opus.ts";
import { type OpusPacket, readOpusPacket } from "../audio/opus-packet.ts";
import type { LineEvent } from "../carrier/carrier.ts";
import { InOrder } from "../kit/in-order.ts";
import type { Pace } from "./pace.ts";

/** No audio for this long, and the carrier is leaving silence out: the ear must hear it, or the caller never stops speaking. */
const HUSH_MS = 750;
/** The same of a carrier that has not left any out so far: audio that is late comes after all, and would be torn. */
const UNSURE_HUSH_MS = 1_500;
/** Silence is put back in pieces of an ordinary size: providers limit their messages. */
const SILENCE_PIECE_MS = 100;
/** Half a minute of packets may come while the decoder is made, which takes an instant. */
const MOST_WAITING = 1_500;

export type Started = Extract<LineEvent, { kind: "started" }>;
type Audio = Extract<LineEvent, { kind: "audio" }>;

export type SoundListener = {
  readonly pace: Pace;
  readonly now: () => number;
  /** In the line's format. `filled`: silence in place of what did not come. */
  readonly hear: (payload: string, filled?: boolean) => void;
  readonly filled: (ms: number) => void;
  readonly complain: (why: string) => void;
  /** Does it now, and answers for what it throws. */
  readonly guarded: (work: () => void) => void;
};

/** The caller's sound on its way from a line to the ear: in order, whole, no faster than time, and untouched wherever it can be. */
export class SoundIn {
  readonly #format: AudioFormat;
  readonly #comesAs: Started["comesAs"];
  readonly #listener: SoundListener;
  readonly #gaps: GapFiller;
  readonly #order = new InOrder<Audio>();
  /** Until when the ear has heard something; unknown before the first audio. */
  #heardUntil: number | undefined;
  #opus: OpusStream | undefined;
  /** What came while there was no decoder yet. */
  #waiting: Audio[] | undefined;
  #over = false;

  constructor({ format, comesAs }: Started, listener: SoundListener) {
    this.#format = format;
    this.#comesAs = comesAs;
    this.#listener = listener;
    this.#gaps = new GapFiller(format);
    if (comesAs === "opus") this.#openOpus();
  }

  /** `nowMs`: when it came. */
  take(audio: Audio, nowMs: number): void {
    if (this.#waiting) return this.#wait(this.#waiting, audio);
    const ready = audio.place === undefined ? [audio] : this.#order.take(audio.place, audio);
    for (const one of ready) this.#hear(one, nowMs);
  }

  /** What is held back until something before it comes is heard: nothing comes any more. */
  rest(nowMs: number): void {
    for (const one of this.#order.rest()) this.#hear(one, nowMs);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = undefined;
    this.#opus?.free();
    this.#opus = undefined;
  }

  /** Puts silence in, if it is time. Gives the time until there is something to be looked at again. */
  hush(nowMs: number): number {
    const silentMs = Math.floor(nowMs - (this.#heardUntil ?? nowMs));
    const hushMs = this.#gaps.leftOut ? HUSH_MS : UNSURE_HUSH_MS;
    // Not later than the shorter of the two: which one counts may change with the next frame.
    if (silentMs < hushMs) return Math.min(HUSH_MS, hushMs - silentMs);
    this.#gaps.filled(silentMs);
    this.#fill(silentMs);
    this.#heardUntil = nowMs;
    return HUSH_MS;
  }

  #hear({ payload, atMs }: Audio, nowMs: number): void {
    if (this.#comesAs === "opus") return this.#hearPacket(readOpusPacket(payload), atMs, nowMs);
    if (!this.#makeRoom(base64Bytes(payload), atMs, nowMs)) return;
    this.#listener.hear(this.#comesAs === "alaw" ? mulawOfAlawPayload(payload) : payload);
  }

  #hearPacket(packet: OpusPacket | undefined, atMs: number | undefined, nowMs: number): void {
    if (!packet) return this.#listener.complain("no packet of Opus");
    const bytes = packet.ms * bytesPerMs(this.#format);
    if (!this.#makeRoom(bytes, atMs, nowMs)) return;
    const pcm = this.#opus?.decode(packet);
    if (!pcm) this.#listener.complain("a damaged packet of Opus");
    this.#listener.hear((pcm ?? Buffer.alloc(bytes)).toString("base64"));
  }

  /** May so much be heard? Then silence stands where something before it is missing. */
  #makeRoom(bytes: number, atMs: number | undefined, nowMs: number): boolean {
    const { pace, complain } = this.#listener;
    const missingMs = this.#gaps.missingMs(atMs, bytes);
    if (!pace.allowsSound(missingMs + bytes / bytesPerMs(this.#format))) {
      complain("more sound than time");
      return false;
    }
    this.#fill(missingMs);
    this.#heardUntil = nowMs;
    return true;
  }

  #fill(ms: number): void {
    if (ms === 0) return;
    this.#listener.filled(ms);
    for (let left = ms; left > 0; left -= SILENCE_PIECE_MS) {
      this.#listener.hear(silence(this.#format, Math.min(left, SILENCE_PIECE_MS)), true);
    }
  }

  #openOpus(): void {
    const { guarded, now } = this.#listener;
    const waiting: Audio[] = [];
    this.#waiting = waiting;
    const opened = (stream: OpusStream): void => {
      if (this.#over) return stream.free();
      this.#opus = stream;
      this.#waiting = undefined;
      for (const audio of waiting) if (!this.#over) this.take(audio, now());
    };
    OpusStream.open().then(
      (stream) => guarded(() => opened(stream)),
      (error: unknown) =>
        guarded(() => {
          throw error;
        }),
    );
  }

  #wait(waiting: Audio[], audio: Audio): void {
    if (waiting.length < MOST_WAITING) waiting.push(audio);
    else this.#listener.complain("more sound than time");
  }
}
