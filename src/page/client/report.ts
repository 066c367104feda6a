import type { SDKError } from "./errors.ts";
import type { Clock } from "./ports.ts";
import { type AgentState, nextState, type Step } from "./state.ts";
import type { Telemetry, TelemetryEvent } from "./telemetry.ts";
import type { UiEvent } from "./ui-events.ts";

export type TranscriptMessage = {
  readonly role: "user" | "bot";
  readonly content: string;
  /** `false`: so far; each replaces the one before. Of the bot, what is final was heard. */
  readonly final: boolean;
};

/** All may be left out, and may be asynchronous. What one of them throws is the application's: it reaches the page's `error` event. */
export type Callbacks = {
  readonly stateCallback?: (state: AgentState, previous: AgentState) => unknown;
  readonly transcriptCallback?: (message: TranscriptMessage) => unknown;
  /** Chat only: what the agent writes. */
  readonly textCallback?: (message: { readonly text: string; readonly final: boolean }) => unknown;
  /** The agent's sound as it arrives, before it is heard. */
  readonly audioCallback?: (chunk: { readonly samples: Int16Array; readonly sampleRate: number }) => unknown;
  /** RMS, 0 to 1: the user's every 20 ms, the agent's about every 50 ms. */
  readonly audioLevelCallback?: (level: { readonly role: "user" | "bot"; readonly rms: number }) => unknown;
  readonly eventCallback?: (event: UiEvent) => unknown;
  /** The gateway is there and the conversation begins. Once. */
  readonly startCallback?: () => unknown;
  /** It is over, however it ended. Once, if it began. */
  readonly endCallback?: () => unknown;
  readonly telemetryCallback?: (event: TelemetryEvent) => unknown;
};

/** The state, and everything that the application is told. */
export class Report {
  state: AgentState = "IDLE";
  readonly #callbacks: Callbacks;
  readonly #clock: Clock;
  readonly #watchers = new Set<() => void>();

  constructor(callbacks: Callbacks, clock: Clock) {
    this.#callbacks = callbacks;
    this.#clock = clock;
  }

  tell<Name extends keyof Callbacks>(name: Name, ...told: Parameters<NonNullable<Callbacks[Name]>>): void {
    const callback = this.#callbacks[name] as ((...told: unknown[]) => unknown) | undefined;
    if (!callback) return;
    try {
      Promise.resolve(callback(...told)).catch(throwLater);
    } catch (error) {
      throwLater(error);
    }
  }

  measure(telemetry: Telemetry): void {
    this.tell("telemetryCallback", { ...telemetry, timestamp: this.#clock.wall() });
  }

  complain({ code, message }: SDKError): void {
    this.measure({ event: "error", code, message });
  }

  move(step: Step): void {
    const previous = this.state;
    const state = nextState(previous, step);
    if (state === previous) return;
    this.state = state;
    this.measure({ event: "state_changed", state, previous });
    this.tell("stateCallback", state, previous);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** True as soon as `reached`; false once `hopeless`, or after `timeoutMs`. */
  until(
    reached: (state: AgentState) => boolean,
    { hopeless = () => false, timeoutMs }: { hopeless?: (state: AgentState) => boolean; timeoutMs?: number } = {},
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (result: boolean): void => {
        this.#watchers.delete(look);
        cancel();
        resolve(result);
      };
      const look = (): void => {
        if (reached(this.state)) finish(true);
        else if (hopeless(this.state)) finish(false);
      };
      const cancel = timeoutMs === undefined ? () => {} : this.#clock.after(timeoutMs, () => finish(false));
      this.#watchers.add(look);
      look();
    });
  }
}

/** As event targets do: the fault is shown, and what was being done goes on. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
