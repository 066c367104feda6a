import { type AudioFormat, base64Bytes, bytesPerMs } from "../../audio/format.ts";
import type { Line, LineSignal } from "../../call/call.ts";
import type { Framing } from "../../carrier/carrier.ts";
import type { Clock } from "../../kit/clock.ts";
import type { LineNote } from "./replayed.ts";

export type VirtualLineParts = {
  readonly clock: Clock;
  readonly framing: (format: AudioFormat) => Framing;
  /** What the line carries. */
  readonly format: AudioFormat;
  /** How long after the caller has heard up to a mark its echo comes back. */
  readonly echoMs: number;
};

type Mark = { readonly mark: string; readonly dueAt: number };

/**
 * A line whose caller hears what is sent, on a clock: sound plays at its own speed, one frame behind the other, and each mark
 * comes back once everything before it was heard, or at once when it is cleared. `held` keeps all marks back: then whoever
 * knows when they came gives them back.
 */
export class VirtualLine implements Line {
  onAudio: Line["onAudio"] = () => {};
  onSignal: (signal: LineSignal) => void = () => {};
  /** Everything that was sent, with its instant by the clock. */
  readonly notes: LineNote[] = [];
  held = false;
  readonly #parts: VirtualLineParts;
  readonly #marks: Mark[] = [];
  #heardAllAt = 0;

  constructor(parts: VirtualLineParts) {
    this.#parts = parts;
  }

  /** How much of what was sent the caller has still to hear. */
  get leadMs(): number {
    return Math.max(0, this.#heardAllAt - this.#parts.clock.now());
  }

  framing(format: AudioFormat): Framing {
    return this.#parts.framing(format);
  }

  play(payload: string): void {
    const now = this.#parts.clock.now();
    const ms = base64Bytes(payload) / bytesPerMs(this.#parts.format);
    this.#heardAllAt = Math.max(this.#heardAllAt, now) + ms;
    this.notes.push({ atMs: now, do: "play", ms });
  }

  mark(mark: string): void {
    const now = this.#parts.clock.now();
    this.notes.push({ atMs: now, do: "mark", mark });
    const due = { mark, dueAt: Math.max(this.#heardAllAt, now) + this.#parts.echoMs };
    this.#marks.push(due);
    if (!this.held) this.#echo(due);
  }

  clear(): void {
    const { clock, echoMs } = this.#parts;
    const now = clock.now();
    this.notes.push({ atMs: now, do: "clear" });
    this.#heardAllAt = now;
    const cleared = this.#marks.splice(0).map(({ mark }) => ({ mark, dueAt: now + echoMs }));
    this.#marks.push(...cleared);
    if (!this.held) for (const mark of cleared) this.#echo(mark);
  }

  /** From now on the marks come back by themselves, those that are still out included. */
  release(): void {
    this.held = false;
    for (const mark of this.#marks) this.#echo(mark);
  }

  /** A held mark comes back. False when it never went out, or is back already. */
  giveBack(mark: string): boolean {
    const index = this.#marks.findIndex((other) => other.mark === mark);
    if (index >= 0) this.#marks.splice(index, 1);
    this.onSignal({ kind: "played", mark });
    return index >= 0;
  }

  #echo(due: Mark): void {
    const { clock } = this.#parts;
    clock.after(Math.max(0, due.dueAt - clock.now()), () => {
      // Cleared meanwhile: then another one, for the same mark, is under way.
      if (this.#marks.includes(due)) this.giveBack(due.mark);
    });
  }
}
