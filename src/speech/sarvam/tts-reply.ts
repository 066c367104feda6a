import type { AudioFormat } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import type { Meter } from "../../kit/meter.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Spoken } from "../speech.ts";
import { type Loss, nextTry, PROVIDER } from "./tts-loss.ts";
import type { TtsPair } from "./tts-pair.ts";
import { FIRST_AUDIO_MS, PATIENCE_MS, QUIET_MS } from "./tts-patience.ts";
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
};

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
  /** When something last sounded or was said, or the first text was owed. */
  #silentSinceMs = 0;
  /** The same, or when the socket was borrowed. */
  #quietSinceMs = 0;
  #cancelPatience = (): void => {};
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
    const first = !this.#script.waiting;
    this.#script.add(words);
    if (first) this.#restartPatience();
    this.#send();
  }

  /** No more texts will come. With an error, their source failed: what was given is said, and then the reply fails with it. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#error = error;
    this.#script.end();
    this.#settle();
  }

  /** Gives up at once; what is in flight is discarded, and `out` ends. */
  abandon(error?: unknown): void {
    if (this.#over) return;
    if (error !== undefined) this.#options.meter.count("tts_failures");
    this.#error ??= error;
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
    this.#cancelPatience();
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
    this.#quietSinceMs = this.#options.clock.now();
    return socket;
  }

  #onAudio(payload: string): void {
    if (this.#over || !this.#script.sounding) return;
    if (this.#script.sound(payload)) this.out.put({ kind: "audio", payload });
    else this.#options.meter.count("tts_audio_capped");
    this.#restartPatience();
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
    this.#restartPatience();
  }

  /** Whoever speaks, and however often another one begins: the caller is not left in silence for longer than this. */
  #restartPatience(): void {
    const { clock } = this.#options;
    this.#cancelPatience();
    this.#silentSinceMs = clock.now();
    this.#quietSinceMs = this.#silentSinceMs;
    if (!this.#script.waiting) return;
    const silence = new ProviderError(PROVIDER, `no sound for ${PATIENCE_MS} ms`, true);
    this.#cancelPatience = clock.after(PATIENCE_MS, () => this.abandon(silence));
  }

  /** Passes over texts that hold nothing to speak, ends the reply if it is complete, and watches over it otherwise. */
  #settle(): void {
    if (this.#over) return;
    while (this.#script.sounding?.blank) this.#say();
    if (this.#script.complete) this.#finish();
    else this.#watch();
  }

  /**
   * A socket that keeps quiet is broken, however many texts are added meanwhile; but for one that has sounded and whose server
   * never announces an end, which may have said all it was given.
   */
  #watch(): void {
    this.#cancelQuiet();
    const socket = this.#socket;
    const line = this.#script.sounding;
    if (!socket || !line) return;
    const { clock, pair } = this.#options;
    if (line.sounded && !pair.proof.finals) {
      this.#cancelQuiet = clock.after(QUIET_MS, () => this.#presumeSaid(socket));
      return;
    }
    const mostMs = line.sounded ? QUIET_MS : FIRST_AUDIO_MS;
    const leftMs = this.#quietSinceMs + mostMs - clock.now();
    this.#cancelQuiet = clock.after(leftMs, () => socket.giveUp(`no audio for ${mostMs} ms`));
  }

  /**
   * What may have sounded counts as said; what was sent after the last audio cannot have, and is spoken anew. The socket goes: what
   * it may still send would sound like the next text.
   */
  #presumeSaid(socket: TtsSocket): void {
    this.#socket = undefined;
    this.#options.pair.discard(socket);
    while (this.#script.reached) this.#say();
    if (this.#script.sounding) this.#resume();
    else this.#settle();
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
    const silentMs = clock.now() - this.#silentSinceMs;
    const state = { losses: this.#losses, breaks: line.breaks, warm: pair.warm, silentMs };
    const waitMs = nextTry(loss, state, ids.chance);
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
