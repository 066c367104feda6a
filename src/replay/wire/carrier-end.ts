import { EventEmitter } from "node:events";
import type { MediaSocket } from "../../gateway/gateway.ts";
import type { Clock } from "../../kit/clock.ts";
import type { VirtualLine } from "../again/virtual-line.ts";
import { readSent, type SentText } from "./wire-rules.ts";

const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

export type CarrierEndParts = {
  readonly clock: Clock;
  /** Who hears what is sent. Its marks come back through the socket. */
  readonly caller: VirtualLine;
  readonly streamId: string;
};

/** A media socket without a network, and the carrier at the other end of it, who plays what it is sent and sends back marks. */
export class CarrierEnd extends EventEmitter implements MediaSocket {
  readonly OPEN = OPEN;
  readonly bufferedAmount = 0;
  readyState = OPEN;
  /** By the clock. */
  readonly texts: SentText[] = [];
  readonly #parts: CarrierEndParts;

  constructor(parts: CarrierEndParts) {
    super();
    this.#parts = parts;
    const { caller, streamId } = parts;
    caller.onSignal = (signal) => {
      // In both spellings of the id: each carrier reads its own.
      const ids = { streamSid: streamId, stream_sid: streamId };
      if (signal.kind === "played") this.say(JSON.stringify({ event: "mark", ...ids, mark: { name: signal.mark } }));
    };
  }

  /** The carrier sends this. */
  say(text: string): void {
    if (this.readyState !== CLOSED) this.emit("message", Buffer.from(text), false);
  }

  /** The socket closes, as the gateway sees it. */
  closed(code: number): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit("close", code);
  }

  send(text: string): void {
    this.texts.push({ atMs: this.#parts.clock.now(), text });
    const { caller } = this.#parts;
    const message = readSent(text);
    switch (message?.event) {
      case "media":
        return caller.play(message.media.payload);
      case "mark":
        return caller.mark(message.mark.name);
      case "clear":
        return caller.clear();
    }
  }

  close(): void {
    if (this.readyState === OPEN) this.readyState = CLOSING;
  }
}
