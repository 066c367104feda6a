import { EventEmitter } from "node:events";
import type { Writable } from "node:stream";
import { type AudioFormat, bytesPerMs, bytesPerSample, silenceByte } from "../audio/format.ts";
import type { Clock } from "../kit/clock.ts";
import { InOrder } from "../kit/in-order.ts";
import type { PcmPeer } from "./voice-agent-socket.ts";

/** Sound leaves so much before its time, that the player does not run dry; so much is still heard after a `clear`. */
const AHEAD_MS = 120;
const TICK_MS = 40;
/** Eight seconds and more that were not read: whoever listens hears the past. */
const UNREAD_BYTES = 256 * 1024;
/** Chunks may be long; providers limit their messages. */
const PIECE_MS = 100;
/** What has left may take so long to arrive when the call is over. */
const GOODBYE_MS = 1_000;

/**
 * A client that has no socket: it reads sound from a stream that never rests, silence where nothing is said, and sends its own in
 * numbered chunks. Nothing but sound reaches it.
 */
export class SoundStream extends EventEmitter implements PcmPeer {
  readonly OPEN = 1;
  readonly format: AudioFormat;
  readonly #reader: Writable;
  readonly #clock: Clock;
  readonly #order = new InOrder<Buffer>(0);
  #queue: Buffer[] = [];
  /** Until when the reader has sound, and the rest of a sample. */
  #sentUntil: number;
  #cancelTick: () => void = () => {};
  /** How it ended. A reader that goes away hangs up. */
  #code = 1000;
  #over = false;

  /** The stream begins at once. */
  constructor(reader: Writable, format: AudioFormat, clock: Clock) {
    super();
    this.#reader = reader;
    this.format = format;
    this.#clock = clock;
    this.#sentUntil = clock.now();
    // `close` follows, and says enough.
    reader.on("error", () => undefined);
    if (!reader.destroyed) reader.once("close", () => this.#gone());
    // Its `close` will not come again; whoever made us is to hear of it.
    else clock.after(0, () => this.#gone());
    this.#flow();
  }

  get readyState(): number {
    return this.#over ? this.OPEN + 1 : this.OPEN;
  }

  get bufferedAmount(): number {
    return this.#queue.reduce((bytes, { length }) => bytes + length, this.#reader.writableLength);
  }

  /** Sound, or what our line says of it. */
  send(data: string | Buffer): void {
    if (typeof data !== "string") this.#queue.push(data);
    else if (JSON.parse(data).type === "clear") this.#queue = [];
  }

  close(code: number): void {
    if (this.#over) return;
    this.#end();
    this.#code = code;
    this.#reader.end();
    const cancel = this.#clock.after(GOODBYE_MS, () => this.#reader.destroy());
    this.#reader.once("close", cancel);
  }

  /** What the client says: chunks are counted from 0, and each is heard once, in its turn. */
  take(seq: number, chunk: Buffer): void {
    const pieceBytes = PIECE_MS * bytesPerMs(this.format);
    for (const ready of this.#order.take(seq, chunk))
      for (let at = 0; at < ready.length; at += pieceBytes)
        this.emit("message", ready.subarray(at, at + pieceBytes), true);
  }

  /** The client says that it leaves. */
  hangUp(): void {
    this.emit("message", Buffer.from(JSON.stringify({ type: "stop" })), false);
  }

  #flow(): void {
    if (this.#reader.writableLength > UNREAD_BYTES) {
      this.#code = 1013;
      this.#reader.destroy();
      return;
    }
    const now = this.#clock.now();
    // A player that ran dry meanwhile goes on from here: what it missed would only make it late from then on.
    this.#sentUntil = Math.max(this.#sentUntil, now);
    const samples = Math.floor(((now + AHEAD_MS - this.#sentUntil) * this.format.rate) / 1000);
    this.#sentUntil += (samples * 1000) / this.format.rate;
    if (samples > 0) this.#reader.write(this.#next(samples * bytesPerSample(this.format)));
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#flow());
  }

  #next(bytes: number): Buffer {
    const sound = Buffer.alloc(bytes, silenceByte(this.format));
    for (let at = 0; at < bytes; ) {
      const first = this.#queue.shift();
      if (!first) break;
      const copied = first.copy(sound, at);
      if (copied < first.length) this.#queue.unshift(first.subarray(copied));
      at += copied;
    }
    return sound;
  }

  #gone(): void {
    this.#end();
    this.emit("close", this.#code);
  }

  #end(): void {
    this.#over = true;
    this.#cancelTick();
  }
}
