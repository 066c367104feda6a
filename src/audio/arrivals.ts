import { type AudioFormat, bytesPerMs } from "./format.ts";
import type { Track } from "./track.ts";

/**
 * So far ahead is looked before a frame gets its place. A line that says nothing is given up after ten seconds: what was held up
 * for less comes in one go, and is known by it.
 */
const AHEAD_MS = 12_000;
/** Networks wobble; less than this is no reason to move sound. */
const SLACK_MS = 10;

type Frame = { readonly atMs: number; readonly bytes: Buffer; readonly lengthMs: number; readonly filled: boolean };

/**
 * Puts frames on a track where they were spoken, though it is known only when they came. Frames follow one another without a gap,
 * and none can come before its own end was spoken: a frame that is late was held up if those behind it make up for it, and only
 * else comes after a gap.
 *
 * Silence that a frame's own time asked for comes with that frame, and is one itself. Silence that was guessed, since nothing came,
 * may be too much: it is left out, for a gap is silent anyhow.
 */
export class Arrivals {
  readonly #track: Track;
  readonly #bytesPerMs: number;
  readonly #sampleBytes: number;
  #waiting: Frame[] = [];

  constructor(format: AudioFormat, track: Track) {
    this.#track = track;
    this.#bytesPerMs = bytesPerMs(format);
    this.#sampleBytes = (this.#bytesPerMs * 1000) / format.rate;
  }

  /** A frame that came at `atMs`, not before the one before it. `filled`: silence that was put in for what did not come. */
  hear(atMs: number, bytes: Buffer, filled = false): void {
    this.#waiting.push({ atMs, bytes, lengthMs: bytes.length / this.#bytesPerMs, filled });
  }

  /** Up to which instant the track says what it will say in the end, all that came before `nowMs` having been heard. */
  settledMs(nowMs: number): number {
    this.#settle(nowMs - AHEAD_MS);
    return Math.max(this.#track.endMs, (this.#waiting[0]?.atMs ?? nowMs) - AHEAD_MS);
  }

  /** Nothing more comes. */
  finish(): void {
    this.#settle(Number.POSITIVE_INFINITY);
  }

  #settle(untilMs: number): void {
    const latest = latestBegins(this.#waiting);
    const settled = this.#waiting.findIndex(({ atMs }) => atMs > untilMs);
    const frames = this.#waiting.splice(0, settled < 0 ? this.#waiting.length : settled);
    for (const [index, frame] of frames.entries()) {
      const latestMs = latest[index];
      if (latestMs !== undefined) this.#place(frame, Math.max(latestMs, frame.atMs - AHEAD_MS));
    }
  }

  #place({ atMs, bytes, lengthMs }: Frame, latestMs: number): void {
    const endMs = this.#track.endMs;
    const beginMs = latestMs - endMs > SLACK_MS ? latestMs : endMs;
    // A carrier whose clock runs fast: nothing can end after it came.
    const tooMuchMs = Math.max(0, beginMs + lengthMs - (atMs + SLACK_MS));
    const cut = Math.round((tooMuchMs * this.#bytesPerMs) / this.#sampleBytes) * this.#sampleBytes;
    this.#track.put(beginMs, bytes.subarray(cut));
  }
}

/** Before which instant each frame must begin, if all follow one another and each ends before it came; not for guessed silence. */
function latestBegins(frames: readonly Frame[]): readonly (number | undefined)[] {
  let latestMs = Number.POSITIVE_INFINITY;
  let cameMs = Number.POSITIVE_INFINITY;
  const latest = frames.toReversed().map(({ atMs, lengthMs, filled }) => {
    if (!filled) cameMs = atMs;
    if (cameMs - atMs > SLACK_MS) return undefined;
    latestMs = Math.min(latestMs, atMs) - lengthMs;
    return latestMs;
  });
  return latest.reverse();
}
