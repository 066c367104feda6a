import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type pg from "pg";

const FOLDER = new URL("./migrations/", import.meta.url);

export type Migration = { readonly name: string; readonly sql: string };

/** The migrations that came with this version, in the order of their names. */
export async function migrations(): Promise<readonly Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(new URL(name, FOLDER), "utf8") })));
}

/**
 * Brings the database to this version: runs what is missing, in order, each in a transaction with its record. Returns
 * the names it ran. Two processes may do this at once: a table lock lets one work and the other find it done (advisory
 * locks do not exclude on PGlite). Throws when a migration that was already run has since changed.
 */
export async function migrate(pool: pg.Pool, list: readonly Migration[]): Promise<readonly string[]> {
  await createRecord(pool);
  const ran: string[] = [];
  for (const migration of list) {
    const client = await pool.connect();
    try {
      if (await runOnce(client, migration)) ran.push(migration.name);
      client.release();
    } catch (error) {
      client.release(true); // With its open transaction.
      throw error;
    }
  }
  return ran;
}

async function runOnce(client: pg.PoolClient, { name, sql }: Migration): Promise<boolean> {
  const checksum = createHash("sha256").update(sql).digest("hex");
  await client.query("begin");
  await client.query("lock table schema_migrations in exclusive mode");
  const { rows } = await client.query<{ checksum: string }>("select checksum from schema_migrations where name = $1", [
    name,
  ]);
  const known = rows[0]?.checksum;
  if (known !== undefined && known !== checksum) {
    throw new Error(`migration ${name} has changed since it was run on this database: write a new one instead`);
  }
  if (known === undefined) {
    await client.query(sql);
    await client.query("insert into schema_migrations (name, checksum) values ($1, $2)", [name, checksum]);
  }
  await client.query("commit");
  return known === undefined;
}

/** The catalogue's row of the table, the table, its row type. */
const TWICE_AT_ONCE: readonly string[] = ["23505", "42P07", "42710"];

/** `if not exists` does not exclude two creators at once: the later one fails on PostgreSQL's own catalogue. */
async function createRecord(pool: pg.Pool): Promise<void> {
  const create = `create table if not exists schema_migrations (
    name text primary key, checksum text not null, ran_at timestamptz not null default now())`;
  try {
    await pool.query(create);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && TWICE_AT_ONCE.includes(String(error.code)))) throw error;
    await pool.query(create);
  }
}
