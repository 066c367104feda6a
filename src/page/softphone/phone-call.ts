import { signal } from "@preact/signals";
import type { Clock } from "../client/ports.ts";
import { durationOf } from "../ui/format.ts";
import type { CallListener, LineCall, Trouble } from "./line.ts";

export type CallPhase =
  /** We placed it. */
  | "calling"
  | "ringing"
  /** Somebody rings us. */
  | "rung"
  | "talking"
  /** Its signalling is lost, and is being made again. */
  | "broken"
  | "over";

export type CallParts = {
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly onOver: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
};

/** A key sounds for 160 ms and is followed by silence. One that comes sooner would take the place of another one that waits. */
const KEY_MS = 250;

/** One call, from the click or the ring to its end. */
export class PhoneCall implements CallListener {
  readonly phase = signal<CallPhase>("calling");
  readonly muted = signal(false);
  /** Pressed so far. */
  readonly keys = signal("");
  /** Since it was answered. */
  readonly elapsedMs = signal(0);
  /** How loud, 0 to 1, in the SDK's decibels. */
  readonly own = signal(0);
  readonly theirs = signal(0);
  /** Whom it is with, as they are dialled. */
  readonly peer: string;
  readonly #parts: CallParts;
  #line: LineCall | undefined;
  #keysSent = 0;
  #stopKeys: (() => void) | undefined;
  #stopTimer = (): void => {};

  constructor(parts: CallParts, peer: string, ringing?: LineCall) {
    this.#parts = parts;
    this.peer = peer;
    if (!ringing) return;
    this.phase.value = "rung";
    this.attach(ringing);
  }

  /** The line knows of the call now. */
  attach(line: LineCall): void {
    if (this.phase.value === "over") return line.hangUp();
    this.#line = line;
    line.listen(this);
  }

  accept(microphone: string): void {
    if (this.phase.value === "rung") this.#line?.accept(microphone);
  }

  reject(): void {
    if (this.phase.value !== "rung") return;
    this.#parts.write("Turned down");
    this.#line?.reject();
  }

  hangUp(): void {
    if (this.phase.value === "rung") return this.reject();
    this.#line?.hangUp();
    this.onOver();
  }

  toggleMute(): void {
    this.muted.value = !this.muted.value;
    this.#line?.mute(this.muted.value);
  }

  press(key: string): void {
    this.keys.value += key;
    if (!this.#stopKeys) this.#sendKey();
  }

  readonly onRinging = (): void => {
    if (this.phase.value !== "calling") return;
    this.phase.value = "ringing";
    this.#parts.write("It rings");
  };

  readonly onUp = (): void => {
    if (this.phase.value === "over") return;
    this.phase.value = "talking";
    this.#parts.write("Connected");
    this.#tick(this.#parts.clock.now());
  };

  readonly onOver = (): void => {
    if (this.phase.value === "over") return;
    this.#parts.write(this.elapsedMs.value > 0 ? `Call ended after ${durationOf(this.elapsedMs.value)}` : "Call ended");
    this.phase.value = "over";
    this.#stopTimer();
    this.#stopKeys?.();
    this.#parts.onOver();
  };

  readonly onTrouble = (trouble: Trouble): void => {
    this.#parts.write(`Error ${trouble.code}: ${trouble.message}`);
    this.#parts.onTrouble(trouble);
  };

  readonly onVolume = (own: number, theirs: number): void => {
    this.own.value = this.muted.value ? 0 : own;
    this.theirs.value = theirs;
  };

  readonly onBroken = (broken: boolean): void => {
    if (this.phase.value === "over") return;
    this.phase.value = broken ? "broken" : "talking";
    this.#parts.write(broken ? "Connection lost, trying again" : "Connected again");
  };

  readonly onWarning = (name: string): void => this.#parts.write(`The network is poor (${name})`);

  #sendKey(): void {
    const key = this.keys.value[this.#keysSent];
    this.#stopKeys = undefined;
    if (key === undefined) return;
    this.#keysSent += 1;
    this.#line?.press(key);
    this.#stopKeys = this.#parts.clock.after(KEY_MS, () => this.#sendKey());
  }

  #tick(beganAt: number): void {
    const elapsed = this.#parts.clock.now() - beganAt;
    this.elapsedMs.value = elapsed;
    this.#stopTimer = this.#parts.clock.after(1000 - (elapsed % 1000), () => this.#tick(beganAt));
  }
}
