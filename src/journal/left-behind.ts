import type { BookEntry } from "../record/record.ts";
import { chunksOf } from "./journal-file.ts";
import { lineReader, SOUND } from "./lines.ts";

/** What recovery needs of a journal of any version. */
export type LeftBehind = {
  readonly entries: readonly BookEntry[];
  readonly lastAtMs: number;
  readonly corrupt: number;
};

/** Reads the journal of a process that died, and keeps no more of it than it gives back. Rejects where the file cannot be read. */
export async function readLeftBehind(path: string): Promise<LeftBehind> {
  const entries: BookEntry[] = [];
  let lastAtMs = 0;
  const see = (atMs: number): void => {
    lastAtMs = Math.max(lastAtMs, atMs);
  };
  const reader = lineReader(
    (entry) => {
      see(entry.atMs);
      if ("book" in entry) entries.push(entry.book);
    },
    (line) => {
      const atMs = SOUND.exec(line)?.[1];
      if (atMs !== undefined) see(Number(atMs));
      return atMs !== undefined;
    },
  );
  for await (const chunk of chunksOf(path)) reader.take(chunk);
  return { entries, lastAtMs, corrupt: reader.end().corrupt };
}
