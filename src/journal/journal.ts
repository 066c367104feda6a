import type { BookEntry, CallId } from "../record/record.ts";
import type { JournalEntry } from "./entry.ts";

export { readEntries } from "./entries.ts";
export {
  type CallSetup,
  type JournalEntry,
  type Recording,
  type SentToLine,
  type SpokenPiece,
  withoutSound,
} from "./entry.ts";
export { JournalError, readRecording, readRecordingFile, recordingText } from "./recording.ts";

export interface Journal {
  /** Never blocks, never throws: what cannot be written is counted and logged. */
  append(entry: JournalEntry): void;
  /**
   * Resolves once everything appended so far is on the disk (fdatasync): this is what "acknowledged" means. Rejects if it is not;
   * but for sound, which a disk that does not keep up costs first, and which acknowledges nothing.
   */
  flush(): Promise<void>;
  /** The call is closed and in the books: its journal need not be recovered at the next start. Closes and puts away the file. */
  settle(): Promise<void>;
}

/** What a journal left by a process that died says of its call: its book entries, in order. */
export type Unfinished = { readonly id: CallId; readonly entries: readonly BookEntry[]; readonly lastAtMs: number };

export interface Journals {
  /** Starts the journal of a call: `<DATA_DIR>/journals/<id>.jsonl`, append-only; once settled, `journals/settled/<id>.jsonl`. */
  open(id: CallId): Journal;
  /** Journals of an earlier process whose calls were never settled. A torn last line is left out. */
  unfinished(): Promise<readonly Unfinished[]>;
  /** Marks such a journal as settled, and puts it away. */
  settle(id: CallId): Promise<void>;
  /** The path of a call's journal, of whatever process and settled or not; `undefined` where there is none. */
  find(id: string): Promise<string | undefined>;
  /** The ids of calls whose settled journals are here. */
  kept(): Promise<readonly string[]>;
  /** The journal is gone for good, settled or left behind; none is fine. Rejects while this process writes it, or if it cannot. */
  remove(id: string): Promise<void>;
}
