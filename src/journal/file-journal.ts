import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { JournalEntry } from "./journal.ts";

/** What one call may keep in memory while the disk stalls, in bytes. */
const CAP_BYTES = 1024 * 1024;

export type FileJournalParts = { readonly path: string; readonly log: Log; readonly meter: Meter };

type Waiter = { readonly resolve: () => void; readonly reject: (reason: unknown) => void };

/** One journal file, behind `Journal`. One write or sync is under way at a time; everything appended meanwhile goes out with the next. */
export class FileJournal {
  readonly #parts: FileJournalParts;
  #handle: FileHandle | undefined;
  /** Not yet on its way; and on its way, less what the disk has taken of it. */
  #waiting: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #complained = false;
  #lost = 0;
  #closed = false;

  /** `begin` is the header, written with the first lines. */
  constructor(parts: FileJournalParts, begin: string) {
    this.#parts = parts;
    this.#push(begin);
  }

  append(entry: JournalEntry): void {
    if (this.#closed) return this.#lose("journal_late");
    try {
      this.#push(`${JSON.stringify(entry)}\n`);
    } catch (error) {
      this.#complain(error);
      this.#lose("journal_unwritable");
    }
  }

  flush(): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("the journal is closed"));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#run();
    });
  }

  /** Writes `end` as the last line. Never rejects: a journal that is not settled is recovered once more, to no effect. */
  async settle(end: string): Promise<void> {
    if (this.#closed) return;
    this.#push(end);
    await this.flush().catch(() => undefined); // Counted and logged where it failed.
    this.#closed = true;
    await this.#running;
    await this.#handle?.close().catch((error: unknown) => this.#complain(error));
    this.#handle = undefined;
  }

  #push(text: string): void {
    const line = Buffer.from(text);
    if (this.#bytes + line.length > CAP_BYTES) {
      this.#complain(new Error("the disk does not keep up"));
      return this.#lose("journal_dropped");
    }
    this.#waiting.push(line);
    this.#bytes += line.length;
    this.#run();
  }

  #lose(counter: string): void {
    this.#lost += 1;
    this.#parts.meter.count(counter);
  }

  /** Once per outage: a full disk fails at each line. */
  #complain(error: unknown): void {
    this.#parts.meter.count("journal_errors");
    if (this.#complained) return;
    this.#complained = true;
    this.#parts.log.error({ err: error, file: this.#parts.path }, "the journal cannot be written");
  }

  #run(): void {
    this.#running ??= this.#work();
  }

  /** Never rejects. After a failure it stops; the next append or flush tries again from where the disk stood. */
  async #work(): Promise<void> {
    // Lets what one event appends go out as one write.
    await Promise.resolve();
    let healthy = true;
    while (healthy && (this.#bytes > 0 || this.#waiters.length > 0)) {
      const waiters = this.#waiters.splice(0);
      const lost = this.#lost;
      try {
        const handle = await this.#open();
        await this.#write(handle);
        if (waiters.length > 0) await handle.datasync();
        this.#complained = false;
        this.#answer(waiters, lost);
      } catch (error) {
        healthy = false;
        this.#complain(error);
        for (const waiter of waiters.concat(this.#waiters.splice(0))) waiter.reject(error);
      }
    }
    // In the same breath as the loop's last look: what is appended from now on starts the next run.
    this.#running = undefined;
  }

  #answer(waiters: readonly Waiter[], lost: number): void {
    if (waiters.length === 0) return;
    this.#lost -= lost;
    const error = new Error(`${lost} journal lines were lost since the last flush`);
    for (const waiter of waiters) lost > 0 ? waiter.reject(error) : waiter.resolve();
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    const handle = await open(this.#parts.path, "a", 0o600);
    this.#handle = handle;
    // Without it a file made just before a power cut may be gone with all that was synced into it.
    const folder = await open(dirname(this.#parts.path), "r");
    await folder.sync().finally(() => folder.close());
    return handle;
  }

  /** A full disk may take part of a line: what it took is cut off, so that the next try goes on in its middle. */
  async #write(handle: FileHandle): Promise<void> {
    this.#chunk = Buffer.concat([this.#chunk, ...this.#waiting.splice(0)]);
    while (this.#chunk.length > 0) {
      const { bytesWritten } = await handle.write(this.#chunk);
      this.#chunk = this.#chunk.subarray(bytesWritten);
      this.#bytes -= bytesWritten;
    }
  }
}
