import { createHmac } from "node:crypto";
import type { Job, JobQueue } from "../../src/jobs/jobs.ts";
import type { PostWebhook, WebhookAnswer } from "../../src/jobs/webhook-post.ts";
import { customerWebhooks, type Webhooks } from "../../src/jobs/webhooks.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";
import type {
  DeadLetter,
  StoredCall,
  WebhookEvent,
  WebhookKind,
  WebhookOutbox,
  WebhookTry,
} from "../../src/store/store.ts";

type Row = Omit<WebhookEvent, "triedSince"> & {
  readonly seq: number;
  dueMs: number;
  attempts: number;
  triedSince: number | undefined;
  error: string;
  deliveredAt?: number;
  deadAt?: number;
};

/** The outbox as the books keep it, in memory. */
export class MemoryOutbox implements WebhookOutbox {
  readonly rows: Row[] = [];
  up = true;

  put(callId: CallId, kind: WebhookKind, createdAt: number): void {
    const url = "https://customer.example/hook";
    const seq = this.rows.length;
    const fresh = { dueMs: 0, attempts: 0, triedSince: undefined, error: "" };
    this.rows.push({ id: `${kind}.${callId}`, callId, kind, url, createdAt, seq, ...fresh });
  }

  async due(wallMs: number, limit: number): Promise<readonly CallId[]> {
    this.#ask();
    const first = new Map<CallId, Row>();
    for (const row of this.#owed()) if (!first.has(row.callId)) first.set(row.callId, row);
    return [...first.values()]
      .filter(({ dueMs }) => dueMs <= wallMs)
      .sort((a, b) => a.dueMs - b.dueMs)
      .slice(0, limit)
      .map(({ callId }) => callId);
  }

  async claim(id: CallId, wallMs: number, leaseMs: number): Promise<WebhookEvent | undefined> {
    this.#ask();
    const row = this.#owed().find(({ callId }) => callId === id);
    if (!row || row.dueMs > wallMs) return undefined;
    row.dueMs = wallMs + leaseMs;
    row.attempts += 1;
    row.triedSince ??= wallMs;
    return { ...row, triedSince: row.triedSince };
  }

  async delivered(tried: WebhookTry, wallMs: number): Promise<void> {
    this.#change(tried, { deliveredAt: wallMs });
  }

  async retry(tried: WebhookTry, dueMs: number, error: string): Promise<void> {
    this.#change(tried, { dueMs, error });
  }

  async bury(tried: WebhookTry, wallMs: number, error: string): Promise<void> {
    this.#change(tried, { deadAt: wallMs, error });
  }

  async dead(limit: number): Promise<readonly DeadLetter[]> {
    return this.rows
      .flatMap((row) => (row.deadAt === undefined ? [] : [{ ...row, deadAt: row.deadAt }]))
      .slice(0, limit);
  }

  async redrive(id: string): Promise<boolean> {
    const row = this.rows.find((one) => one.id === id && one.deadAt !== undefined);
    if (!row) return false;
    delete row.deadAt;
    Object.assign(row, { dueMs: 0, attempts: 0, triedSince: undefined });
    return true;
  }

  #owed(): readonly Row[] {
    return this.rows.filter((row) => row.deliveredAt === undefined && row.deadAt === undefined);
  }

  #change({ id, attempts }: WebhookTry, changes: Partial<Row>): void {
    this.#ask();
    const row = this.#owed().find((one) => one.id === id && one.attempts === attempts);
    if (row) Object.assign(row, changes);
  }

  #ask(): void {
    if (!this.up) throw new Error("the database is down");
  }
}

export const callId = (n: number | string): CallId => `call_${n}` as CallId;

export const storedCall = (id: CallId, openedAt: number): StoredCall => ({
  id,
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+911",
  to: "+912",
  agent: "clinic",
  language: "hi-IN",
  openedAt,
  answeredAt: openedAt + 2000,
  endedAt: openedAt + 62_000,
  end: { how: "caller-hung-up", detail: "said goodbye" },
  status: "ended",
  turns: [
    {
      seq: 1,
      userText: "नमस्ते",
      agentGenerated: "Hello. How are you?",
      agentSent: "Hello 👋.",
      agentHeard: "Hello",
      interrupted: true,
      startedMs: 0,
      metrics: { userAudioMs: 1500, agentAudioMs: 2500 },
    },
  ],
  decisions: [],
  usage: {
    calls: 1,
    streamSeconds: 60,
    spokenMs: 2500,
    voices: [{ model: "bulbul:v3", characters: 8 }],
    models: [],
    carriers: [{ carrier: "twilio", seconds: 60, minutes: 1 }],
  },
  transcript: {
    callId: id,
    language: "hi-IN",
    durationMs: 60_000,
    lines: [{ by: "caller", text: "नमस्ते", atMs: 0, cutShort: false }],
    metrics: { turns: 1, interruptions: 1, userAudioMs: 1500, agentAudioMs: 2500 },
  },
});

export type Received = {
  readonly atMs: number;
  readonly id: string;
  readonly call: string;
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a receiver does with what it gets; `taken` before it answers, or not at all. */
export type Receiver = (received: Received) => WebhookAnswer | Promise<WebhookAnswer>;

export type Office = {
  readonly clock: VirtualClock;
  readonly outbox: MemoryOutbox;
  readonly webhooks: Webhooks;
  /** Everything that reached the receiver, in order. */
  readonly received: readonly Received[];
  receiver: Receiver;
  readonly failures: readonly unknown[];
  /** Jobs that the queue took. */
  readonly queued: readonly Job[];
  queueUp: boolean;
  /** Calls that the books tell nothing of any more. */
  readonly erased: Set<CallId>;
  stop(): void;
  /** A call of which so much is to be told. */
  call(n: number | string, ...kinds: readonly WebhookKind[]): CallId;
  /** So much time passes, a sweep each second and the queue's worker at work. */
  pass(ms: number): Promise<void>;
};

export const SECRETS = ["a-secret-of-the-customer", "its-successor-in-office"];
export const OK: WebhookAnswer = { status: 200 };

export function postOffice(): Office {
  const clock = new VirtualClock();
  const outbox = new MemoryOutbox();
  const received: Received[] = [];
  const failures: unknown[] = [];
  const queued: Job[] = [];
  const erased = new Set<CallId>();
  const over = new AbortController();
  const post: PostWebhook = async (_url, headers, body) => {
    const { id, kind, data } = JSON.parse(body);
    const one = { atMs: clock.now(), id, call: data.call.id, kind, headers, body };
    received.push(one);
    return office.receiver(one);
  };
  const webhooks = customerWebhooks(
    {
      store: { call: async (id) => ({ ...storedCall(id, clock.wall()), ...(erased.has(id) && { erasedAt: 1 }) }) },
      outbox,
      post,
      secrets: SECRETS,
      clock,
      ids: randomIds(() => clock.wall()),
      log: silentLog,
      meter: deafMeter,
    },
    over.signal,
  );
  const waiting = new Set<string>();
  const queue: Pick<JobQueue, "add"> = {
    async add(job) {
      if (!office.queueUp) throw new Error("the queue is down");
      if (waiting.has(job.callId)) return;
      waiting.add(job.callId);
      queued.push(job);
      void webhooks
        .deliver(job.callId)
        .catch((error: unknown) => failures.push(error))
        .finally(() => waiting.delete(job.callId));
    },
  };
  const office: Office = {
    clock,
    outbox,
    webhooks,
    received,
    receiver: () => OK,
    failures,
    queued,
    queueUp: true,
    erased,
    stop: () => over.abort(),
    call(n, ...kinds) {
      for (const kind of kinds) outbox.put(callId(n), kind, clock.wall());
      return callId(n);
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1000) {
        await webhooks.sweep(queue).catch((error: unknown) => failures.push(error));
        await clock.advance(Math.min(left, 1000));
      }
    },
  };
  return office;
}

export const signatureOf = (t: string, body: string, secret: string): string =>
  `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
