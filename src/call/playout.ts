import { type AudioFormat, base64Bytes, bytesPerMs } from "../audio/format.ts";
import type { Clock } from "../kit/clock.ts";

export type PlayoutLine = {
  /** `afterSilence`: the caller has heard the end of all sound before, and hears this frame at once. */
  play(payload: string, afterSilence: boolean): void;
  clear(): void;
};

/**
 * Sends audio at most `leadMs` ahead of the caller's ear. Little is queued at the carrier, so little is wrong when the caller
 * interrupts, and what was heard is never far from what was sent.
 */
export class Playout {
  readonly #clock: Clock;
  readonly #line: PlayoutLine;
  readonly #bytesPerMs: number;
  readonly #leadMs: number;
  /** When the caller will have heard everything sent so far, by our clock. */
  #heardAllAt = 0;

  constructor(clock: Clock, line: PlayoutLine, format: AudioFormat, leadMs: number) {
    this.#clock = clock;
    this.#line = line;
    this.#bytesPerMs = bytesPerMs(format);
    this.#leadMs = leadMs;
  }

  /** How much of what was sent is still to be played. */
  get leadMs(): number {
    return Math.max(0, this.#heardAllAt - this.#clock.now());
  }

  /** Sends the frame as soon as the lead allows; the first frame of a silence goes at once. Gives its length in ms. */
  async play(payload: string, signal: AbortSignal): Promise<number> {
    const ms = base64Bytes(payload) / this.#bytesPerMs;
    const tooEarlyMs = this.leadMs === 0 ? 0 : this.leadMs + ms - this.#leadMs;
    if (tooEarlyMs > 0) await this.#clock.sleep(Math.min(tooEarlyMs, this.leadMs), signal);
    signal.throwIfAborted();
    this.#line.play(payload, this.leadMs === 0);
    this.#heardAllAt = this.#clock.now() + this.leadMs + ms;
    return ms;
  }

  clear(): void {
    this.#line.clear();
    this.#heardAllAt = this.#clock.now();
  }
}
