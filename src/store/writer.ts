import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { backoffMs } from "../kit/retry.ts";
import type { BookEntry, CallId } from "../record/record.ts";
import type { Books, CallStore } from "./store.ts";

export type BookkeeperParts = {
  readonly store: Pick<CallStore, "write">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
};

/** Entries of all calls that may be on their way to the database at once. Less than its pool has clients. */
const CONCURRENCY = 6;
const AWAY = { firstMs: 50, capMs: 2000 };
/** An entry the database itself refuses this often will hardly get in: it is tried seldom, and somebody must look. */
const REFUSALS = 20;
const REFUSED_WAIT_MS = 30_000;

type Waiter = { readonly at: number; readonly resolve: () => void; readonly reject: (reason: unknown) => void };

/** One call's entries. `given` and `written` count since the process began, for `settled`. */
type Desk = {
  readonly entries: BookEntry[];
  given: number;
  written: number;
  tries: number;
  waiters: Waiter[];
};

/**
 * Writes each call's entries in order, one at a time, a few calls at once, again and again until the database has them.
 * A database that is away, or an entry it refuses, delays nobody who writes; a refused entry holds back only its own call.
 */
export function bookkeeper(parts: BookkeeperParts): Books {
  return new Bookkeeper(parts);
}

class Bookkeeper implements Books {
  readonly #parts: BookkeeperParts;
  readonly #desks = new Map<CallId, Desk>();
  readonly #ready: CallId[] = [];
  readonly #cancels = new Set<() => void>();
  #busy = 0;
  #backlog = 0;
  #awaySinceMs: number | undefined;
  #stopped: { readonly reason: unknown } | undefined;
  #onEmpty = (): void => {};

  constructor(parts: BookkeeperParts) {
    this.#parts = parts;
  }

  get backlog(): number {
    return this.#backlog;
  }

  write(id: CallId, entry: BookEntry): void {
    if (this.#stopped) {
      this.#parts.meter.count("books_late");
      this.#parts.log.error({ call: id, kind: entry.kind }, "an entry came after the books were closed");
      return;
    }
    const desk = this.#desks.get(id) ?? { entries: [], given: 0, written: 0, tries: 0, waiters: [] };
    const idle = desk.entries.length === 0;
    this.#desks.set(id, desk);
    desk.entries.push(entry);
    desk.given += 1;
    this.#count(1);
    if (idle) this.#makeReady(id);
  }

  settled(id: CallId): Promise<void> {
    const desk = this.#desks.get(id);
    if (!desk) return Promise.resolve();
    if (this.#stopped) return Promise.reject(this.#stopped.reason);
    return new Promise((resolve, reject) => desk.waiters.push({ at: desk.given, resolve, reject }));
  }

  close(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (reason: unknown): void => {
        signal.removeEventListener("abort", onAbort);
        this.#stop(reason);
      };
      const onAbort = (): void => {
        stop(signal.reason);
        reject(signal.reason);
      };
      this.#onEmpty = () => {
        stop(new Error("the books are closed"));
        resolve();
      };
      if (this.#backlog === 0) return this.#onEmpty();
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#onEmpty = () => {};
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#ready.length = 0;
    for (const desk of this.#desks.values()) for (const waiter of desk.waiters.splice(0)) waiter.reject(reason);
  }

  #count(change: number): void {
    this.#backlog += change;
    this.#parts.meter.gauge("books_backlog", this.#backlog);
  }

  #makeReady(id: CallId): void {
    if (this.#stopped) return;
    this.#ready.push(id);
    while (this.#busy < CONCURRENCY) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#busy += 1;
      void this.#writeNext(next);
    }
  }

  /** Never rejects. */
  async #writeNext(id: CallId): Promise<void> {
    const desk = this.#desks.get(id);
    const entry = desk?.entries[0];
    if (!desk || !entry) return;
    let waitMs: number | undefined;
    try {
      await this.#parts.store.write(id, entry);
      this.#noteWritten(desk);
    } catch (error) {
      waitMs = this.#noteFailure(id, desk, entry, error);
    }
    this.#busy -= 1;
    if (desk.entries.length === 0) this.#desks.delete(id);
    else if (waitMs === undefined) this.#makeReady(id);
    else this.#makeReadyIn(waitMs, id);
    this.#pump();
    if (this.#backlog === 0) this.#onEmpty();
  }

  #pump(): void {
    const next = this.#busy < CONCURRENCY ? this.#ready.shift() : undefined;
    if (next !== undefined) this.#makeReady(next);
  }

  #makeReadyIn(waitMs: number, id: CallId): void {
    if (this.#stopped) return;
    const cancel = this.#parts.clock.after(waitMs, () => {
      this.#cancels.delete(cancel);
      this.#makeReady(id);
    });
    this.#cancels.add(cancel);
  }

  #noteWritten(desk: Desk): void {
    desk.entries.shift();
    desk.written += 1;
    desk.tries = 0;
    this.#count(-1);
    const done = desk.waiters.filter((waiter) => waiter.at <= desk.written);
    desk.waiters = desk.waiters.filter((waiter) => waiter.at > desk.written);
    for (const waiter of done) waiter.resolve();
    if (this.#awaySinceMs === undefined) return;
    const awayMs = Math.round(this.#parts.clock.now() - this.#awaySinceMs);
    this.#awaySinceMs = undefined;
    this.#parts.log.info({ awayMs, backlog: this.#backlog }, "the database takes entries again");
  }

  /** How long to wait before the next try, in ms. */
  #noteFailure(id: CallId, desk: Desk, entry: BookEntry, error: unknown): number {
    const { clock, ids, log, meter } = this.#parts;
    const attempt = desk.tries;
    desk.tries += 1;
    meter.count("books_retries");
    const waitMs = backoffMs(attempt, () => ids.chance(), AWAY);
    if (!isRefusal(error)) {
      if (this.#awaySinceMs === undefined) {
        this.#awaySinceMs = clock.now();
        log.warn({ err: error, backlog: this.#backlog }, "the database does not take entries: they wait in memory");
      }
      return waitMs;
    }
    if (attempt === 0) log.warn({ err: error, call: id, kind: entry.kind }, "the database refused an entry");
    if (desk.tries < REFUSALS) return waitMs;
    meter.count("books_refused");
    log.error({ err: error, call: id, kind: entry.kind, tries: desk.tries }, "the database keeps refusing an entry");
    return REFUSED_WAIT_MS;
  }
}

/** SQLSTATE classes 22 (data), 23 (constraints) and 42 (statement): the server is well, and dislikes this entry. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^(22|23|42)[0-9A-Z]{3}$/.test(String(error.code));
}
