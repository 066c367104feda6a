import { EventEmitter } from "node:events";
import type { RawData } from "ws";
import { z } from "zod";
import { type AudioFormat, bytesPerMs, bytesPerSample } from "../audio/format.ts";
import type { Clock } from "../kit/clock.ts";
import type { MediaSocket } from "./media-line.ts";

/** A client that sends and takes bare sound: a socket of `ws`, or whatever behaves like one. */
export type PcmPeer = Omit<MediaSocket, "send"> & { send(data: string | Buffer): void };

const fromClient = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("dtmf"), digit: z.string() }),
  z.object({ type: z.literal("stop") }),
]);

/** What our own line writes, by the web dialect. */
type FromLine = { readonly event: string; readonly streamSid: string } & Readonly<Record<string, unknown>>;
const sound = z.object({ payload: z.string() });
const mark = z.object({ name: z.string() });

/**
 * Makes a web line of a client that knows binary sound both ways and a few JSON messages. It knows no marks: what it was sent
 * counts as played when it has had the time to be, by the clock, and from there on until it is told to clear.
 */
export class PcmSocket extends EventEmitter implements MediaSocket {
  readonly #peer: PcmPeer;
  readonly #format: AudioFormat;
  readonly #clock: Clock;
  /** The first byte of a sample whose second has not come yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** When all that was sent will have been played. */
  #playedAt = 0;
  readonly #marks = new Set<() => void>();

  constructor(peer: PcmPeer, format: AudioFormat, clock: Clock) {
    super();
    this.#peer = peer;
    this.#format = format;
    this.#clock = clock;
    peer.on("message", (data, isBinary) => (isBinary ? this.#hear(bytesOf(data)) : this.#read(String(data))));
    peer.on("close", (code) => {
      this.#forgetMarks();
      this.emit("close", code);
    });
    peer.on("error", () => this.emit("error"));
  }

  get readyState(): number {
    return this.#peer.readyState;
  }

  get OPEN(): number {
    return this.#peer.OPEN;
  }

  get bufferedAmount(): number {
    return this.#peer.bufferedAmount;
  }

  /** Whoever listens hears the stream begin. */
  begin(): void {
    const { encoding, rate } = this.#format;
    const mediaFormat = { encoding: encoding === "mulaw" ? "audio/x-mulaw" : "audio/l16", sampleRate: rate };
    this.#deliver({ event: "start", start: { mediaFormat } });
  }

  send(text: string): void {
    const { event, streamSid: _, ...rest }: FromLine = JSON.parse(text);
    switch (event) {
      case "media":
        return this.#play(Buffer.from(sound.parse(rest["media"]).payload, "base64"));
      case "mark":
        return this.#markWhenPlayed(mark.parse(rest["mark"]).name);
      case "clear":
        this.#forgetMarks();
        this.#playedAt = this.#clock.now();
        break;
    }
    this.#peer.send(JSON.stringify({ type: event, ...rest }));
  }

  close(code: number): void {
    this.#forgetMarks();
    this.#peer.close(code);
  }

  #hear(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % bytesPerSample(this.#format));
    this.#rest = all.subarray(whole);
    if (whole > 0) this.#deliver({ event: "media", media: { payload: all.toString("base64", 0, whole) } });
  }

  #read(text: string): void {
    const said = readClient(text);
    switch (said?.type) {
      case "text":
        return this.#deliver({ event: "text", text: said.text });
      case "dtmf":
        return this.#deliver({ event: "dtmf", dtmf: { digit: said.digit } });
      case "stop":
        return this.#deliver({ event: "stop" });
      case undefined:
        this.#peer.send(JSON.stringify({ type: "error", message: "this message is not understood" }));
        // The line counts such messages, and has enough of them some day.
        return this.#deliver(undefined);
      default:
        return said satisfies never;
    }
  }

  #play(audio: Buffer): void {
    this.#playedAt = Math.max(this.#playedAt, this.#clock.now()) + audio.length / bytesPerMs(this.#format);
    this.#peer.send(audio);
  }

  #markWhenPlayed(name: string): void {
    const cancel = this.#clock.after(Math.max(0, this.#playedAt - this.#clock.now()), () => {
      this.#marks.delete(cancel);
      this.#deliver({ event: "mark", mark: { name } });
    });
    this.#marks.add(cancel);
  }

  #forgetMarks(): void {
    for (const cancel of this.#marks) cancel();
    this.#marks.clear();
  }

  #deliver(message: object | undefined): void {
    this.emit("message", Buffer.from(JSON.stringify(message ?? null)), false);
  }
}

const bytesOf = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
};

function readClient(text: string): z.output<typeof fromClient> | undefined {
  try {
    return fromClient.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON
  }
}
