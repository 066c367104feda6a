import type { AudioFormat } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import type { Meter } from "../../kit/meter.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Spoken } from "../speech.ts";
import { type Loss, nextTry, PROVIDER } from "./tts-loss.ts";
import type { TtsPair } from "./tts-pair.ts";
import { Script } from "./tts-script.ts";
import type { TtsSocket } from "./tts-socket.ts";

type TtsReplyOptions = {
  readonly pair: TtsPair;
  /** The second mouth: one text as base64 audio over HTTP. */
  readonly stream: (text: string, signal: AbortSignal) => AsyncIterable<string>;
  readonly format: AudioFormat;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly meter: Meter;
  /** How long the first audio of a text may take, in ms. */
  readonly silentMs: number;
};

/** Without a completion event, this much silence after audio is taken for the end. */
const QUIET_MS = 3000;

/**
 * One reply being spoken: texts go in by `add`, audio comes out of `out` the moment it arrives. Flushes are answered in order, so
 * what arrives always belongs to the first text that was sent and not said.
 */
export class TtsReply {
  readonly out = new Mailbox<Spoken>();
  readonly #options: TtsReplyOptions;
  readonly #script: Script;
  #over = false;
  #error: unknown;
  #socket: TtsSocket | undefined;
  /** Set once the rest is spoken over HTTP: where the second mouth waits for more texts. */
  #second: Mailbox<"more"> | undefined;
  readonly #stop = new AbortController();
  #losses = 0;
  #cancelQuiet = (): void => {};
  #cancelRetry: (() => void) | undefined;

  constructor(options: TtsReplyOptions) {
    this.#options = options;
    this.#script = new Script(options.format);
  }

  get over(): boolean {
    return this.#over;
  }

  /** A text to speak after those before it. Sent at once, while earlier ones still sound. */
  add(words: string): void {
    if (this.#over) return;
    this.#script.add(words);
    this.#send();
  }

  /** No more texts will come. */
  end(): void {
    this.#script.end();
    this.#settle();
  }

  /** Gives up at once; what is in flight is discarded, and `out` ends. */
  abandon(error?: unknown): void {
    if (this.#over) return;
    this.#error = error;
    const socket = this.#socket;
    this.#finish();
    // A socket that owes nothing is as good as new.
    if (socket && socket.outstanding > 0) this.#options.pair.discard(socket);
  }

  /** To be asked when `out` has ended. */
  throwIfFailed(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #finish(): void {
    this.#over = true;
    this.#cancelQuiet();
    this.#cancelRetry?.();
    this.#socket?.lend(undefined);
    this.#socket = undefined;
    this.#second?.close();
    this.#stop.abort();
    this.out.close();
  }

  #send(): void {
    if (this.#second) return this.#second.put("more");
    if (this.#over || this.#cancelRetry) return;
    try {
      for (let line = this.#script.next(); line; line = this.#script.next()) {
        if (!line.blank) this.#borrow().say(line.words);
      }
    } catch (error) {
      return this.abandon(error);
    }
    this.#settle();
  }

  #borrow(): TtsSocket {
    if (this.#socket) return this.#socket;
    const socket = this.#options.pair.take();
    socket.lend({
      onAudio: (payload) => this.#onAudio(payload),
      onFinal: () => this.#onFinal(),
      onLost: (loss) => this.#onLost(loss),
    });
    this.#socket = socket;
    return socket;
  }

  #onAudio(payload: string): void {
    const line = this.#script.sounding;
    if (this.#over || !line) return;
    if (line.sound(payload)) this.out.put({ kind: "audio", payload });
    else this.#options.meter.count("tts_audio_capped");
    this.#watch();
  }

  #onFinal(): void {
    this.#losses = 0;
    this.#options.pair.succeeded();
    this.#say();
    this.#settle();
  }

  #say(): void {
    this.out.put({ kind: "said", index: this.#script.say() });
  }

  /** Passes over texts that hold nothing to speak, ends the reply if it is complete, and watches over it otherwise. */
  #settle(): void {
    if (this.#over) return;
    while (this.#script.sounding?.blank) this.#say();
    if (this.#script.complete) this.#finish();
    else this.#watch();
  }

  #watch(): void {
    this.#cancelQuiet();
    const line = this.#script.sounding;
    if (!this.#socket || !line) return;
    const { clock, silentMs } = this.#options;
    this.#cancelQuiet = line.sounded
      ? clock.after(QUIET_MS, () => this.#presumeSaid())
      : clock.after(silentMs, () => this.abandon(new ProviderError(PROVIDER, `no audio for ${silentMs} ms`, true)));
  }

  /** The end was not announced. The socket goes too: what it may still send would sound like the next text. */
  #presumeSaid(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) this.#options.pair.discard(socket);
    while (this.#script.sounding) this.#say();
    this.#settle();
  }

  #onLost(loss: Loss): void {
    this.#socket = undefined;
    this.#cancelQuiet();
    const line = this.#script.sounding;
    if (this.#over || !line) return;
    if (loss.kind === "fatal") return this.abandon(loss.error);
    line.breakOff();
    this.#losses += 1;
    const { pair, ids, clock } = this.#options;
    const waitMs = nextTry(loss, { losses: this.#losses, breaks: line.breaks, warm: pair.warm }, ids.chance);
    if (waitMs === "no-more-sockets") return this.#switch();
    if (waitMs === 0) return this.#resume();
    this.#cancelRetry = clock.after(waitMs, () => this.#resume());
  }

  /** Speaks again, on another socket, what was not said to its end. */
  #resume(): void {
    this.#cancelRetry = undefined;
    this.#options.meter.count("tts_resumed");
    this.#script.rewind();
    this.#send();
  }

  /** From here on this reply is spoken over HTTP; the next one tries the socket again. */
  #switch(): void {
    this.#options.meter.count("tts_second_mouth");
    this.#script.rewind();
    this.#second = new Mailbox();
    this.#second.put("more");
    this.#speakSecond(this.#second).catch((error: unknown) => this.abandon(error));
  }

  async #speakSecond(wake: AsyncIterable<"more">): Promise<void> {
    for await (const _more of wake) {
      for (let line = this.#script.next(); line; line = this.#script.next()) {
        if (!line.blank) {
          for await (const payload of this.#options.stream(line.words, this.#stop.signal)) this.#onAudio(payload);
          if (this.#over) return;
          this.#say();
        }
        this.#settle();
      }
    }
  }
}
