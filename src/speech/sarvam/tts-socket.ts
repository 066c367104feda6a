import type { Clock } from "../../kit/clock.ts";
import type { Meter } from "../../kit/meter.ts";
import type { OpenSocket, SocketEnd, TextSocket } from "../../kit/socket.ts";
import { withoutHeader } from "./tts-audio.ts";
import { textPieces } from "./tts-config.ts";
import { broken, type Loss, lossOfEnd, lossOfError } from "./tts-loss.ts";
import { decodeTtsMessage, flushMessage, pingMessage, textMessage } from "./tts-messages.ts";

export type TtsSocketOptions = {
  readonly url: string;
  readonly apiKey: string;
  /** Sent first, on every socket. */
  readonly config: string;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly open: OpenSocket;
};

/** What a call has learnt of the server through any of its sockets: all are configured alike. They write it, others read it. */
export type TtsProof = {
  /** It took the configuration: it has spoken. */
  spoke: boolean;
  /** It announces the end of each text. */
  finals: boolean;
};

/** Whoever is speaking through the socket just now. */
type TtsSpeaker = {
  /** Base64, never empty, without any header. */
  readonly onAudio: (payload: string) => void;
  readonly onFinal: () => void;
  /** After this the socket is closed and silent. */
  readonly onLost: (loss: Loss) => void;
};

/** Sarvam drops a socket after about a minute without a message. */
const PING_MS = 20_000;

/**
 * One text-to-speech socket: configured as soon as it is open, then any number of texts, each followed by a flush. What comes
 * after `close` or after a loss is dropped.
 */
export class TtsSocket {
  readonly #options: TtsSocketOptions;
  readonly #proof: TtsProof;
  readonly #onLost: (socket: TtsSocket, loss: Loss) => void;
  readonly #socket: TextSocket;
  #phase: "connecting" | "ready" | "closed" = "connecting";
  #waiting: string[] = [];
  #speaker: TtsSpeaker | undefined;
  #outstanding = 0;
  #openedMs: number | undefined;
  #cancelPing = (): void => {};

  constructor(options: TtsSocketOptions, proof: TtsProof, onLost: (socket: TtsSocket, loss: Loss) => void) {
    this.#options = options;
    this.#proof = proof;
    this.#onLost = onLost;
    const { url, apiKey, clock, open } = options;
    const listener = {
      onOpen: () => this.#onOpen(),
      onText: (text: string) => this.#onText(text),
      onEnd: (end: SocketEnd) => this.#lose(lossOfEnd(end, apiKey)),
    };
    this.#socket = open(url, { "api-subscription-key": apiKey }, listener, clock);
  }

  get phase(): "connecting" | "ready" | "speaking" | "closed" {
    return this.#phase === "ready" && this.#outstanding > 0 ? "speaking" : this.#phase;
  }

  /** Texts whose `final` has not come: not 0 means that audio may still arrive. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Milliseconds since it was open and configured; 0 if it never was. */
  get ageMs(): number {
    return this.#openedMs === undefined ? 0 : this.#options.clock.now() - this.#openedMs;
  }

  /** Audio and finals go to `speaker` from now on. */
  lend(speaker: TtsSpeaker | undefined): void {
    this.#speaker = speaker;
  }

  /** Speaks one text; it is kept until the socket is open. */
  say(text: string): void {
    this.#outstanding += 1;
    this.#send([...textPieces(text).map(textMessage), flushMessage]);
  }

  /** At once and quietly: nobody hears of it. */
  close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#cancelPing();
    this.#socket.close();
  }

  /** Ends it as lost although the server did not: it has kept the speaker waiting too long. */
  giveUp(why: string): void {
    this.#socket.close();
    this.#lose(broken(why));
  }

  #onOpen(): void {
    if (this.#phase === "closed") return;
    this.#phase = "ready";
    this.#openedMs = this.#options.clock.now();
    this.#options.meter.count("tts_sockets_opened");
    this.#send([this.#options.config, ...this.#waiting]);
    this.#waiting = [];
  }

  #send(messages: readonly string[]): void {
    if (this.#phase === "connecting") this.#waiting.push(...messages);
    if (this.#phase !== "ready") return;
    for (const message of messages) this.#socket.send(message);
    this.#cancelPing();
    this.#cancelPing = this.#options.clock.after(PING_MS, () => this.#send([pingMessage]));
  }

  #onText(text: string): void {
    if (this.#phase === "closed") return;
    const message = decodeTtsMessage(text);
    if (!message) return;
    switch (message.kind) {
      case "audio": {
        const payload = withoutHeader(message.payload);
        this.#proof.spoke = true;
        if (payload !== "") this.#speaker?.onAudio(payload);
        return;
      }
      case "final":
        this.#proof.finals = true;
        if (this.#outstanding === 0) return;
        this.#outstanding -= 1;
        this.#speaker?.onFinal();
        return;
      case "error":
        this.#socket.close();
        this.#lose(lossOfError(message.code, message.message, this.#proof.spoke, this.#options.apiKey));
        return;
      case "malformed":
        this.#options.meter.count("tts_malformed");
        return;
      default:
        message satisfies never;
    }
  }

  #lose(loss: Loss): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#cancelPing();
    this.#onLost(this, loss);
    this.#speaker?.onLost(loss);
  }
}
