import type { CallId } from "../record/record.ts";
import type { JournalEntry, Recording } from "./entry.ts";
import { chunksOf, SETTLED } from "./journal-file.ts";
import { header, type LineReader, lineReader, VERSION } from "./lines.ts";

/** A text that is no journal, or none that tells enough to play its call again; the message is for the person who gave it. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/**
 * A journal of this version, whole, as far as its last whole line. One that ends early may lack even its `call` entry. Throws
 * `JournalError`.
 */
export function readRecording(text: string): Recording {
  const entries: JournalEntry[] = [];
  const reader = lineReader((entry) => entries.push(entry));
  reader.take(text.endsWith(SETTLED) ? text.slice(0, -SETTLED.length) : text);
  return recordingOf(reader, entries);
}

/** The same of a file, of any length. Rejects with `JournalError`, or as reading it fails. */
export async function readRecordingFile(path: string): Promise<Recording> {
  const entries: JournalEntry[] = [];
  const reader = lineReader((entry) => entries.push(entry));
  for await (const chunk of chunksOf(path)) reader.take(chunk);
  return recordingOf(reader, entries);
}

function recordingOf(reader: LineReader, entries: readonly JournalEntry[]): Recording {
  const { header, corrupt } = reader.end();
  return { id: callOf(header), entries, corrupt };
}

/** Whose journal of this version begins with this. Throws `JournalError`. */
export function callOf(header: ReturnType<LineReader["end"]>["header"]): CallId {
  if (!header) {
    throw new JournalError("this is no journal: its first whole line is not the one that a journal begins with");
  }
  if (header.journal < VERSION) {
    throw new JournalError(`the journal was written before calls could be replayed (format version ${header.journal})`);
  }
  if (header.journal > VERSION) {
    throw new JournalError(
      `the journal has format version ${header.journal}, which is newer than this program: it reads version ${VERSION}`,
    );
  }
  return header.call;
}

/** The text of a journal that holds these entries. */
export const recordingText = ({ id, entries }: Pick<Recording, "id" | "entries">): string =>
  header(id) + entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
