import type { Caption } from "../call/call.ts";
import type { Journal, JournalEntry } from "../journal/journal.ts";
import { sinceMs } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { BookEntry, CallId, Redaction } from "../record/record.ts";
import { readable, readableEntry } from "../record/redaction.ts";
import type { CallFeed } from "./call-feed.ts";
import type { GatewayParts } from "./parts.ts";

/** What has been said must survive us; decisions may go with the crash. */
const ACKNOWLEDGED: readonly BookEntry["kind"][] = ["open", "turn", "close"];

/** Everything that is written of one call while it lives, and what is owed when it is over. */
export class Paperwork {
  readonly #parts: Pick<GatewayParts, "clock" | "books" | "store" | "jobs" | "meter">;
  readonly #id: CallId;
  readonly #feed: CallFeed;
  readonly #log: Log;
  readonly #beganAt: number;
  readonly #journal: Journal;
  #flushed: Promise<void> = Promise.resolve();
  #redact: Redaction | undefined;

  /** Throws when the journal cannot be opened; then nothing is held. */
  constructor(parts: GatewayParts, id: CallId, feed: CallFeed, log: Log) {
    this.#parts = parts;
    this.#id = id;
    this.#feed = feed;
    this.#log = log;
    this.#beganAt = parts.clock.now();
    this.#journal = parts.journals.open(id);
  }

  /** To the journal alone. */
  append(entry: JournalEntry): void {
    this.#journal.append(entry);
  }

  /**
   * To the journal, to the books and to who follows the calls, at once; what must not be read, to the journal alone. What a restart
   * must not lose is put on the disk; the call does not wait for it.
   */
  write(entry: BookEntry): void {
    this.#journal.append({ atMs: sinceMs(this.#parts.clock, this.#beganAt), book: entry });
    if (entry.kind === "open") this.#redact = entry.opening.redact;
    const readable = readableEntry(entry, this.#redact);
    this.#parts.books.write(this.#id, readable);
    this.#feed.tell(this.#id, readable);
    if (ACKNOWLEDGED.includes(entry.kind)) this.#flushed = this.#flush();
  }

  /** To who follows the calls, as far as it may be read, and to nobody else. */
  show(caption: Caption): void {
    // What is said so far may be a piece of a number: then any digit tells.
    const shown = "text" in caption ? { ...caption, text: readable(caption.text, this.#redact, "said", 1) } : caption;
    this.#feed.show(this.#id, shown);
  }

  /** Books first, then the journal need not be recovered, then the jobs: where one fails, the next start or the sweep does it. */
  async settle(): Promise<void> {
    const { books, store, jobs, meter } = this.#parts;
    try {
      await this.#flushed;
      await books.settled(this.#id);
      await this.#journal.settle();
    } catch (error) {
      meter.count("settle_failures");
      this.#log.error({ err: error }, "a call was not settled; the next start recovers it");
      return;
    }
    try {
      for (const kind of await store.owedBy(this.#id)) await jobs.add({ kind, callId: this.#id });
    } catch (error) {
      meter.count("job_add_failures");
      this.#log.warn({ err: error }, "a job was not queued; the sweep will do it");
    }
  }

  async #flush(): Promise<void> {
    try {
      await this.#journal.flush();
    } catch (error) {
      this.#parts.meter.count("journal_flush_failures");
      this.#log.error({ err: error }, "a journal could not be flushed");
    }
  }
}
