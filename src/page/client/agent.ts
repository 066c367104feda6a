import { Conversation } from "./conversation.ts";
import { SDKError } from "./errors.ts";
import { heardOn, type LineFormat, PCM } from "./messages.ts";
import type { Clock, Microphone, Network, OpenSocket, Opus, Speaker } from "./ports.ts";
import { type Callbacks, Report } from "./report.ts";
import type { Previous, Session } from "./session.ts";
import { silentMicrophone } from "./silent-microphone.ts";
import { type AgentState, isOver, isUp } from "./state.ts";

export type AgentOptions = Callbacks & {
  /**
   * Makes a session, by way of a server of the application's own: see `requestSession`. Asked again after the network broke, with what
   * was said until then. The gateway keeps no broken conversation: it goes on only as far as the new session is told of the old.
   */
  readonly connect: (previous?: Previous) => Promise<Session>;
  /** `chat` is the same conversation, in writing. */
  readonly interactionType?: "call" | "chat";
  /**
   * PCM at 16 kHz unless said, both ways. For narrow networks: Opus, a tenth of that, from who has it (see `getLine()`), answered with
   * PCM at 16 kHz; or µ-law, which has 8 kHz only.
   */
  readonly line?: LineFormat;
  /** How often in a row a conversation that broke is taken up again: 5 unless said, 0 for never. */
  readonly resumeAttempts?: number;
};

export type AgentPorts = {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly network: Network;
  /** Without one, the application sends sound itself, 20 ms every 20 ms: the gateway leaves who says nothing for 10 s. */
  readonly microphone?: Microphone;
  readonly speaker?: Speaker;
  /** Without it there is no line of Opus. */
  readonly opus?: Opus;
};

/** The gateway reads no longer ones. */
const LONGEST_TEXT = 4_000;

/** A conversation with an agent, spoken or written. One at a time; after its end it may be started again. */
export class ConversationAgent {
  readonly #options: AgentOptions;
  readonly #ports: AgentPorts;
  readonly #report: Report;
  #line: LineFormat;
  /** Until it is known whether there is an encoder. */
  #asked: Promise<void> | undefined;
  #conversation: Conversation | undefined;
  #muted = false;

  constructor(options: AgentOptions, ports: AgentPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#report = new Report(options, ports.clock);
    const { line = PCM } = options;
    this.#line = heardOn(line);
    // Long before the click, which must not be kept waiting.
    if (line.encoding === "audio/opus") this.#asked = this.#ask(line);
  }

  /** Call it from a click: browsers open sound for nothing else. Resolves once the socket is open; rejects with an `SDKError`. */
  async start(): Promise<void> {
    if (this.#asked) await this.#asked;
    if (!isOver(this.#report.state)) throw new SDKError("already_started", "the conversation is going on");
    const { connect, line: wanted, resumeAttempts = 5 } = this.#options;
    const { openSocket, clock, network, microphone, speaker, opus } = this.#ports;
    const line = this.#line;
    if (wanted && line.encoding !== wanted.encoding)
      this.#report.complain(new SDKError("opus_unsupported", "this browser has no encoder for Opus: PCM goes out"));
    const chat = this.isTextAgent();
    const sound = chat ? { microphone: silentMicrophone(clock), speaker: undefined } : { microphone, speaker };
    const parts = { connect, line, chat, resumeAttempts, openSocket, clock, opus, network, ...sound };
    this.#conversation = new Conversation(parts, this.#report);
    this.#conversation.muted = this.#muted;
    await this.#conversation.begin();
  }

  /** Does nothing where nothing goes on. */
  async stop(): Promise<void> {
    this.#conversation?.stop();
  }

  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  isMuted(): boolean {
    return this.#muted;
  }

  /** Answered like what is said. Throws an `SDKError` where nobody is there, or it is too long or nothing. */
  sendText(text: string): void {
    const { length } = text.trim();
    if (length === 0 || length > LONGEST_TEXT) throw new SDKError("bad_text", "a text has 1 to 4000 characters");
    if (!this.#conversation?.text(text)) throw new SDKError("not_connected", "nobody is there to read it");
  }

  /** What the user's sound goes out as: PCM where Opus was wanted and this browser cannot make it. */
  getLine(): LineFormat {
    return this.#line;
  }

  /** PCM16 at the line's rate, from a microphone of the application's own. Throws an `SDKError` where nobody is there. */
  sendAudio(samples: Int16Array): void {
    if (!this.isConnected()) throw new SDKError("not_connected", "nobody is there to hear it");
    this.#conversation?.sound(samples);
  }

  /** False where it failed, ended, or took longer. Waits for a start that is yet to come. */
  waitForConnect(timeoutSeconds?: number): Promise<boolean> {
    let begun = this.#report.state !== "IDLE";
    const hopeless = (state: AgentState): boolean => {
      begun ||= !isOver(state);
      return begun && isOver(state);
    };
    return this.#report.until(isUp, {
      hopeless,
      ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
    });
  }

  /** At once where nothing goes on. A break that is being mended is no end. */
  async waitForDisconnect(): Promise<void> {
    await this.#report.until(isOver);
  }

  isConnected(): boolean {
    return isUp(this.#report.state);
  }

  getState(): AgentState {
    return this.#report.state;
  }

  /** The id of the call, as `/v1/calls` knows it; of the last one, after its end. Another one after a resumption. */
  getInteractionId(): string | undefined {
    return this.#conversation?.interactionId;
  }

  getAgentType(): "voice" | "text" {
    return this.#options.interactionType === "chat" ? "text" : "voice";
  }

  isVoiceAgent(): boolean {
    return this.getAgentType() === "voice";
  }

  isTextAgent(): boolean {
    return this.getAgentType() === "text";
  }

  async #ask(line: LineFormat): Promise<void> {
    if (await this.#ports.opus?.supports(line.sampleRate)) this.#line = line;
    this.#asked = undefined;
  }

  #setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    if (this.#conversation) this.#conversation.muted = muted;
    this.#report.measure({ event: muted ? "user_muted" : "user_unmuted" });
  }
}
