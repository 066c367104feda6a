import type { AudioFormat } from "../../audio/format.ts";
import { type CallParts, type Line, type Policy, type WarmCall, warmCall } from "../../call/call.ts";
import type { JournalEntry } from "../../journal/journal.ts";
import { sinceMs } from "../../kit/clock.ts";
import { silentLog } from "../../kit/log.ts";
import { deafMeter } from "../../kit/meter.ts";
import type { BookEntry, CallEnd, CallOpening } from "../../record/record.ts";

export type KeptParts = Pick<CallParts, "clock" | "stt" | "tts" | "agent" | "apology"> & {
  readonly policy: Policy;
  readonly opening: Omit<CallOpening, "openedAt" | "agent" | "language">;
  /** What ear and mouth are warmed with. */
  readonly format: AudioFormat;
};

/** A call as the gateway lives it, from ring to end, whose journal, sound included, stays in memory. It begins at once. */
export class KeptCall {
  readonly entries: JournalEntry[] = [];
  /** Rejects for a mistake of our own only. */
  readonly end: Promise<CallEnd>;
  readonly #clock: KeptParts["clock"];
  readonly #beganAt: number;
  readonly #warm: WarmCall;
  readonly #over = new AbortController();
  #resolve: (end: CallEnd) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #lastsMs = 0;

  constructor({ policy, opening, format, ...parts }: KeptParts) {
    const { clock, agent } = parts;
    this.#clock = clock;
    this.#beganAt = clock.now();
    this.end = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits for it may come to that only later.
    this.end.catch(() => undefined);
    const who = { agent: agent.name, language: agent.language, openedAt: clock.wall() };
    this.#write({ kind: "open", opening: { ...opening, ...who } });
    const kept = {
      log: silentLog,
      meter: deafMeter,
      journal: (entry: JournalEntry) => void this.entries.push(entry),
      write: (entry: BookEntry) => this.#write(entry),
      recordAudio: true,
    };
    this.#warm = warmCall({ ...parts, ...kept, policy }, format, this.#over.signal);
  }

  /** Aborts when the call is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** How long the call lasted, once it is over. */
  get lastsMs(): number {
    return this.#lastsMs;
  }

  /** The line begins; its listeners are set before this returns. */
  converse(line: Line): void {
    this.#write({ kind: "answered", at: this.#clock.wall() });
    this.#warm.run(line).then(
      (end) => this.close(end),
      (error: unknown) => this.fail(error),
    );
  }

  /** The first end counts. */
  close(end: CallEnd): void {
    if (this.over.aborted) return;
    this.#write({ kind: "close", closing: { end, endedAt: this.#clock.wall() } });
    this.#letGo();
    this.#resolve(end);
  }

  fail(error: unknown): void {
    if (this.over.aborted) return;
    this.#letGo();
    this.#reject(error);
  }

  #letGo(): void {
    this.#lastsMs = this.#now();
    this.#over.abort(new Error("the call is over"));
  }

  #write(book: BookEntry): void {
    this.entries.push({ atMs: this.#now(), book });
  }

  #now(): number {
    return sinceMs(this.#clock, this.#beganAt);
  }
}
