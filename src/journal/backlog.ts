import type { FileHandle } from "node:fs/promises";

/** What one call may keep in memory while the disk stalls, in bytes. */
const CAP_BYTES = 1024 * 1024;
/** Sound may take half of it: the first to go is what a call can best be understood without. */
const SOUND_CAP_BYTES = CAP_BYTES / 2;

/** Lines that are not on the disk yet, in order, and bounded. */
export class Backlog {
  /** Not yet on its way; and on its way, less what the disk has taken of it. */
  #waiting: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** false: there is no room. */
  add(line: string, isSound: boolean): boolean {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > (isSound ? SOUND_CAP_BYTES : CAP_BYTES)) return false;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    return true;
  }

  /** A full disk may take part of a line: what it took is cut off, so that the next try goes on in its middle. */
  async writeTo(handle: FileHandle): Promise<void> {
    while (this.#bytes > 0) {
      // A chunk that fails again and again is not copied again and again.
      if (this.#chunk.length === 0) this.#chunk = Buffer.concat(this.#waiting.splice(0));
      const { bytesWritten } = await handle.write(this.#chunk);
      this.#chunk = this.#chunk.subarray(bytesWritten);
      this.#bytes -= bytesWritten;
    }
  }
}
