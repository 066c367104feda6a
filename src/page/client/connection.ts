import * as messages from "./messages.ts";
import { base64Of } from "./pcm.ts";
import type { Clock, Encoder, OpenSocket, Opus, Socket } from "./ports.ts";

/** A socket that is not open by then will not be. */
const OPEN_MS = 10_000;
/** About a second of sound that has not left yet: more would be heard late, so what is said meanwhile is left out. */
const FULL_BYTES = 48_000;
/** Full for this long, and nothing leaves any more: browsers would wait for minutes. */
const STUCK_MS = 5_000;
/** Closed by this client itself; 4000 and above are an application's own. */
export const LEFT_BEHIND = 4000;

export type ConnectionParts = {
  readonly line: messages.LineFormat;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Where the line is one of Opus. */
  readonly opus: Opus | undefined;
};

export type Owner = {
  readonly opened: () => void;
  readonly told: (told: messages.Told) => void;
  readonly failed: () => void;
  /** Sound is left out from here on, until some has left. */
  readonly congested: () => void;
  /** Nothing of what is said can be sent any more. */
  readonly mute: () => void;
  /** Once, and the last. Not after `close()`. */
  readonly lost: (code: number, reason: string) => void;
};

/** One socket to the gateway, from its opening to its end. */
export class Connection {
  readonly #line: messages.LineFormat;
  readonly #clock: Clock;
  readonly #owner: Owner;
  readonly #socket: Socket;
  /** One for each connection, since the other side begins anew, too. */
  readonly #encoder: Encoder | undefined;
  #phase: "opening" | "open" | "over" = "opening";
  #cancelPatience: () => void;
  #sentSamples = 0;
  #fullSince: number | undefined;

  /** Throws what `openSocket` throws of a bad address, and the browser of an encoder. */
  constructor(url: string, { line, openSocket, clock, opus }: ConnectionParts, owner: Owner) {
    this.#line = line;
    this.#clock = clock;
    this.#owner = owner;
    if (line.encoding === "audio/opus")
      this.#encoder = opus?.open(line.sampleRate, {
        packet: (packet, atMs) => this.#send(messages.media(base64Of(packet), atMs)),
        failed: () => {
          if (this.#phase !== "over") owner.mute();
        },
      });
    this.#socket = openSocket(url, {
      opened: () => this.#open(),
      message: (text) => this.#hear(text),
      failed: () => {
        if (this.#phase !== "over") owner.failed();
      },
      closed: (code, reason) => this.#lose(code, reason),
    });
    this.#cancelPatience = clock.after(OPEN_MS, () => this.drop("no answer"));
  }

  get open(): boolean {
    return this.#phase === "open";
  }

  /** True where it left. Its time passes either way: the gateway puts silence in its place. */
  sendSound(samples: Int16Array): boolean {
    const atMs = (this.#sentSamples / this.#line.sampleRate) * 1000;
    this.#sentSamples += samples.length;
    if (this.#isFull()) return false;
    const { encoding, sampleRate } = this.#line;
    if (encoding !== "audio/opus")
      return this.#send(messages.media(messages.payloadOf(samples, { encoding, sampleRate }), atMs));
    if (this.open) this.#encoder?.encode(samples, atMs);
    return this.open;
  }

  sendMark(name: string): void {
    this.#send(messages.mark(name));
  }

  sendText(text: string): boolean {
    return this.#send(messages.written(text));
  }

  /** The caller hangs up. */
  close(): void {
    this.#send(messages.stop());
    if (this.#end()) this.#socket.close(1000);
  }

  /** Gives it up: it is not waited for until the other side agrees, since nothing may be there. */
  drop(reason: string): void {
    if (!this.#end()) return;
    this.#socket.close(LEFT_BEHIND);
    this.#owner.lost(LEFT_BEHIND, reason);
  }

  #open(): void {
    if (this.#phase !== "opening") return;
    this.#cancelPatience();
    this.#phase = "open";
    this.#send(messages.connected());
    this.#send(messages.start(this.#line));
    this.#owner.opened();
  }

  #hear(text: string): void {
    const told = this.#phase === "open" ? messages.read(text) : undefined;
    if (told) this.#owner.told(told);
  }

  #isFull(): boolean {
    if (this.#socket.bufferedAmount < FULL_BYTES) {
      this.#fullSince = undefined;
      return false;
    }
    const now = this.#clock.now();
    if (this.#fullSince === undefined) {
      this.#fullSince = now;
      this.#owner.congested();
    } else if (now - this.#fullSince >= STUCK_MS) this.drop("nothing leaves any more");
    return true;
  }

  #send(text: string): boolean {
    if (this.#phase !== "open") return false;
    this.#socket.send(text);
    return true;
  }

  #lose(code: number, reason: string): void {
    if (this.#end()) this.#owner.lost(code, reason);
  }

  #end(): boolean {
    if (this.#phase === "over") return false;
    this.#phase = "over";
    this.#cancelPatience();
    this.#encoder?.close();
    return true;
  }
}
