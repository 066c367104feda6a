import { type AudioFormat, bytesPerMs, silenceByte } from "./format.ts";

const LONGEST_FILL_MS = 10_000;
/** Timestamps wobble; less than this, or less than one frame, is not a gap yet. */
const TOLERANCE_MS = 40;

/**
 * Finds silence that the carrier left out (Twilio may omit silent packets), by the carrier's own timestamps, so that it can be
 * put back: an ear that waits for silence would otherwise never hear the end of a sentence.
 *
 * It keeps the time up to which audio is accounted for. Every frame moves it on by its own length, every gap to the frame's
 * time; it never moves back. So no gap counts twice, and small gaps that add up are found once they exceed the tolerance.
 * What comes before the first timestamp is no gap: nobody has spoken yet, and not every carrier counts from zero.
 */
export class GapFiller {
  readonly #bytesPerMs: number;
  #accountedMs: number | undefined;

  constructor(format: AudioFormat) {
    this.#bytesPerMs = bytesPerMs(format);
  }

  /** Milliseconds (0 to 10 000, whole) of silence missing before this frame. `atMs` is its presentation time, where known. */
  missingMs(atMs: number | undefined, bytes: number): number {
    const lengthMs = bytes / this.#bytesPerMs;
    const known = atMs !== undefined && Number.isFinite(atMs);
    this.#accountedMs ??= known ? atMs : undefined;
    if (this.#accountedMs === undefined) return 0;
    const gapMs = known ? atMs - this.#accountedMs : 0;
    if (gapMs < Math.max(TOLERANCE_MS, lengthMs)) {
      this.#accountedMs += lengthMs;
      return 0;
    }
    this.#accountedMs += gapMs + lengthMs;
    return Math.floor(Math.min(gapMs, LONGEST_FILL_MS));
  }
}

/** Base64 of `ms` (rounded to whole milliseconds) of silence. */
export const silence = (format: AudioFormat, ms: number): string =>
  Buffer.alloc(Math.round(ms) * bytesPerMs(format), silenceByte(format)).toString("base64");
