import type { GatewayParts } from "../../src/gateway/gateway.ts";
import type { Replays } from "../../src/gateway/replaying.ts";
import type { CommandRelay, CommandResult, Job, RemoteCommand } from "../../src/jobs/jobs.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { PRICES } from "../../src/record/price-table.ts";
import type { BookEntry, CallId } from "../../src/record/record.ts";
import type { Usage } from "../../src/record/usage.ts";
import type { CallQuery, CallSummary, DeadLetter, JobKind, StoredCall } from "../../src/store/store.ts";

const USAGE: Usage = {
  calls: 1,
  streamSeconds: 61,
  spokenMs: 2500,
  voices: [{ model: "bulbul:v3", characters: 200 }],
  models: [{ model: "sarvam-105b", answers: 2, uncounted: 1, prompt: 1000, cached: 400, completion: 50 }],
  carriers: [{ carrier: "twilio", seconds: 61, minutes: 2 }],
};

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
  /** What other processes were asked, and what they answer of calls that they have. */
  readonly asked: RemoteCommand[] = [];
  readonly elsewhere = new Map<CallId, CommandResult>();
  /** Commands from other processes, to calls of this one. */
  carryOut: Parameters<CommandRelay["serve"]>[0] = () => undefined;
  readonly erased: CallId[] = [];
  /** Why no call can be erased. */
  unerasable: Error | undefined;
  /** What is written up of calls, what all of them still owe, and which were to be transcribed again. */
  readonly writeUps = new Map<CallId, Partial<StoredCall>>();
  owed: readonly JobKind[] = [];
  readonly retranscribed: CallId[] = [];
  /** Paths of journals, by call; and what replaying them comes to. */
  readonly journals = new Map<string, string>();
  replays: Replays = {
    fixture: async () => ({ kind: "done", answer: '{"journal":2}\n' }),
    replay: async () => ({ kind: "done", answer: { events: 1, tookMs: 1, callMs: 1, differences: [] } }),
    close: async () => {},
  };
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
    return {
      ...opening,
      ...recording,
      ...this.writeUps.get(id),
      status: closing ? "ended" : "open",
      ...closing,
      turns,
      decisions,
      ...(closing && { usage: USAGE }),
    };
  }

  #erase(id: CallId): "erased" | "open" {
    if (this.unerasable) throw this.unerasable;
    if (this.call(id)?.status === "open") return "open";
    this.erased.push(id);
    return "erased";
  }

  /** Of the conditions, only those that these tests ask for. */
  calls({ carrier, status, after, limit }: CallQuery): readonly CallSummary[] {
    const known = this.books.flatMap(({ id, entry }) => (entry.kind === "open" ? (this.call(id) ?? []) : []));
    const found = known
      .map((call) => {
        const {
          turns: _t,
          decisions: _d,
          usage: _u,
          summary: _s,
          translation: _n,
          retranscription: _r,
          ...summary
        } = call;
        return summary;
      })
      .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1))
      .filter((call) => (carrier ?? call.carrier) === call.carrier && (status ?? call.status) === call.status);
    return found.slice(found.findIndex(({ id }) => id === after?.id) + 1).slice(0, limit);
  }

  parts(): Pick<
    GatewayParts,
    | "journals"
    | "books"
    | "store"
    | "outbox"
    | "jobs"
    | "recordings"
    | "relay"
    | "prices"
    | "usageBook"
    | "erasure"
    | "database"
    | "place"
    | "replays"
  > {
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
        find: async (id) => this.journals.get(id),
        kept: async () => [],
        remove: async () => {},
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
        owedBy: async () => {
          await database();
          return [...this.owes, ...this.owed];
        },
        finishSummary: database,
        writeTranslation: database,
        writeRetranscription: database,
        askRetranscription: async (id) => {
          await database();
          this.retranscribed.push(id);
        },
        finishRecording: database,
        noteJobFailure: async () => {
          await database();
          return "owed";
        },
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
      database: { kind: "pglite" },
      place: { kind: "postgres" },
      replays: {
        fixture: (journal) => this.replays.fixture(journal),
        replay: (journal) => this.replays.replay(journal),
        close: () => this.replays.close(),
      },
      prices: PRICES,
      usageBook: {
        byDay: async (day) => {
          await database();
          return [{ day, agent: "front-desk", usage: USAGE }];
        },
      },
      erasure: {
        call: async (id) => {
          await database();
          return this.call(id) ? this.#erase(id) : "unknown";
        },
        number: async (number) => {
          await database();
          const digits = (written = "") => written.replace(/\D/g, "").slice(-10);
          const ids = this.books.flatMap(({ id, entry }) =>
            entry.kind === "open" && digits(entry.opening.from) === digits(number) ? [id] : [],
          );
          const open = ids.filter((id) => this.call(id)?.status === "open").length;
          return open > 0 ? { open } : { erased: ids.filter((id) => this.#erase(id) === "erased").length };
        },
      },
      relay: {
        serve: (find) => {
          this.carryOut = find;
        },
        ask: async (command) => {
          this.asked.push(command);
          return this.elsewhere.get(command.callId) ?? "nobody";
        },
      },
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
