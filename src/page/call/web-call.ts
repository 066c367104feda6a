import { computed, signal } from "@preact/signals";
import {
  type AgentOptions,
  type AgentState,
  type Clock,
  type ConversationAgent,
  SDKError,
  type TelemetryEvent,
  type UiEvent,
} from "../client/client.ts";
import { type Complaint, complaintOf } from "./complaint.ts";
import { cutOff, type Dialogue, withMessage } from "./dialogue.ts";
import { Loudness } from "./loudness.ts";

export type Phase =
  | "idle"
  | "connecting"
  /** The connection broke and is being made again. */
  | "resuming"
  | "listening"
  | "thinking"
  | "speaking"
  | "error";

/** One call has one; a call again has another. */
type MakeAgent = (options: Omit<AgentOptions, "connect">) => ConversationAgent;

export type Happening = { readonly id: number; readonly atMs: number; readonly event: UiEvent };

type WebCallParts = {
  readonly clock: Clock;
  readonly isOnline: () => boolean;
};

/** More would only be scrolled past. */
const HAPPENINGS_KEPT = 200;
/** Louder than what a speaker makes of nothing. RMS. */
const AUDIBLE = 0.001;

/** A call as the page shows it: what the client library tells, in signals. */
export class WebCall {
  readonly lines = signal<Dialogue>([]);
  readonly happenings = signal<readonly Happening[]>([]);
  readonly complaint = signal<Complaint | undefined>(undefined);
  /** The network does not carry what is said. */
  readonly congested = signal(false);
  readonly muted = signal(false);
  /** As `/v1/calls` knows it. */
  readonly interactionId = signal<string | undefined>(undefined);
  readonly elapsedMs = signal(0);
  /** From the click to the agent's first sound in the loudspeaker. */
  readonly firstAudibleMs = signal<number | undefined>(undefined);
  /** The microphone tells every 20 ms, which is quicker than anybody sees. */
  readonly caller = new Loudness(3);
  readonly agent = new Loudness();
  readonly #state = signal<AgentState>("IDLE");
  readonly #thinking = signal(false);
  readonly #broken = signal(false);
  readonly phase = computed<Phase>(() => phaseOf(this.#state.value, this.#thinking.value, this.#broken.value));
  /** From the click to the end. */
  readonly busy = computed(() => this.phase.value !== "idle" && this.phase.value !== "error");
  readonly talking = computed(() => ["listening", "thinking", "speaking"].includes(this.phase.value));
  readonly #clock: Clock;
  readonly #isOnline: () => boolean;
  #conversation: ConversationAgent | undefined;
  /** The last of what was complained about: the reason of a failure, if there is one. */
  #wrong: { readonly code: string; readonly message: string } | undefined;
  #clickedAt = 0;
  #stopTimer = (): void => {};

  constructor({ clock, isOnline }: WebCallParts) {
    this.#clock = clock;
    this.#isOnline = isOnline;
  }

  /** To be called in a click, which is what lets the browser make sound. What goes wrong is in `complaint`. */
  async start(make: MakeAgent): Promise<void> {
    if (this.busy.value) return;
    this.#forget();
    this.#clickedAt = this.#clock.now();
    const conversation = make({
      stateCallback: (state, previous) => this.#move(state, previous),
      transcriptCallback: (message) => {
        this.lines.value = withMessage(this.lines.value, message);
      },
      audioLevelCallback: ({ role, rms }) => this.#hear(role, rms),
      eventCallback: (event) => this.#happen(event),
      startCallback: () => this.#tick(this.#clock.now()),
      telemetryCallback: (event) => this.#measure(event),
    });
    this.#conversation = conversation;
    if (this.muted.value) conversation.mute();
    // A refusal was told as it happened.
    await conversation.start().catch(() => {});
  }

  async stop(): Promise<void> {
    await this.#conversation?.stop();
  }

  toggleMute(): void {
    this.muted.value = !this.muted.value;
    if (this.muted.value) this.#conversation?.mute();
    else this.#conversation?.unmute();
  }

  /** False where nobody is there to read it, or it says nothing. */
  write(text: string): boolean {
    try {
      this.#conversation?.sendText(text);
      return this.#conversation !== undefined;
    } catch (error) {
      if (error instanceof SDKError) return false;
      throw error;
    }
  }

  #forget(): void {
    this.lines.value = [];
    this.happenings.value = [];
    this.complaint.value = undefined;
    this.#wrong = undefined;
    this.congested.value = false;
    this.interactionId.value = undefined;
    this.elapsedMs.value = 0;
    this.firstAudibleMs.value = undefined;
    this.#thinking.value = false;
    this.#broken.value = false;
  }

  #move(state: AgentState, previous: AgentState): void {
    const isBack = state === "LISTENING" || state === "SPEAKING";
    if (state === "CONNECTING" && previous !== "IDLE" && previous !== "ERROR") {
      this.#broken.value = true;
      this.lines.value = cutOff(this.lines.value);
    } else if (isBack) this.#broken.value = false;
    if (state === "IDLE" || state === "ERROR") this.#end();
    if (state === "ERROR" && this.#wrong) this.complaint.value = complaintOf(this.#wrong, this.#isOnline());
    this.#state.value = state;
  }

  #end(): void {
    this.#stopTimer();
    this.caller.rest();
    this.agent.rest();
  }

  #happen(event: UiEvent): void {
    if (event.type === "thinking_started") this.#thinking.value = true;
    if (event.type === "thinking_completed") this.#thinking.value = false;
    if (event.type === "user_interrupt") this.lines.value = cutOff(this.lines.value);
    const last = this.happenings.value.at(-1)?.id ?? 0;
    const atMs = this.elapsedMs.value;
    this.happenings.value = [...this.happenings.value, { id: last + 1, atMs, event }].slice(-HAPPENINGS_KEPT);
  }

  #measure(event: TelemetryEvent): void {
    if (event.event === "interaction_connected") this.interactionId.value = event.interactionId;
    if (event.event !== "error") return;
    if (event.code === "congested") this.congested.value = true;
    this.#wrong = event;
  }

  #hear(role: "user" | "bot", rms: number): void {
    if (role === "user") return this.caller.hear(rms);
    this.agent.hear(rms);
    if (rms > AUDIBLE) this.firstAudibleMs.value ??= Math.round(this.#clock.now() - this.#clickedAt);
  }

  #tick(beganAt: number): void {
    const elapsed = this.#clock.now() - beganAt;
    this.elapsedMs.value = elapsed;
    this.#stopTimer = this.#clock.after(1000 - (elapsed % 1000), () => this.#tick(beganAt));
  }
}

function phaseOf(state: AgentState, thinking: boolean, broken: boolean): Phase {
  switch (state) {
    case "IDLE":
      return "idle";
    case "ERROR":
      return "error";
    case "CONNECTING":
    case "CONNECTED":
      return broken ? "resuming" : "connecting";
    case "LISTENING":
      return thinking ? "thinking" : "listening";
    case "SPEAKING":
      return "speaking";
    default:
      return state satisfies never;
  }
}
