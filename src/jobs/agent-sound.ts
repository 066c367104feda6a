import { type AudioFormat, silenceByte } from "../audio/format.ts";
import type { Track } from "../audio/track.ts";
import type { SentToLine, SpokenPiece } from "../journal/journal.ts";

/** Nothing waits longer for the journal to say what became of it: what one text takes to be spoken is far below. */
const LONGEST_WAIT_MS = 120_000;

/** A piece of a reply's sound as it was pulled from the voice, or a text's end. */
type Piece = { readonly atMs: number; bytes: Buffer; readonly ends: boolean };

/**
 * The agent's side of a recording: the sound of each reply is kept as it comes from the voice, and put on the track as far as, and
 * when, the line was sent it. What was cleared before it was heard is cut off again.
 */
export class AgentSound {
  readonly #track: Track;
  readonly #silence: number;
  readonly #apology: () => Buffer;
  readonly #replies = new Map<number, Piece[]>();
  #latest = 0;
  /** Of replies up to this one nothing more is heard. */
  #over = 0;
  /** Is over with the next `clear`. */
  #stopped = 0;

  constructor(format: AudioFormat, track: Track, apology: () => Buffer) {
    this.#track = track;
    this.#silence = silenceByte(format);
    this.#apology = apology;
  }

  /** The apology is the one reply whose sound the journal does not hold. */
  begin(generation: number, apologises: boolean, atMs: number): void {
    this.#latest = generation;
    if (apologises) this.#piecesOf(generation).push({ atMs, bytes: this.#apology(), ends: false });
  }

  stop(): void {
    this.#stopped = this.#latest;
  }

  spoken(piece: SpokenPiece, atMs: number): void {
    if (piece.generation <= this.#over) return;
    this.#forget(piece.generation - 1);
    const pieces = this.#piecesOf(piece.generation);
    if ("said" in piece) pieces.push({ atMs, bytes: Buffer.alloc(0), ends: true });
    else pieces.push({ atMs, bytes: this.#soundOf(piece.bytes, piece.audio), ends: false });
  }

  sent(command: SentToLine, atMs: number): void {
    if (command.do === "clear") {
      this.#track.cut(atMs);
      this.#forget(this.#stopped);
    } else if (command.do === "played" && command.generation !== undefined) {
      this.#forget(command.generation - 1);
      this.#track.put(command.fromMs ?? this.#track.endMs, this.#take(command.generation, command.bytes));
    }
  }

  /** Lines are missing from the journal: what stands next to be played may not be what was. */
  lose(): void {
    this.#forget(this.#latest);
  }

  /** Up to which instant the track says what it will say in the end, the journal having been read up to `nowMs`. */
  settledMs(nowMs: number): number {
    const sinceMs = this.#pieces().find(({ bytes }) => bytes.length > 0)?.atMs ?? nowMs;
    return Math.max(sinceMs, nowMs - LONGEST_WAIT_MS);
  }

  /** A journal that breaks off does not say what was sent last: it is what the voice gave last. */
  finish(): void {
    for (const { atMs, bytes } of this.#pieces()) this.#track.put(atMs, bytes);
  }

  /** All that waits, in order. */
  #pieces(): readonly Piece[] {
    return [...this.#replies.values()].flat();
  }

  /** Sound that the disk did not keep up with leaves its length behind. */
  #soundOf(bytes: number, audio: string | undefined): Buffer {
    return audio === undefined ? Buffer.alloc(bytes, this.#silence) : Buffer.from(audio, "base64");
  }

  /** So much of what comes next in a reply; short of the end of a text, the rest is what its last frame was padded with. */
  #take(generation: number, bytes: number): Buffer {
    const pieces = this.#piecesOf(generation);
    while (pieces[0]?.ends) pieces.shift();
    const taken: Buffer[] = [];
    let left = bytes;
    for (let piece = pieces[0]; piece && !piece.ends && left > 0; piece = pieces[0]) {
      const part = piece.bytes.subarray(0, left);
      piece.bytes = piece.bytes.subarray(part.length);
      if (piece.bytes.length === 0) pieces.shift();
      taken.push(part);
      left -= part.length;
    }
    return Buffer.concat([...taken, Buffer.alloc(left, this.#silence)]);
  }

  #piecesOf(generation: number): Piece[] {
    const pieces = this.#replies.get(generation) ?? [];
    this.#replies.set(generation, pieces);
    return pieces;
  }

  #forget(upTo: number): void {
    this.#over = Math.max(this.#over, upTo);
    for (const generation of this.#replies.keys()) if (generation <= upTo) this.#replies.delete(generation);
  }
}
