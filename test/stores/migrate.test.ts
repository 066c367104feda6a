import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import type { CallId } from "../../src/record/record.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate, migrations } from "../../src/store/migrate.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { postgresOutbox } from "../../src/store/webhook-outbox.ts";
import { postgresForTests } from "../servers.ts";
import { closed, decision, opened, T0, turn } from "../store/entries.ts";

const server = await postgresForTests();
const older = await postgresForTests();

/** A call that is over and one that is up, as a version wrote them that knew neither write-ups nor erasure nor transfers. */
const OLD_BOOKS = `
  insert into calls (id, carrier, carrier_call_id, from_number, to_number, agent, language, opened_at, webhook_url)
    select id, 'exotel', 'CA-' || id, '+919845012345', '+918000000001', 'demo', 'hi-IN', to_timestamp(${T0} / 1000.0),
      'https://customer.example/hook' from unnest(array['call_over', 'call_up']) as id;
  update calls set answered_at = opened_at, ended_at = opened_at + interval '61 seconds', status = 'ended',
    end_how = 'caller-hung-up', end_detail = '' where id = 'call_over';
  insert into turns select id, 1, 'सवाल', 'नमस्ते 😀', 'नमस्ते', 'नमस्ते', false, 1, 2 from calls;
  insert into metrics (call_id, seq, agent_audio_ms) select id, 1, 800 from calls;
  insert into decisions (call_id, seq, at_ms, what, why, inputs) select id, 1, 1, 'ear', 'lost', '{}' from calls;
  insert into recordings values ('call_over', '/v1/calls/call_over/recording');
  insert into owed_jobs (call_id, kind, attempts, last_error) values ('call_over', 'recording', 3, 'the disk is full');
  insert into owed_jobs (call_id, kind, done_at) values ('call_over', 'transcript', now());
  insert into transcripts values ('call_over', '{"lines": []}');
  insert into webhook_events (call_id, kind) select id, 'call.started' from calls;
  insert into webhook_events (call_id, kind, dead_at) values ('call_over', 'call.ended', now())`;

describe.skipIf(!server)("migrations on PostgreSQL", () => {
  afterAll(async () => {
    await server?.drop();
    await older?.drop();
  });
  const open = () => openDatabase({ databaseUrl: server?.url, dataDir: "/none", log: silentLog, clock: systemClock });

  test("four gateways starting at once on an empty database all start, and each migration ran once", async () => {
    const databases = await Promise.all([open(), open(), open(), open()]);
    const { rows } = await databases[0].pool.query("select name from schema_migrations order by name");
    expect(rows.map(({ name }) => name)).toEqual((await migrations()).map(({ name }) => name));
    for (const database of databases) await database.close();
  });

  test("a later migration runs alone, a changed one is refused, and a failing one leaves nothing", async () => {
    const pool = new pg.Pool({ connectionString: server?.url });
    const list = [...(await migrations()), { name: "9001_more.sql", sql: "create table more (n int)" }];
    expect(await migrate(pool, list)).toEqual(["9001_more.sql"]);
    expect(await migrate(pool, list)).toEqual([]);
    const changed = list.with(-1, { name: "9001_more.sql", sql: "create table less (n int)" });
    await expect(migrate(pool, changed)).rejects.toThrow("9001_more.sql has changed");
    const failing = [{ name: "9002_bad.sql", sql: "create table half (n int); select 1/0" }];
    await expect(migrate(pool, failing)).rejects.toThrow("division by zero");
    const { rows } = await pool.query("select to_regclass('half') as half");
    expect(rows).toEqual([{ half: null }]);
    await pool.end();
  });

  test("books of an older version are read, written on, told of, paid for and erased by this one", async () => {
    const before = new pg.Pool({ connectionString: older?.url });
    await migrate(
      before,
      (await migrations()).filter(({ name }) => name < "0006"),
    );
    await before.query(OLD_BOOKS);
    await before.end();
    const database = await openDatabase({
      ...{ databaseUrl: older?.url, dataDir: "/none", log: silentLog, clock: systemClock },
    });
    const store = postgresStore(database.pool);
    const [over, up] = ["call_over" as CallId, "call_up" as CallId];
    expect(await store.call(over)).toMatchObject({
      turns: [{ userText: "सवाल" }],
      usage: {
        ...{ streamSeconds: 61, spokenMs: 800, voices: [{ model: "", characters: 8 }] },
        ...{ models: [], carriers: [{ carrier: "exotel", seconds: 61, minutes: 2 }] },
      },
    });
    expect(await store.owedJobs(0, 10)).toEqual([{ callId: over, kind: "recording", attempts: 3 }]);
    for (const entry of [opened(up), turn(1), turn(2), decision(2), closed()]) await store.write(up, entry);
    expect((await store.call(up))?.usage).toMatchObject({ streamSeconds: 0, spokenMs: 4200 });
    expect(await store.owedBy(up)).toEqual(["transcript"]);
    const outbox = postgresOutbox(database.pool);
    expect(await outbox.redrive(`call.ended.${over}`)).toBe(true);
    expect((await outbox.due(T0, 10)).toSorted()).toEqual([over, up]);
    expect(await store.ofNumber("098450 12345", T0)).toMatchObject({ open: 0 });
    for (const id of [over, up]) expect(await store.erase(id, T0 + 1)).toBe("erased");
    expect(await store.calls({ from: "+919845012345", limit: 10 })).toEqual([]);
    await database.close();
  });

  test("a database that does not answer fails the start within seconds", async () => {
    const options = { databaseUrl: "postgres://postgres@127.0.0.1:1/x", dataDir: "/none", log: silentLog };
    await expect(openDatabase({ ...options, clock: systemClock })).rejects.toThrow("ECONNREFUSED");
  });
});
