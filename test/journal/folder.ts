import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileJournals } from "../../src/journal/files.ts";
import type { Journal, Journals } from "../../src/journal/journal.ts";
import { type Log, silentLog } from "../../src/kit/log.ts";
import { deafMeter, type Meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

/** A folder for journals, and what was counted and logged over it. */
export type JournalFolder = {
  readonly dir: string;
  readonly clock: VirtualClock;
  readonly counts: Record<string, number>;
  readonly errors: string[];
  readonly warnings: string[];
  /** With what a message was logged, for the last time. */
  readonly fields: Record<string, object>;
  /** A process's: the next call begins another. */
  journals(): Journals;
  /** Closes every journal that was opened, and deletes the folder. */
  leave(): Promise<void>;
};

export async function journalFolder(): Promise<JournalFolder> {
  const dir = await mkdtemp(join(tmpdir(), "durvani-journal-"));
  const clock = new VirtualClock();
  const counts: Record<string, number> = {};
  const errors: string[] = [];
  const warnings: string[] = [];
  const fields: Record<string, object> = {};
  const note = (messages: string[]) => (about: object, message: string) => {
    messages.push(message);
    fields[message] = about;
  };
  const log: Log = { ...silentLog, error: note(errors), warn: note(warnings) };
  const count: Meter["count"] = (name, _labels, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const opened: Journal[] = [];
  return {
    dir,
    clock,
    counts,
    errors,
    warnings,
    fields,
    journals() {
      const journals = fileJournals({ dir, clock, log, meter: { ...deafMeter, count } });
      return {
        ...journals,
        open(id) {
          const journal = journals.open(id);
          opened.push(journal);
          return journal;
        },
      };
    },
    async leave() {
      await Promise.all(opened.map((journal) => journal.settle()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
