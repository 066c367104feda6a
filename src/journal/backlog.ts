import type { FileHandle } from "node:fs/promises";
import type { Lost } from "./entry.ts";

/** What one call may keep in memory while the disk stalls, in bytes. */
const CAP_BYTES = 1024 * 1024;

/** What a line counts as when it is missing; `own`: one that only the file's form asks for, which nobody would miss. */
export type LineKind = keyof Lost | "own";

/** Sound may take half of the room: the first to go is what a call can best be understood without. */
const ROOM_BYTES: Readonly<Record<LineKind, number>> = {
  audio: CAP_BYTES / 2,
  lines: CAP_BYTES,
  own: Number.POSITIVE_INFINITY,
};

type Line = { readonly bytes: Buffer; readonly kind: LineKind };

/** Lines that are not on the disk yet, in order, and bounded. */
export class Backlog {
  /** Not yet on its way; and on its way, less what the disk has taken of it. */
  #waiting: Line[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  /** The lines that `#chunk` was made of. */
  #going: readonly { readonly length: number; readonly kind: LineKind }[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** How many lines the disk has not taken, or not whole. */
  get left(): Lost {
    const left = { audio: 0, lines: 0 };
    const miss = (kind: LineKind): void => {
      if (kind !== "own") left[kind] += 1;
    };
    let taken = this.#going.reduce((sum, { length }) => sum + length, 0) - this.#chunk.length;
    for (const { length, kind } of this.#going) {
      taken -= length;
      if (taken < 0) miss(kind);
    }
    for (const { kind } of this.#waiting) miss(kind);
    return left;
  }

  /** false: there is no room. */
  add(line: string, kind: LineKind): boolean {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > ROOM_BYTES[kind]) return false;
    this.#waiting.push({ bytes, kind });
    this.#bytes += bytes.length;
    return true;
  }

  /** A full disk may take part of a line: what it took is cut off, so that the next try goes on in its middle. */
  async writeTo(handle: FileHandle): Promise<void> {
    while (this.#bytes > 0) {
      // A chunk that fails again and again is not copied again and again.
      if (this.#chunk.length === 0) this.#load(this.#waiting.splice(0));
      const { bytesWritten } = await handle.write(this.#chunk);
      this.#chunk = this.#chunk.subarray(bytesWritten);
      this.#bytes -= bytesWritten;
    }
  }

  #load(lines: readonly Line[]): void {
    this.#chunk = Buffer.concat(lines.map(({ bytes }) => bytes));
    this.#going = lines.map(({ bytes, kind }) => ({ length: bytes.length, kind }));
  }
}
