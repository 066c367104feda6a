import { type AudioFormat, bytesPerMs, silenceByte } from "./format.ts";

const LONGEST_FILL_MS = 10_000;
/** Timestamps wobble; less than this, or less than one frame, is not a gap yet. */
const TOLERANCE_MS = 40;
/** A gap of this length is silence that the carrier meant to leave out; shorter ones are also packets that were lost. */
const MEANT_MS = 200;

/**
 * Finds silence that the carrier left out (Twilio may omit silent packets), by the carrier's own timestamps, so that it can be
 * put back: an ear that waits for silence would otherwise never hear the end of a sentence.
 *
 * It keeps the time up to which audio is accounted for. Every frame moves it on by its own length, every gap to the frame's
 * time; it moves back only over silence that was put in too soon (see `filled`). So no gap counts twice, and small gaps that add up are found once they exceed the tolerance.
 * What comes before the first timestamp is no gap: nobody has spoken yet, and not every carrier counts from zero.
 */
export class GapFiller {
  readonly #bytesPerMs: number;
  #accountedMs: number | undefined;
  /** Of that, what was put in since the last frame without one to tell of it. */
  #guessedMs = 0;
  #leftOut = false;

  constructor(format: AudioFormat) {
    this.#bytesPerMs = bytesPerMs(format);
  }

  /** Milliseconds (0 to 10 000, whole) of silence missing before this frame. `atMs` is its presentation time, where known. */
  missingMs(atMs: number | undefined, bytes: number): number {
    const lengthMs = bytes / this.#bytesPerMs;
    const known = atMs !== undefined && Number.isFinite(atMs);
    this.#accountedMs ??= known ? atMs : undefined;
    if (this.#accountedMs === undefined) return 0;
    if (known) this.#check(atMs);
    const gapMs = known ? atMs - this.#accountedMs : 0;
    if (gapMs < Math.max(TOLERANCE_MS, lengthMs)) {
      this.#accountedMs += lengthMs;
      return 0;
    }
    this.#accountedMs += gapMs + lengthMs;
    this.#leftOut ||= gapMs >= MEANT_MS;
    return Math.floor(Math.min(gapMs, LONGEST_FILL_MS));
  }

  /** Has this carrier ever left silence out? */
  get leftOut(): boolean {
    return this.#leftOut;
  }

  /** Silence was put in without a frame to tell of it; the next one shows whether it was missing or only late. */
  filled(ms: number): void {
    if (this.#accountedMs === undefined) return;
    this.#accountedMs += ms;
    this.#guessedMs += ms;
  }

  /** What was put in before this frame and was not missing does not count against the gaps to come. */
  #check(atMs: number): void {
    if (this.#guessedMs === 0 || this.#accountedMs === undefined) return;
    const missingMs = Math.max(0, atMs - (this.#accountedMs - this.#guessedMs));
    this.#leftOut ||= missingMs >= MEANT_MS;
    this.#accountedMs -= Math.max(0, this.#guessedMs - missingMs);
    this.#guessedMs = 0;
  }
}

/** Base64 of `ms` (rounded to whole milliseconds) of silence. */
export const silence = (format: AudioFormat, ms: number): string =>
  Buffer.alloc(Math.round(ms) * bytesPerMs(format), silenceByte(format)).toString("base64");
