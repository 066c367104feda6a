import { existsSync, mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallId } from "../record/record.ts";
import { FileJournal } from "./file-journal.ts";
import type { Journal, Journals, Unfinished } from "./journal.ts";
import { header, readJournal, SETTLED } from "./lines.ts";

export type FileJournalsOptions = { readonly dir: string; readonly log: Log; readonly meter: Meter };

const SUFFIX = ".jsonl";

/**
 * Journals as files `<dir>/<id>.jsonl`, one JSON object per line: a header `{"journal":2,"call":…}`, the entries, and
 * `{"settled":true}` once nothing need be recovered; then the file moves to `<dir>/settled`, so that a start reads only what it
 * must. Makes both folders (mode 0700) at once; throws if it cannot.
 *
 * A journal holds all that was said, and every key that was pressed, a card number's too: a replay needs them. It is for nobody
 * else's eyes (mode 0600), and kept.
 */
export function fileJournals({ dir, log, meter }: FileJournalsOptions): Journals {
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
    if (await endsSettled(path)) {
      await putAway(name);
      return undefined;
    }
    const { entries, lastAtMs, corrupt } = readJournal(await readFile(path, "utf8"));
    if (corrupt > 0) {
      meter.count("journal_corrupt_lines", {}, corrupt);
      log.warn({ file: path, corrupt }, "a journal has lines that make no sense; they are skipped");
    }
    return { id: callIdOf(name), entries, lastAtMs };
  }

  return {
    open(id): Journal {
      const journal = new FileJournal({ path: pathOf(id), log, meter }, header(id));
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
      await mark(path);
      await putAway(id + SUFFIX);
    },
    async find(id) {
      // In the order in which a file moves: one that is settled in between is found where it went.
      const places = isName(id) ? [dir, settled] : [];
      return places.map((place) => join(place, id + SUFFIX)).find((path) => existsSync(path));
    },
  };
}

const isName = (id: string): boolean => /^[\w-]+$/.test(id);

function callIdOf(name: string): CallId {
  // A file's name is where this brand comes from when a call's process is gone.
  return name.slice(0, -SUFFIX.length) as CallId;
}

async function mark(path: string): Promise<void> {
  if (await endsSettled(path)) return;
  await using closing = await openFor(path, "a");
  // The line break ends a torn line, so that the mark stands alone.
  await closing.handle.appendFile(SETTLED);
  await closing.handle.datasync();
}

async function endsSettled(path: string): Promise<boolean> {
  await using reading = await openFor(path, "r");
  const { size } = await reading.handle.stat();
  const tail = Buffer.alloc(Math.min(size, SETTLED.length));
  await reading.handle.read(tail, 0, tail.length, size - tail.length);
  return tail.toString() === SETTLED;
}

async function openFor(path: string, flags: "a" | "r"): Promise<AsyncDisposable & { readonly handle: FileHandle }> {
  const handle = await open(path, flags);
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}
