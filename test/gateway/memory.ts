import type { GatewayParts } from "../../src/gateway/gateway.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import type { BookEntry, CallId } from "../../src/record/record.ts";
import type { CallQuery, CallSummary, DeadLetter, JobKind, StoredCall } from "../../src/store/store.ts";

/** What the rooms around the gateway were given, in memory. */
export class Memory {
  readonly journal: { readonly id: CallId; readonly entry: JournalEntry }[] = [];
  readonly flushed: CallId[] = [];
  readonly settled: CallId[] = [];
  readonly books: { readonly id: CallId; readonly entry: BookEntry }[] = [];
  readonly jobs: Job[] = [];
  backlog = 0;
  /** While false, nothing reaches the database and it answers nobody. */
  databaseUp = true;
  journalOpens = true;
  queueUp = true;
  owes: readonly JobKind[] = ["transcript"];
  deadLetters: DeadLetter[] = [];
  readonly redriven: (readonly [id: string, url: string | undefined])[] = [];
  /** Paths of recordings, by call. */
  readonly recordings = new Map<string, string>();

  entries(kind: BookEntry["kind"]): readonly BookEntry[] {
    return this.books.map(({ entry }) => entry).filter((entry) => entry.kind === kind);
  }

  ends(): readonly string[] {
    return this.books.flatMap(({ entry }) => (entry.kind === "close" ? [entry.closing.end.how] : []));
  }

  call(id: CallId): StoredCall | undefined {
    const entries = this.books.filter((one) => one.id === id).map(({ entry }) => entry);
    const opening = entries.flatMap((entry) => (entry.kind === "open" ? [entry.opening] : []))[0];
    if (!opening) return undefined;
    const turns = entries.flatMap((entry) => (entry.kind === "turn" ? [entry.turn] : []));
    const urls = entries.flatMap((entry) => (entry.kind === "recording" ? [entry.url] : []));
    const decisions = entries.flatMap((entry) => (entry.kind === "decision" ? [entry.decision] : []));
    const [closing] = entries.flatMap((entry) => (entry.kind === "close" ? [entry.closing] : []));
    const recording = urls[0] === undefined ? {} : { recordingUrl: urls[0] };
    return { ...opening, ...recording, status: closing ? "ended" : "open", ...closing, turns, decisions };
  }

  /** Of the conditions, only those that these tests ask for. */
  calls({ carrier, status, after, limit }: CallQuery): readonly CallSummary[] {
    const known = this.books.flatMap(({ id, entry }) => (entry.kind === "open" ? (this.call(id) ?? []) : []));
    const found = known
      .map(({ turns: _, decisions: __, ...summary }) => summary)
      .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1))
      .filter((call) => (carrier ?? call.carrier) === call.carrier && (status ?? call.status) === call.status);
    return found.slice(found.findIndex(({ id }) => id === after?.id) + 1).slice(0, limit);
  }

  parts(): Pick<GatewayParts, "journals" | "books" | "store" | "outbox" | "jobs" | "recordings"> {
    const database = async () => {
      if (!this.databaseUp) throw new Error("the database is down");
    };
    const memory = this;
    return {
      journals: {
        open: (id) => {
          if (!this.journalOpens) throw new Error("no space left on device");
          return {
            append: (entry) => void this.journal.push({ id, entry }),
            flush: async () => void this.flushed.push(id),
            settle: async () => void this.settled.push(id),
          };
        },
        unfinished: async () => [],
        settle: async (id) => void this.settled.push(id),
        find: async () => undefined,
      },
      books: {
        write: (id, entry) => void this.books.push({ id, entry }),
        settled: () => (this.databaseUp ? Promise.resolve() : new Promise(() => {})),
        get backlog() {
          return memory.backlog;
        },
        close: async () => {},
      },
      store: {
        get owes() {
          return memory.owes;
        },
        write: database,
        call: async (id) => {
          await database();
          return this.call(id);
        },
        calls: async (query) => {
          await database();
          return this.calls(query);
        },
        owedJobs: async () => [],
        finishTranscript: database,
        finishRecording: database,
        noteJobFailure: database,
        ping: database,
      },
      outbox: {
        dead: async (limit) => {
          await database();
          return this.deadLetters.slice(0, limit);
        },
        redrive: async (id, url) => {
          await database();
          this.redriven.push([id, url]);
          return this.deadLetters.some((letter) => letter.id === id);
        },
      },
      recordings: { find: async (id) => this.recordings.get(id) },
      jobs: {
        add: async (job) => {
          if (!this.queueUp) throw new Error("the queue is down");
          this.jobs.push(job);
        },
        work: () => {},
        counts: async () => {
          if (!this.queueUp) throw new Error("the queue is down");
          return { waiting: 0, active: 0, delayed: 0, failed: 0 };
        },
        close: async () => {},
      },
    };
  }
}
