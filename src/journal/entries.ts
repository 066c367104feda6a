import type { JournalEntry } from "./entry.ts";
import { chunksOf, isSettled } from "./journal-file.ts";
import { lineReader, SOUND } from "./lines.ts";
import { callOf, JournalError } from "./recording.ts";

/**
 * The entries of a journal file, some at a time: hours of sound need little memory. Lines that make no sense are left out. Having
 * given all there is, throws `JournalError` when it is no journal of this version, or not settled: who writes it may not be done.
 * `silent`: without the caller's sound.
 */
export async function* readEntries(path: string, { silent = false } = {}): AsyncGenerator<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  const reader = lineReader(
    (entry) => entries.push(entry),
    (line) => silent && SOUND.test(line),
  );
  for await (const chunk of chunksOf(path)) {
    reader.take(chunk);
    yield entries.splice(0);
  }
  callOf(reader.end().header);
  yield entries;
  if (!(await isSettled(path))) throw new JournalError("the journal is not settled: its call may not be over");
}
