import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate, migrations } from "../../src/store/migrate.ts";
import { postgresForTests } from "../servers.ts";

const server = await postgresForTests();

describe.skipIf(!server)("migrations on PostgreSQL", () => {
  afterAll(() => server?.drop());
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

  test("a database that does not answer fails the start within seconds", async () => {
    const options = { databaseUrl: "postgres://postgres@127.0.0.1:1/x", dataDir: "/none", log: silentLog };
    await expect(openDatabase({ ...options, clock: systemClock })).rejects.toThrow("ECONNREFUSED");
  });
});
