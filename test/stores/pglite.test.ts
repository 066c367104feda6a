import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { openEmbedded } from "../../src/store/pglite.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { openSyncedPglite } from "../../src/store/synced-pglite.ts";
import { until } from "../rig.ts";
import { callId, opened } from "../store/entries.ts";

const parts = { log: silentLog, clock: systemClock };
let dataDir = "";

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "durvani-pglite-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("each commit reaches the disk before it is answered", async () => {
  const { db, fsyncs } = await openSyncedPglite(dataDir);
  await db.exec("create table t (n int)");
  const before = fsyncs();
  for (let n = 0; n < 50; n++) await db.query("insert into t values ($1)", [n]);
  expect(fsyncs() - before).toBeGreaterThanOrEqual(50);
  await db.close();
});

test("the folder is for its owner alone, a second opening is refused by pid, and closing frees it with all it holds", async () => {
  const first = await openDatabase({ dataDir, ...parts });
  const id = callId("call_1");
  await postgresStore(first.pool).write(id, opened(id));
  expect((await stat(join(dataDir, "pglite"))).mode & 0o777).toBe(0o700);
  await expect(openDatabase({ dataDir, ...parts })).rejects.toThrow(`pid ${process.pid}`);
  await first.close();
  const second = await openDatabase({ dataDir, ...parts });
  expect(await postgresStore(second.pool).call(id)).toMatchObject({ id, status: "open" });
  await second.close();
  expect((await readdir(join(dataDir, "pglite"))).sort()).toEqual(["data"]);
});

test("its planner knows at the start how much there is, as no autovacuum would tell it", async () => {
  const first = await openDatabase({ dataDir, ...parts });
  await first.pool.query(`insert into calls (id, carrier, carrier_call_id, from_number, to_number, agent, language, opened_at)
    select 'call_' || n, 'twilio', 'CA' || n, '+919800000001', '+918000000001', 'demo', 'hi-IN', now() from generate_series(1, 700) n`);
  await first.close();
  const second = await openDatabase({ dataDir, ...parts });
  const known = "select reltuples from pg_class where relname = 'calls'";
  expect(await until("statistics", async () => (await second.pool.query(known)).rows[0]?.reltuples === 700)).toBe(true);
  await second.close();
});

test("a data folder too long for a socket's name gets its socket in a private folder elsewhere", async () => {
  const deep = join(dataDir, "a".repeat(60), "b".repeat(60));
  const embedded = await openEmbedded({ dir: deep, ...parts });
  expect(embedded.socketDir.startsWith(deep)).toBe(false);
  expect((await stat(embedded.socketDir)).mode & 0o777).toBe(0o700);
  const client = new pg.Client({ host: embedded.socketDir, user: "postgres", database: "postgres" });
  await client.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
  await embedded.close();
  await expect(stat(embedded.socketDir)).rejects.toThrow("ENOENT");
});

test("a worker that spins for ever is ended and opened again, with everything that was committed", async () => {
  const embedded = await openEmbedded({ dir: dataDir, ...parts, silenceMs: 2000 });
  const place = { host: embedded.socketDir, user: "postgres", database: "postgres", connectionTimeoutMillis: 2000 };
  const pool = new pg.Pool({ ...place, query_timeout: 5000 });
  pool.on("error", () => undefined); // The ended worker takes its connections with it.
  await pool.query("create table t (n int)");
  await pool.query("insert into t values (7)");
  let longestGapMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longestGapMs = Math.max(longestGapMs, performance.now() - last);
    last = performance.now();
  }, 20);
  await expect(pool.query("select count(*) from generate_series(1, 1000000000000)")).rejects.toThrow();
  await expect.poll(() => embedded.reopened, { timeout: 20_000 }).toBe(1);
  clearInterval(watch);
  expect((await pool.query("select n from t")).rows).toEqual([{ n: 7 }]);
  expect(longestGapMs).toBeLessThan(2000);
  await pool.end();
  await embedded.close();
});

test("a client that dies in the middle of a transaction gives its place to the next, with its work undone", async () => {
  const database = await openDatabase({ dataDir, ...parts });
  const dying = await database.pool.connect();
  await dying.query("begin");
  await dying.query("create table half (n int)");
  const waiting = database.pool.query("select to_regclass('half') as half");
  dying.release(new Error("died"));
  expect((await waiting).rows).toEqual([{ half: null }]);
  await database.close();
});
