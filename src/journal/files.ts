import { existsSync, mkdirSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallId } from "../record/record.ts";
import { FileJournal } from "./file-journal.ts";
import type { Journal, Journals, Unfinished } from "./journal.ts";
import { isSettled, markSettled, SETTLED } from "./journal-file.ts";
import { readLeftBehind } from "./left-behind.ts";
import { header } from "./lines.ts";

export type FileJournalsOptions = {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

const SUFFIX = ".jsonl";

/**
 * Journals as files `<dir>/<id>.jsonl`, one JSON object per line: a header `{"journal":2,"call":…}`, the entries, and
 * `{"settled":true}` once nothing need be recovered; then the file moves to `<dir>/settled`, so that a start reads only what it
 * must. Makes both folders (mode 0700) at once; throws if it cannot.
 *
 * A journal holds all that was said, and every key that was pressed, a card number's too: a replay needs them. It is for nobody
 * else's eyes (mode 0600), and kept until the call is erased, also where numbers are left out of what is written elsewhere.
 */
export function fileJournals({ dir, clock, log, meter }: FileJournalsOptions): Journals {
  const settled = join(dir, "settled");
  mkdirSync(settled, { recursive: true, mode: 0o700 });
  /** Journals of this process, by file name: not left behind. Node closes a file nobody holds, and warns. */
  const alive = new Map<string, FileJournal>();
  const pathOf = (id: CallId): string => {
    if (!isName(id)) throw new Error(`${JSON.stringify(id)} cannot name a journal`);
    return join(dir, id + SUFFIX);
  };

  /** Where it fails, the mark in the file says the same, and the next start tries again. */
  async function putAway(name: string): Promise<void> {
    await rename(join(dir, name), join(settled, name)).catch((error: unknown) => {
      meter.count("journal_errors");
      log.warn({ err: error, file: name }, "a settled journal cannot be put away");
    });
  }

  async function read(name: string): Promise<Unfinished | undefined> {
    const path = join(dir, name);
    if (await isSettled(path)) {
      await putAway(name);
      return undefined;
    }
    const { entries, lastAtMs, corrupt } = await readLeftBehind(path);
    if (corrupt > 0) {
      meter.count("journal_corrupt_lines", {}, corrupt);
      log.warn({ file: path, corrupt }, "a journal has lines that make no sense; they are skipped");
    }
    return { id: callIdOf(name), entries, lastAtMs };
  }

  return {
    open(id): Journal {
      const journal = new FileJournal({ path: pathOf(id), clock, log, meter }, header(id));
      alive.set(id + SUFFIX, journal);
      return {
        append: (entry) => journal.append(entry),
        flush: () => journal.flush(),
        async settle() {
          if (!alive.has(id + SUFFIX)) return;
          await journal.settle(SETTLED.trimStart());
          await putAway(id + SUFFIX);
          alive.delete(id + SUFFIX);
        },
      };
    },
    async unfinished() {
      const names = (await readdir(dir)).filter((name) => name.endsWith(SUFFIX) && !alive.has(name)).sort();
      const found: Unfinished[] = [];
      for (const name of names) {
        const journal = await read(name).catch((error: unknown) => {
          meter.count("journal_errors");
          log.error({ err: error, file: name }, "a journal cannot be read; its call is not recovered");
        });
        if (journal) found.push(journal);
      }
      return found;
    },
    async settle(id) {
      const path = pathOf(id);
      if (!existsSync(path)) return; // Put away before.
      await markSettled(path);
      await putAway(id + SUFFIX);
    },
    async find(id) {
      // In the order in which a file moves: one that is settled in between is found where it went.
      const places = isName(id) ? [dir, settled] : [];
      return places.map((place) => join(place, id + SUFFIX)).find((path) => existsSync(path));
    },
    async kept() {
      const names = await readdir(settled);
      return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    },
    async remove(id) {
      if (alive.has(id + SUFFIX)) throw new Error("the call's journal is still being written");
      if (!isName(id)) return;
      for (const place of [dir, settled]) await rm(join(place, id + SUFFIX), { force: true });
      // Or a power cut may bring them back.
      for (const place of [dir, settled]) await synced(place);
    },
  };
}

async function synced(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

const isName = (id: string): boolean => /^[\w-]+$/.test(id);

function callIdOf(name: string): CallId {
  // A file's name is where this brand comes from when a call's process is gone.
  return name.slice(0, -SUFFIX.length) as CallId;
}
