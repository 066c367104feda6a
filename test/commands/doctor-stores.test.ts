import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { checkPostgres } from "../../scripts/doctor/stores.ts";
import { systemClock as clock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { findingsOf } from "../doctor/told.ts";
import { startPostgres } from "../servers.ts";
import { withServer } from "../stores/with-server.ts";

const postgres = await withServer("PostgreSQL", startPostgres);
const url = postgres?.url ?? "";
afterAll(() => postgres?.stop());

const kit = { clock, ids: randomIds(clock.wall) };
const look = (at: string) => findingsOf((tell) => checkPostgres(at, kit, tell));
const as = (change: (url: URL) => void): string => {
  const other = new URL(url);
  change(other);
  return other.href;
};

async function sql(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

test.skipIf(!postgres)(
  "a database server: before, after and beside its migrations, and who may make them",
  async () => {
    expect(await look(url)).toMatchObject([
      { level: "ok" },
      { level: "ok", found: expect.stringContaining("are still to run") },
    ]);
    await sql("create role guest login");
    const guest = as((other) => {
      other.username = "guest";
    });
    expect((await look(guest)).at(-1)).toMatchObject({
      level: "fail",
      found: expect.stringContaining("may not create tables"),
    });

    await (await openDatabase({ databaseUrl: url, dataDir: "", clock, log })).close();
    expect((await look(url)).at(-1)).toMatchObject({
      level: "ok",
      found: expect.stringMatching(/^all \d+ migrations have run/),
    });
    await sql("insert into schema_migrations (name, checksum) values ('9999_later.sql', 'x')");
    expect(await look(url)).toContainEqual(
      expect.objectContaining({ level: "warn", found: "a newer version has used this database (9999_later.sql)" }),
    );
    await sql("update schema_migrations set checksum = 'y' where name = '0001_calls.sql'");
    expect(await look(url)).toContainEqual(
      expect.objectContaining({
        level: "fail",
        found: "migration 0001_calls.sql has changed since this database ran it",
      }),
    );
  },
);

test.skipIf(!postgres)("a database that is not there, a user that is unknown, a server that hangs", async () => {
  const nameless = as((other) => {
    other.pathname = "/nowhere";
  });
  expect(await look(nameless)).toMatchObject([
    { level: "fail", todo: expect.stringContaining("Create it (createdb)") },
  ]);
  const nobody = as((other) => {
    other.username = "nobody";
  });
  expect(await look(nobody)).toMatchObject([{ level: "fail", found: expect.stringContaining("(28000)") }]);
  postgres?.freeze();
  expect(await look(url)).toMatchObject([{ level: "fail" }]);
  postgres?.thaw();
});
