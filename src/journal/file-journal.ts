import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { Backlog } from "./backlog.ts";
import type { JournalEntry } from "./entry.ts";

/** Frames of sound wait for one another, or for anything else: a write for each would cost more than its whole way. 0.6 s. */
const BATCH_BYTES = 8192;

export type FileJournalParts = { readonly path: string; readonly log: Log; readonly meter: Meter };

type Waiter = { readonly resolve: () => void; readonly reject: (reason: unknown) => void };

/** One journal file, behind `Journal`. One write or sync is under way at a time; everything appended meanwhile goes out with the next. */
export class FileJournal {
  readonly #parts: FileJournalParts;
  readonly #backlog = new Backlog();
  #handle: FileHandle | undefined;
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #complained = false;
  /** Lines that the next flush cannot acknowledge. */
  #lost = 0;
  /** What the file does not tell yet to be missing from it. */
  #gap = { audio: 0, lines: 0 };
  #lastAtMs = 0;
  #closed = false;

  /** `begin` is the header, written with the first lines. */
  constructor(parts: FileJournalParts, begin: string) {
    this.#parts = parts;
    this.#push(begin);
  }

  append(entry: JournalEntry): void {
    if (this.#closed) return this.#parts.meter.count("journal_late");
    this.#lastAtMs = entry.atMs;
    try {
      const silent = withoutSound(entry);
      if (silent === entry) this.#push(lineOf(entry));
      else if (!this.#pushSound(lineOf(entry)) && silent) this.#push(lineOf(silent));
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
    this.#markGap();
    this.#push(end);
    await this.flush().catch(() => undefined); // Counted and logged where it failed.
    this.#closed = true;
    await this.#running;
    await this.#handle?.close().catch((error: unknown) => this.#complain(error));
    this.#handle = undefined;
  }

  #push(line: string): void {
    if (this.#backlog.add(line, false)) return this.#run();
    this.#complain(new Error("the disk does not keep up"));
    this.#lose("journal_dropped");
  }

  /** false: there is no room for it. */
  #pushSound(line: string): boolean {
    if (this.#backlog.add(line, true)) {
      if (this.#backlog.bytes >= BATCH_BYTES) this.#run();
      return true;
    }
    if (this.#gap.audio === 0) this.#parts.log.warn({ file: this.#parts.path }, "the disk does not keep up with sound");
    this.#gap.audio += 1;
    this.#parts.meter.count("journal_audio_dropped");
    return false;
  }

  #lose(counter: string): void {
    this.#lost += 1;
    this.#gap.lines += 1;
    this.#parts.meter.count(counter);
  }

  /** One line for a whole stretch of losses, where it ends. */
  #markGap(): void {
    const { audio, lines } = this.#gap;
    if (audio + lines === 0) return;
    this.#gap = { audio: 0, lines: 0 };
    this.#parts.log.warn({ file: this.#parts.path, audio, lines }, "the journal is written again, with a gap");
    this.#push(lineOf({ atMs: this.#lastAtMs, lost: { audio, lines } }));
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
    while (healthy && (this.#backlog.bytes > 0 || this.#waiters.length > 0)) {
      const waiters = this.#waiters.splice(0);
      const lost = this.#lost;
      try {
        const handle = await this.#open();
        await this.#backlog.writeTo(handle);
        this.#markGap();
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
}

const lineOf = (entry: JournalEntry): string => `${JSON.stringify(entry)}\n`;

/** The same entry where there is no sound in it; `undefined` where there is nothing else. */
function withoutSound(entry: JournalEntry): JournalEntry | undefined {
  if ("audio" in entry) return undefined;
  if (!("spoken" in entry) || !("audio" in entry.spoken)) return entry;
  const { audio: _, ...spoken } = entry.spoken;
  return { ...entry, spoken };
}
