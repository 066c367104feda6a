import { afterAll, beforeAll, expect, test } from "vitest";
import type { BookEntry, CallId } from "../../src/record/record.ts";
import type { Database } from "../../src/store/database.ts";
import { type PostgresStore, postgresStore } from "../../src/store/postgres.ts";
import { postgresOutbox } from "../../src/store/webhook-outbox.ts";
import { callId, decision, opened, T0, turn } from "../store/entries.ts";

const DAY = 24 * 3_600_000;
const NOW = T0 + 3 * DAY;

const closed = (): BookEntry => {
  const end = { how: "caller-hung-up", detail: "said goodbye", handoffData: '{"caller":"Ramesh"}' } as const;
  return { kind: "close", closing: { end, endedAt: T0 + 60_000 } };
};

/** What every database must do for erasure. */
export function erasureContract(open: () => Promise<Database>): void {
  let database: Database;
  let store: PostgresStore;
  let calls = 0;
  async function call(
    more: Partial<Extract<BookEntry, { kind: "open" }>["opening"]> = {},
    isOver = true,
  ): Promise<CallId> {
    calls += 1;
    const id = callId(`call_e${calls}`);
    const entry = opened(id);
    if (entry.kind !== "open") throw new Error("not an opening");
    const webhookUrl = "https://customer.example/hook";
    await store.write(id, {
      kind: "open",
      opening: { ...entry.opening, webhookUrl, voiceModel: "bulbul:v3", ...more },
    });
    const entries = [{ kind: "answered", at: T0 } as const, turn(1), decision(1), ...(isOver ? [closed()] : [])];
    for (const one of entries) await store.write(id, one);
    await store.write(id, {
      kind: "usage",
      seq: 1,
      usage: { model: "m", tokens: { prompt: 3, cached: 0, completion: 1 } },
    });
    await store.write(id, { kind: "recording", url: "https://recordings.example/1.wav" });
    return id;
  }
  const transcript = (id: CallId) => ({
    ...{ callId: id, language: "hi-IN", durationMs: 1 },
    lines: [{ by: "caller" as const, text: "नमस्ते", atMs: 0, cutShort: false }],
    metrics: { turns: 1, interruptions: 0, userAudioMs: 1, agentAudioMs: 1 },
  });
  /** Everything in the database that tells of this call, as text. */
  async function everything(id: CallId): Promise<string> {
    const tables = await database.pool.query<{ name: string }>(
      `select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'call_id'`,
    );
    const rows = [await database.pool.query("select * from calls where id = $1", [id])];
    for (const { name } of tables.rows) {
      rows.push(await database.pool.query(`select * from "${name}" where call_id = $1`, [id]));
    }
    return JSON.stringify(rows.map((result) => result.rows));
  }

  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
  });
  afterAll(() => database.close());

  test("an erased call keeps when it was, how it ended and what it used; no word, number or address of it is left", async () => {
    const id = await call();
    await store.finishTranscript(transcript(id));
    const before = await store.call(id);
    expect(await store.erase(id, NOW)).toBe("erased");
    expect(await store.call(id)).toEqual({
      id,
      ...{ carrier: "twilio", carrierCallId: "", from: "", to: "", agent: "demo", language: "hi-IN" },
      ...{ openedAt: T0, answeredAt: T0, endedAt: T0 + 60_000, status: "ended", erasedAt: NOW },
      end: { how: "caller-hung-up", detail: "" },
      ...{ voiceModel: "bulbul:v3", turns: [], decisions: [], usage: before?.usage },
    });
    const left = await everything(id);
    for (const secret of [
      "सवाल",
      "नमस्ते",
      "1234567890",
      "customer.example",
      "said goodbye",
      "CA-",
      "recordings.example",
      "Ramesh",
    ])
      expect(left).not.toContain(secret);
    expect(await store.erase(id, NOW + 1)).toBe("erased");
    expect((await store.call(id))?.erasedAt).toBe(NOW);
  });

  test("what comes late for an erased call is dropped, and its customer is told nothing more", async () => {
    const id = await call();
    const outbox = postgresOutbox(database.pool);
    await store.erase(id, NOW);
    const before = await everything(id);
    for (const entry of [opened(id), { kind: "answered", at: T0 } as const, turn(1), turn(2), decision(3), closed()])
      await store.write(id, entry);
    await store.write(id, { kind: "recording", url: "https://recordings.example/2.wav" });
    await store.finishTranscript(transcript(id));
    await store.finishRecording(id, "/v1/calls/1/recording");
    expect(await everything(id)).toBe(before);
    expect(await outbox.claim(id, NOW, 1000)).toBeUndefined();
    expect((await store.owedJobs(0, 1000)).filter((job) => job.callId === id)).toEqual([]);
  });

  test("a transcript that is written while its call is erased does not survive it", async () => {
    for (let n = 0; n < 10; n++) {
      const id = await call();
      const [erased] = await Promise.allSettled([
        store.erase(id, NOW),
        // Which of both the server lets go first is its matter; a job that fails comes again.
        store.finishTranscript(transcript(id)),
        store.write(id, turn(9)),
      ]);
      expect(erased).toEqual({ status: "fulfilled", value: "erased" });
      expect(await everything(id)).not.toContain("नमस्ते");
      expect(await everything(id)).not.toContain("सवाल");
    }
  });

  test("a live call is not erased, one whose process is long gone is", async () => {
    const id = await call({}, false);
    expect(await store.erase(id, T0 + DAY - 1)).toBe("open");
    expect(await store.standing(id, T0 + DAY - 1)).toBe("open");
    expect((await store.call(id))?.turns).toHaveLength(1);
    expect(await store.erase(id, T0 + DAY + 1)).toBe("erased");
    expect(await store.call(id)).toMatchObject({ status: "ended", end: { how: "interrupted" }, turns: [] });
    expect(await store.erase(callId("call_none"), NOW)).toBe("unknown");
    expect(await store.standing(callId("call_none"), NOW)).toBe("unknown");
  });

  test("a number's calls are found in whatever way it is written, as caller and as called", async () => {
    const [from, to] = [await call({ from: "+918045670001" }), await call({ to: "080-4567 0001" })];
    await call({ from: "+918045670002" });
    const erased = await call({ from: "918045670001" });
    await store.erase(erased, NOW);
    const found = await store.ofNumber("0 80 4567 0001", NOW);
    expect([found.open, found.ids.toSorted()]).toEqual([0, [from, to]]);
    await call({ from: "+918045670001", openedAt: NOW }, false);
    expect((await store.ofNumber("8045670001", NOW)).open).toBe(1);
  });

  test("calls kept long enough come oldest first, as many as asked; live and erased ones never", async () => {
    await database.pool.query("update calls set erased_at = now() where erased_at is null");
    const [second, first] = [await call({ openedAt: T0 + 5 }), await call({ openedAt: T0 })];
    await database.pool.query("update calls set ended_at = ended_at - interval '1 hour' where id = $1", [first]);
    await call({}, false);
    await store.erase(await call(), NOW);
    expect(await store.overBefore(T0 + 60_001, 10)).toEqual([first, second]);
    expect(await store.overBefore(T0 + 60_001, 1)).toEqual([first]);
    expect(await store.overBefore(T0 + 60_000, 10)).toEqual([first]);
    expect(await store.erasedAmong([first, "call_none"])).toEqual([]);
    await store.erase(first, NOW);
    expect(await store.erasedAmong([first, second, "call_none"])).toEqual([first]);
  });

  test("of each column of a call it is known whether it outlives an erasure", async () => {
    const { rows } = await database.pool.query<{ readonly name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'calls'",
    );
    const kept = `id carrier agent language status direction opened_at answered_at ended_at end_how voice_model redact after_call
      agent_audio_ms agent_characters stream_seconds stream_minutes erased_at`;
    const emptied = "carrier_call_id from_number to_number webhook_url end_detail end_handoff";
    expect(rows.map(({ name }) => name).sort()).toEqual(`${kept} ${emptied}`.split(/\s+/).sort());
  });

  test("whatever hangs on a call keeps nothing that comes after its erasure", async () => {
    const { rows } = await database.pool.query(
      `select conrelid::regclass::text as name from pg_constraint where contype = 'f' and confrelid = 'calls'::regclass
         and conrelid <> 'model_usage'::regclass
         and not exists (select from pg_trigger where tgrelid = conrelid and tgname = 'drop_if_erased')`,
    );
    expect(rows).toEqual([]);
  });
}
