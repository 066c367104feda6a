import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallId } from "../../src/record/record.ts";
import type { Database } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallStore, Transcript, WebhookOutbox } from "../../src/store/store.ts";
import { postgresOutbox } from "../../src/store/webhook-outbox.ts";
import { callId, closed, opened, T0 } from "../store/entries.ts";

const URL = "https://customer.example/hook";
const LEASE = 30_000;

/** What every database must do for what customers are told. `open` gives a fresh one. */
export function outboxContract(open: () => Promise<Database>): void {
  let database: Database;
  let store: CallStore;
  let outbox: WebhookOutbox;
  let calls = 0;

  const opening = (id: CallId) => {
    const entry = opened(id);
    if (entry.kind !== "open") throw new Error("not an opening");
    return { ...entry, opening: { ...entry.opening, webhookUrl: URL } };
  };
  async function newCall(): Promise<CallId> {
    calls += 1;
    const id = callId(`call_${calls}`);
    await store.write(id, opening(id));
    return id;
  }
  const transcript = (id: CallId): Transcript => ({
    callId: id,
    language: "hi-IN",
    durationMs: 1,
    lines: [],
    metrics: { turns: 0, interruptions: 0, userAudioMs: 0, agentAudioMs: 0 },
  });
  async function wholeCall(): Promise<CallId> {
    const id = await newCall();
    await store.write(id, closed());
    await store.finishTranscript(transcript(id));
    return id;
  }
  const kinds = async (id: CallId): Promise<readonly string[]> =>
    (await database.pool.query("select kind from webhook_events where call_id = $1 order by seq", [id])).rows.map(
      ({ kind }) => kind,
    );
  const isDue = async (id: CallId, wallMs: number): Promise<boolean> => (await outbox.due(wallMs, 1000)).includes(id);

  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
    outbox = postgresOutbox(database.pool);
  });
  afterAll(() => database.close());

  test("I22: a call's opening, close and transcript each put one event out, however often they are written", async () => {
    const id = await newCall();
    expect(await kinds(id)).toEqual(["call.started"]);
    for (let time = 0; time < 3; time++) await store.write(id, opening(id));
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.write(id, closed(`closing ${n}`))));
    expect(await kinds(id)).toEqual(["call.started", "call.ended"]);
    await Promise.all(Array.from({ length: 5 }, () => store.finishTranscript(transcript(id))));
    for (const entry of [opening(id), closed()]) await store.write(id, entry);
    expect(await kinds(id)).toEqual(["call.started", "call.ended", "transcript.ready"]);
  });

  test("a call that nobody wants to hear of puts nothing out", async () => {
    const id = callId("call_secret");
    await store.write(id, opened(id));
    await store.write(id, closed());
    await store.finishTranscript(transcript(id));
    expect(await kinds(id)).toEqual([]);
  });

  test("events are given in order, each when the one before is delivered, and told by kind and call", async () => {
    const id = await wholeCall();
    for (const kind of ["call.started", "call.ended", "transcript.ready"]) {
      expect(await isDue(id, T0)).toBe(true);
      const event = await outbox.claim(id, T0, LEASE);
      expect(event).toMatchObject({ id: `${kind}.${id}`, callId: id, kind, url: URL, attempts: 1, triedSince: T0 });
      expect(await outbox.claim(id, T0, LEASE)).toBeUndefined();
      expect(await isDue(id, T0 + LEASE - 1)).toBe(false);
      await outbox.delivered({ id: `${kind}.${id}`, attempts: 1 }, T0);
    }
    expect(await outbox.claim(id, T0, LEASE)).toBeUndefined();
    expect(await isDue(id, T0 + 1e9)).toBe(false);
  });

  test("of many that ask at once one is given the event", async () => {
    const id = await wholeCall();
    const all = await Promise.all(Array.from({ length: 20 }, () => outbox.claim(id, T0, LEASE)));
    expect(all.filter((event) => event !== undefined)).toHaveLength(1);
  });

  test("who is not heard of again loses its event after the lease, and a failed one is due when it was said to be", async () => {
    const id = await wholeCall();
    await outbox.claim(id, T0, LEASE);
    const again = await outbox.claim(id, T0 + LEASE, LEASE);
    expect(again).toMatchObject({ id: `call.started.${id}`, attempts: 2, triedSince: T0 });
    await outbox.retry({ id: `call.started.${id}`, attempts: 2 }, T0 + 90_000, "the receiver answered 500");
    expect([await isDue(id, T0 + 89_999), await isDue(id, T0 + 90_000)]).toEqual([false, true]);
    expect(await outbox.claim(id, T0 + 89_999, LEASE)).toBeUndefined();
    expect(await outbox.claim(id, T0 + 90_000, LEASE)).toMatchObject({ attempts: 3, createdAt: again?.createdAt });
  });

  test("what came of a try counts only while nobody has claimed the event since, or settled it", async () => {
    const id = await newCall();
    const event = `call.started.${id}`;
    await outbox.claim(id, T0, LEASE);
    await outbox.claim(id, T0 + LEASE, LEASE);
    await outbox.delivered({ id: event, attempts: 1 }, T0);
    await outbox.retry({ id: event, attempts: 1 }, T0, "late");
    await outbox.bury({ id: event, attempts: 1 }, T0, "late");
    expect([await isDue(id, T0 + LEASE), await isDue(id, T0 + 2 * LEASE)]).toEqual([false, true]);
    await outbox.delivered({ id: event, attempts: 2 }, T0 + LEASE);
    for (const attempts of [1, 2]) await outbox.bury({ id: event, attempts }, T0 + 2 * LEASE, "late");
    expect((await outbox.dead(1000)).some((letter) => letter.callId === id)).toBe(false);
    expect(await outbox.redrive(event)).toBe(false);
    const { rows } = await database.pool.query("select delivered_at, dead_at from webhook_events where id = $1", [
      event,
    ]);
    expect(rows).toEqual([{ delivered_at: new Date(T0 + LEASE), dead_at: null }]);
  });

  test("calls come in the order their events became due, as many as asked", async () => {
    const [later, sooner] = [await newCall(), await newCall()];
    for (const [id, dueMs] of [
      [later, T0 - 1000],
      [sooner, T0 - 2000],
    ] as const) {
      await outbox.claim(id, T0, LEASE);
      await outbox.retry({ id: `call.started.${id}`, attempts: 1 }, dueMs, "");
    }
    const due = (await outbox.due(T0, 1000)).filter((id) => id === later || id === sooner);
    expect(due).toEqual([sooner, later]);
    expect(await outbox.due(T0, 1)).toHaveLength(1);
  });

  test("a dead letter lets the next event pass; driven again it is due as if never tried, where it is told to go", async () => {
    const id = await wholeCall();
    const started = `call.started.${id}`;
    await outbox.claim(id, T0, LEASE);
    expect(await outbox.redrive(started)).toBe(false);
    await outbox.bury({ id: started, attempts: 1 }, T0 + 5, "the receiver answered 410");
    expect((await outbox.dead(1000))[0]).toMatchObject({
      id: started,
      callId: id,
      kind: "call.started",
      url: URL,
      attempts: 1,
      deadAt: T0 + 5,
      error: "the receiver answered 410",
    });
    expect(await outbox.claim(id, T0, LEASE)).toMatchObject({ kind: "call.ended" });
    expect(await outbox.redrive(`call.started.call_nobody`)).toBe(false);
    expect(await outbox.redrive(started, "https://new.example/")).toBe(true);
    expect(await outbox.redrive(started)).toBe(false);
    const again = await outbox.claim(id, T0 + 9, LEASE);
    expect(again).toMatchObject({ id: started, attempts: 1, triedSince: T0 + 9, url: "https://new.example/" });
    await outbox.delivered({ id: started, attempts: 1 }, T0 + 9);
    expect(await outbox.claim(id, T0 + LEASE, LEASE)).toMatchObject({
      kind: "call.ended",
      url: "https://new.example/",
    });
    expect((await outbox.dead(1000)).some((letter) => letter.callId === id)).toBe(false);
  });

  test("words of others with a zero character are kept without it", async () => {
    const id = await newCall();
    await outbox.claim(id, T0, LEASE);
    await outbox.retry({ id: `call.started.${id}`, attempts: 1 }, T0, "a\0b");
    await outbox.bury({ id: `call.started.${id}`, attempts: 1 }, T0 + 1e6, "a\0b");
    expect((await outbox.dead(1))[0]?.error).toBe("ab");
  });

  test("with the call its events are forgotten", async () => {
    const id = await wholeCall();
    await database.pool.query("delete from calls where id = $1", [id]);
    expect(await kinds(id)).toEqual([]);
  });
}
