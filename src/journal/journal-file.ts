import { type FileHandle, open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";

/** The last line of a journal that need not be recovered, with the line ends around it. */
export const SETTLED = '\n{"settled":true}\n';

/** Some milliseconds of work for whoever reads it. */
const CHUNK_BYTES = 64 * 1024;

/** As the file stands now, nothing behind the mark. Rejects where it cannot be read. */
export async function isSettled(path: string): Promise<boolean> {
  await using file = await open(path);
  return (await measure(file)).settled;
}

/** Marks the file as settled, on the disk; at most once. */
export async function markSettled(path: string): Promise<void> {
  if (await isSettled(path)) return;
  await using file = await open(path, "a");
  // The line break ends a torn line, so that the mark stands alone.
  await file.appendFile(SETTLED);
  await file.datasync();
}

/**
 * The text of a journal, less the mark that it is settled, in pieces: a long call's is longer than a string can be, and live calls
 * get their turn between two pieces. As far as the file goes when it is asked for. Rejects where it cannot be read.
 */
export async function* chunksOf(path: string): AsyncGenerator<string> {
  await using file = await open(path);
  const { size, settled } = await measure(file);
  // A line that a crash tore stands before the mark that recovery made: without the mark it is the last again.
  const end = settled ? size - SETTLED.length : size;
  const piece = Buffer.alloc(Math.min(end, CHUNK_BYTES));
  const decoder = new StringDecoder("utf8");
  for (let at = 0; at < end; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end - at), at);
    if (bytesRead === 0) return; // Somebody cut it off meanwhile.
    at += bytesRead;
    yield decoder.write(piece.subarray(0, bytesRead));
  }
}

async function measure(file: FileHandle): Promise<{ readonly size: number; readonly settled: boolean }> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, SETTLED.length));
  await file.read(tail, 0, tail.length, size - tail.length);
  return { size, settled: tail.toString() === SETTLED };
}
