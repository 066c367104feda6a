import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { Backlog, type LineKind } from "./backlog.ts";
import { type JournalEntry, type Lost, withoutSound } from "./entry.ts";

/** Frames of sound wait for one another, or for anything else: a write for each would cost more than its whole way. 0.6 s. */
const BATCH_BYTES = 8192;
/** So long nothing but a flush tries a disk again that failed: a call appends fifty times a second. */
const RETRY_MS = 1000;
const NOTHING: Lost = { audio: 0, lines: 0 };

export type FileJournalParts = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

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
  /** What is missing since the last line that found room; and since when at the latest. */
  #gap = NOTHING;
  #gapAtMs = 0;
  /** What is missing, and the log has not told. */
  #untold = NOTHING;
  /** The disk failed, and nothing but a flush tries it again before this. */
  #retryAt: number | undefined;
  #closed = false;

  /** `begin` is the header, written with the first lines. */
  constructor(parts: FileJournalParts, begin: string) {
    this.#parts = parts;
    this.#backlog.add(begin, "own");
    this.#run();
  }

  append(entry: JournalEntry): void {
    if (this.#closed) return this.#parts.meter.count("journal_late");
    try {
      const silent = withoutSound(entry);
      if (silent === entry) this.#push(entry);
      else if (!this.#pushSound(entry) && silent) this.#push(silent);
    } catch (error) {
      this.#complain(error);
      this.#lose("lines", entry.atMs, "journal_unwritable");
    }
  }

  flush(): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("the journal is closed"));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#run();
    });
  }

  /**
   * Writes `end` as the last line. Never rejects: a journal that is not settled is recovered once more, to no effect. What the disk
   * does not take now is given up, counted and logged.
   */
  async settle(end: string): Promise<void> {
    if (this.#closed) return;
    this.#add(end, "own");
    await this.flush().catch(() => undefined); // Counted and logged where it failed.
    this.#closed = true;
    await this.#running;
    await this.#handle?.close().catch((error: unknown) => this.#complain(error));
    this.#handle = undefined;
    this.#giveUp();
  }

  #push(entry: JournalEntry): void {
    if (this.#add(lineOf(entry), "lines")) return this.#runWhenDue();
    this.#complain(new Error("the disk does not keep up"));
    this.#lose("lines", entry.atMs, "journal_dropped");
  }

  /** false: there is no room for it. */
  #pushSound(entry: JournalEntry): boolean {
    if (this.#add(lineOf(entry), "audio")) {
      if (this.#backlog.bytes >= BATCH_BYTES) this.#runWhenDue();
      return true;
    }
    const { log, path } = this.#parts;
    if (this.#untold.audio === 0) log.warn({ file: path }, "the disk does not keep up with sound");
    this.#lose("audio", entry.atMs, "journal_audio_dropped");
    return false;
  }

  /** false: there is no room. The first line behind a gap takes the one that tells of the gap along, in front. */
  #add(line: string, kind: LineKind): boolean {
    const isGap = this.#gap !== NOTHING;
    const mark = isGap ? lineOf({ atMs: this.#gapAtMs, lost: this.#gap }) : "";
    if (!this.#backlog.add(mark + line, kind)) return false;
    this.#gap = NOTHING;
    return true;
  }

  #lose(kind: keyof Lost, atMs: number, counter: string): void {
    if (kind === "lines") this.#lost += 1;
    this.#gap = { ...this.#gap, [kind]: this.#gap[kind] + 1 };
    this.#gapAtMs = atMs;
    this.#untold = { ...this.#untold, [kind]: this.#untold[kind] + 1 };
    this.#parts.meter.count(counter);
  }

  /** The disk has taken all that found room: told once for a whole outage, and in the file at once, for nothing else may come. */
  #tellGap(): void {
    if (this.#untold === NOTHING) return;
    this.#parts.log.warn({ file: this.#parts.path, ...this.#untold }, "the journal is written again, with a gap");
    this.#untold = NOTHING;
    if (this.#gap !== NOTHING) this.#add("", "own");
  }

  #giveUp(): void {
    const { log, meter, path } = this.#parts;
    const { left } = this.#backlog;
    if (left.lines > 0) meter.count("journal_dropped", {}, left.lines);
    if (left.audio > 0) meter.count("journal_audio_dropped", {}, left.audio);
    const audio = this.#untold.audio + left.audio;
    const lines = this.#untold.lines + left.lines;
    if (audio + lines > 0)
      log.error({ file: path, audio, lines }, "a journal is closed without what the disk did not take");
  }

  /** Once per outage: a full disk fails at each line. */
  #complain(error: unknown): void {
    this.#parts.meter.count("journal_errors");
    if (this.#complained) return;
    this.#complained = true;
    this.#parts.log.error({ err: error, file: this.#parts.path }, "the journal cannot be written");
  }

  #runWhenDue(): void {
    if (this.#retryAt === undefined || this.#parts.clock.now() >= this.#retryAt) this.#run();
  }

  #run(): void {
    this.#running ??= this.#work();
  }

  /** Never rejects. After a failure it stops; the next flush, or an append a while later, tries again from where the disk stood. */
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
        this.#tellGap();
        if (waiters.length > 0) await handle.datasync();
        this.#complained = false;
        this.#retryAt = undefined;
        this.#answer(waiters, lost);
      } catch (error) {
        healthy = false;
        this.#retryAt = this.#parts.clock.now() + RETRY_MS;
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
