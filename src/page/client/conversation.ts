import { Captions } from "./captions.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import { asError, isPassing, RateLimitError, SDKError } from "./errors.ts";
import { heardOn, samplesOf, type Told } from "./messages.ts";
import { rmsOf } from "./pcm.ts";
import type { Microphone, Network, Speaker } from "./ports.ts";
import type { Report } from "./report.ts";
import type { Previous, Session } from "./session.ts";
import type { Initiator } from "./telemetry.ts";

/** Shorter than this, and the connection has mostly survived it. */
const OFFLINE_MS = 3_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** The gateway refuses what we say: it would do so again. */
const REFUSED = 1008;

export type Parts = ConnectionParts & {
  readonly connect: (previous?: Previous) => Promise<Session>;
  readonly chat: boolean;
  /** How often in a row a broken conversation is taken up again. */
  readonly resumeAttempts: number;
  readonly network: Network;
  readonly microphone: Microphone | undefined;
  readonly speaker: Speaker | undefined;
};

/** One conversation from `start()` to its end, over as many connections as it takes. */
export class Conversation {
  muted = false;
  interactionId: string | undefined;
  readonly #parts: Parts;
  readonly #report: Report;
  readonly #beganAt: number;
  readonly #captions: Captions;
  readonly #once = new Set<string>();
  #connection: Connection | undefined;
  #connections = 0;
  #failedAttempts = 0;
  #brokeAt: number | undefined;
  #over = false;
  #ignoreNetwork = (): void => {};
  /** Ends whatever is being waited for. */
  #wake = (): void => {};

  constructor(parts: Parts, report: Report) {
    this.#parts = parts;
    this.#report = report;
    this.#captions = new Captions(report, parts.chat);
    this.#beganAt = parts.clock.now();
  }

  /** Rejects with an `SDKError`, and is over then. Sound first: browsers open it only while the person's click lasts. */
  async begin(): Promise<void> {
    const { microphone, speaker, line, network } = this.#parts;
    this.#report.move("started");
    this.#ignoreNetwork = network.onChange((online) => this.#networkChanged(online));
    try {
      await Promise.all([
        speaker?.start(heardOn(line).sampleRate, {
          played: (mark) => this.#played(mark),
          level: (rms) => this.#report.tell("audioLevelCallback", { role: "bot", rms }),
        }),
        microphone?.start(line.sampleRate, (samples) => this.sound(samples)),
      ]);
      await this.#join();
    } catch (thrown) {
      const error = asError(thrown);
      this.#finish("error", error);
      throw error;
    }
  }

  /** The user leaves. */
  stop(): void {
    this.#finish("user");
  }

  /** What the user says. While muted it is silence that goes out, so that the gateway goes on hearing somebody who says nothing. */
  sound(samples: Int16Array): void {
    if (this.#over) return;
    const heard = this.muted ? new Int16Array(samples.length) : samples;
    this.#report.tell("audioLevelCallback", { role: "user", rms: rmsOf(heard) });
    if (this.#connection?.sendSound(heard)) this.#first("first_audio_packet_sent");
  }

  /** False where nobody is there to read it. */
  text(text: string): boolean {
    return this.#connection?.sendText(text) ?? false;
  }

  // --- connections ---

  async #join(previous?: Previous): Promise<void> {
    this.#mustGoOn();
    const session = await this.#parts.connect(previous);
    this.#mustGoOn();
    const beganAt = this.#parts.clock.now();
    let opened = false;
    this.#report.measure({ event: "ws_connecting" });
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#connections += 1;
      this.#connection = new Connection(session.ws_url, this.#parts, {
        opened: () => {
          opened = true;
          this.interactionId = session.id;
          this.#opened(this.#since(beganAt));
          resolve();
        },
        told: (told) => this.#hear(told),
        failed: () => this.#report.measure({ event: "ws_error" }),
        mute: () => this.#finish("error", new SDKError("encoder_failed", "this browser cannot encode sound any more")),
        congested: () => this.#report.complain(new SDKError("congested", "the network is too slow for what is said")),
        lost: (code, reason) => {
          this.#report.measure({ event: "ws_disconnected", code, reason });
          this.#connection = undefined;
          if (opened) this.#broken(code);
          else resolve();
        },
      });
    });
    this.#mustGoOn();
    if (!opened) throw new SDKError("connection_failed", "the gateway's socket could not be opened");
  }

  #mustGoOn(): void {
    if (this.#over) throw new SDKError("stopped", "the conversation was stopped before it began");
  }

  #opened(durationMs: number): void {
    this.#report.measure({ event: "ws_connected", durationMs });
    this.#report.move("opened");
    if (this.#isFirst("session_started")) this.#report.measure({ event: "session_started" });
  }

  /** The connection is gone. A gateway that ends the conversation says so first, or closes in peace. */
  #broken(code: number): void {
    if (this.#captions.ended || code === 1000) return this.#finish("agent");
    if (code === REFUSED) return this.#finish("error", new SDKError("refused", "the gateway refused the conversation"));
    void this.#resume();
  }

  async #resume(): Promise<void> {
    this.#brokeAt ??= this.#parts.clock.now();
    this.#captions.thought();
    this.#parts.speaker?.clear();
    this.#report.move("dropped");
    let error = new SDKError("connection_lost", "the connection broke and could not be made again");
    while (this.#failedAttempts < this.#parts.resumeAttempts && isPassing(error)) {
      await this.#waitFor(error);
      if (this.#over) return;
      this.#failedAttempts += 1;
      try {
        return await this.#join({
          interactionId: this.interactionId ?? "",
          transcript: [...this.#captions.transcript],
        });
      } catch (thrown) {
        if (this.#over) return;
        error = asError(thrown);
      }
    }
    this.#finish("network", error);
  }

  /** Longer each time, as long as the server wants, and in any case until there is a network. */
  async #waitFor(error: SDKError): Promise<void> {
    const usual = Math.min(FIRST_WAIT_MS * 2 ** this.#failedAttempts, LONGEST_WAIT_MS);
    const wanted = error instanceof RateLimitError ? (error.retryAfter ?? 0) * 1000 : 0;
    await this.#sleep((wake) => this.#parts.clock.after(Math.max(usual, wanted), wake));
    while (!this.#parts.network.online && !this.#over) {
      await this.#sleep((wake) => this.#parts.network.onChange(wake));
    }
  }

  async #sleep(until: (wake: () => void) => () => void): Promise<void> {
    let cancel = (): void => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      cancel = until(resolve);
    });
    cancel();
  }

  #networkChanged(online: boolean): void {
    this.#report.measure({ event: online ? "network_online" : "network_offline" });
    const connection = this.#connection;
    if (online || !connection) return;
    this.#parts.clock.after(OFFLINE_MS, () => {
      if (!this.#parts.network.online) connection.drop("the network went away");
    });
  }

  // --- what the gateway says ---

  #hear(told: Told): void {
    this.#answered();
    switch (told.event) {
      case "media":
        return this.#play(told.payload);
      case "mark":
        return this.#parts.speaker
          ? this.#parts.speaker.mark(this.#tagged(told.name))
          : this.#connection?.sendMark(told.name);
      case "clear":
        this.#parts.speaker?.clear();
        this.#report.measure({ event: "user_interrupted" });
        return this.#report.tell("eventCallback", { type: "user_interrupt" });
      case "transcript":
      case "state":
      case "event":
        return this.#captions.show(told);
      case "malformed":
        return this.#report.complain(new SDKError("malformed", "the gateway said something that cannot be read"));
      default:
        return told satisfies never;
    }
  }

  /** Its first word: somebody is there. */
  #answered(): void {
    if (!this.#isFirst(`answer ${this.#connections}`)) return;
    const interactionId = this.interactionId ?? "";
    this.#failedAttempts = 0;
    this.#report.measure({ event: "interaction_connected", interactionId });
    if (this.#brokeAt !== undefined) {
      const durationMs = this.#since(this.#brokeAt);
      this.#brokeAt = undefined;
      this.#report.measure({ event: "session_resumed", durationMs, interactionId });
    }
    if (this.#isFirst("start")) this.#report.tell("startCallback");
  }

  #play(payload: string): void {
    const { line, speaker } = this.#parts;
    const format = heardOn(line);
    const samples = samplesOf(payload, format);
    if (!samples) return this.#hear({ event: "malformed" });
    this.#first("first_audio_packet_received");
    this.#report.tell("audioCallback", { samples, sampleRate: format.sampleRate });
    speaker?.play(samples);
  }

  /** Names of marks begin anew with each connection, and some of the last one may still be under way. */
  #tagged(name: string): string {
    return `${this.#connections} ${name}`;
  }

  #played(tagged: string): void {
    const tag = this.#tagged("");
    if (tagged.startsWith(tag)) this.#connection?.sendMark(tagged.slice(tag.length));
  }

  // --- the end ---

  #finish(initiatedBy: Initiator, error?: SDKError): void {
    if (this.#over) return;
    this.#over = true;
    const { microphone, speaker } = this.#parts;
    if (this.#connection) {
      this.#connection.close();
      this.#report.measure({ event: "ws_disconnected", code: 1000, reason: "stopped" });
      this.#connection = undefined;
    }
    microphone?.stop();
    speaker?.stop();
    this.#ignoreNetwork();
    this.#captions.thought();
    if (error) this.#report.complain(error);
    const began = !this.#isFirst("session_started");
    if (began) this.#report.measure({ event: "session_ended", durationMs: this.#since(this.#beganAt), initiatedBy });
    this.#report.move(error ? "failed" : "ended");
    if (began) {
      this.#report.tell("eventCallback", { type: "interaction_end" });
      this.#report.tell("endCallback");
    }
    this.#wake();
  }

  #first(event: "first_audio_packet_sent" | "first_audio_packet_received"): void {
    if (this.#isFirst(event)) this.#report.measure({ event, latencyMs: this.#since(this.#beganAt) });
  }

  /** Whole milliseconds. */
  #since(atMs: number): number {
    return Math.round(this.#parts.clock.now() - atMs);
  }

  #isFirst(what: string): boolean {
    if (this.#once.has(what)) return false;
    this.#once.add(what);
    return true;
  }
}
