import { join } from "node:path";
import { fileJournals } from "../../src/journal/files.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import type { BookEntry } from "../../src/record/record.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { bookkeeper } from "../../src/store/writer.ts";
import { callId, closed, opened, turn } from "../store/entries.ts";

/** Memory without a telephone: opens it all and plays what an earlier process left into the books. */
export async function remember(dataDir: string) {
  const database = await openDatabase({ dataDir, log: silentLog, clock: systemClock });
  const store = postgresStore(database.pool);
  const ids = randomIds(() => systemClock.wall());
  const books = bookkeeper({ store, clock: systemClock, ids, log: silentLog, meter: deafMeter });
  const journals = fileJournals({
    dir: join(dataDir, "journals"),
    clock: systemClock,
    log: silentLog,
    meter: deafMeter,
  });
  for (const { id, entries } of await journals.unfinished()) {
    for (const entry of entries) books.write(id, entry);
    if (entries.length > 0) books.write(id, closed("interrupted"));
    await books.settled(id);
    await journals.settle(id);
  }
  return { store, books, journals, close: () => database.close() };
}

/** Speaks turns on three calls for ever, telling each turn as soon as it is acknowledged. */
async function talkUntilKilled(dataDir: string, name: string): Promise<void> {
  const { books, journals } = await remember(dataDir);
  const talk = async (call: string): Promise<void> => {
    const id = callId(call);
    const journal = journals.open(id);
    const note = (entry: BookEntry): void => {
      journal.append({ atMs: 0, book: entry });
      books.write(id, entry);
    };
    note(opened(id));
    for (let seq = 1; ; seq++) {
      note(turn(seq));
      await journal.flush();
      process.stdout.write(`${id} ${seq}\n`);
      // Some way ahead of the books, so that the kill finds turns that only the journal has; not endlessly.
      if (books.backlog > 100) await books.settled(id);
    }
  };
  await Promise.all([1, 2, 3].map((line) => talk(`${name}_${line}`)));
}

const [, , task, dataDir, name] = process.argv;
if (task === "talk" && dataDir && name) await talkUntilKilled(dataDir, name);
