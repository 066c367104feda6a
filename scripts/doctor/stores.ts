import { createHash } from "node:crypto";
import pg from "pg";
import { queuePlace } from "../../src/jobs/backend.ts";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import { type Clock, deadline } from "../../src/kit/clock.ts";
import type { Ids } from "../../src/kit/ids.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import type { CallId } from "../../src/record/record.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrations } from "../../src/store/migrate.ts";
import { networkTrouble } from "../phone/refusal.ts";
import { place } from "../phone/secrets.ts";
import type { Tell } from "./finding.ts";
import { askReadiness, type Listening } from "./gateway.ts";

/** A database that answered; jobs may be queued in it. */
export type Reached = {
  readonly kind: "postgres" | "pglite";
  readonly poolConfig: pg.PoolConfig;
  close(): Promise<void>;
};

type Kit = { readonly clock: Clock; readonly ids: Ids };

const CONNECT_MS = 5000;
const JOB_MS = 10_000;

/** A database server: is it there, may we in, is it of this version? It is looked at only: the gateway migrates when it starts. */
export async function checkPostgres(url: string, { clock }: Kit, tell: Tell): Promise<Reached | undefined> {
  const where = place(url);
  const begunMs = clock.now();
  const poolConfig = { connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS };
  const client = new pg.Client(poolConfig);
  client.on("error", () => undefined); // The awaited calls tell.
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    const ms = Math.round(clock.now() - begunMs);
    tell.ok(`PostgreSQL ${rows[0]?.version.split(" ")[0]} at ${where}, reached in ${ms} ms`);
    await tellMigrations(client, tell);
    return { kind: "postgres", poolConfig, close: async () => {} };
  } catch (error) {
    const { found, todo } = databaseTrouble(error);
    tell.fail(`the database at ${where} cannot be used: ${found}`, todo);
    return undefined;
  } finally {
    await client.end().catch(() => undefined); // It may never have begun.
  }
}

async function tellMigrations(client: pg.Client, tell: Tell): Promise<void> {
  const ours = await migrations();
  const { rows: has } = await client.query<{ made: boolean; may: boolean }>(
    "select to_regclass('schema_migrations') is not null as made, has_schema_privilege(current_schema(), 'create') as may",
  );
  const ran = has[0]?.made
    ? (await client.query<{ name: string; checksum: string }>("select name, checksum from schema_migrations")).rows
    : [];
  const known = new Map(ran.map(({ name, checksum }) => [name, checksum]));
  const pending = ours.filter(({ name }) => !known.has(name));
  const changed = ours.filter(({ name, sql }) => known.has(name) && known.get(name) !== sha256(sql));
  const newer = ran.filter(({ name }) => !ours.some((one) => one.name === name));
  for (const { name } of changed) {
    tell.fail(
      `migration ${name} has changed since this database ran it`,
      "Check the version out that this database was made with, or give this version a database of its own.",
    );
  }
  if (newer.length > 0) {
    tell.warn(
      `a newer version has used this database (${newer.map(({ name }) => name).join(", ")})`,
      "Run that version, or use another database.",
    );
  }
  if (pending.length === 0 && changed.length === 0) return tell.ok(`all ${ours.length} migrations have run`);
  if (pending.length === 0) return;
  if (has[0]?.may)
    return tell.ok(
      `${pending.length} of ${ours.length} migrations are still to run: the gateway does it when it starts`,
    );
  tell.fail(
    `${pending.length} migrations are to run, but this user may not create tables`,
    "Let the database's owner run: grant create on schema public to the user of DATABASE_URL.",
  );
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const BY_SQLSTATE: Readonly<Record<string, readonly [found: string, todo: string]>> = {
  "28P01": [
    "user or password is wrong",
    "Correct them in DATABASE_URL; special characters in a password must be percent-encoded.",
  ],
  "28000": ["this user may not connect from here", "Allow it in the server's pg_hba.conf, or use another user."],
  "3D000": ["there is no database of this name", "Create it (createdb), or correct the name in DATABASE_URL."],
  "53300": ["it has no connection left", "Raise max_connections, or find out who holds them."],
  "57P03": ["it is still starting", "Try again in a moment."],
};

function databaseTrouble(error: unknown): { readonly found: string; readonly todo: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [found, todo] = BY_SQLSTATE[code] ?? [];
  if (found && todo) return { found: `${found} (${code})`, todo };
  const network = networkTrouble(error);
  return { found: network.found, todo: `${network.todo} DATABASE_URL says where it is.` };
}

/** The embedded database, which only the holder of the data folder may open. */
export async function checkEmbedded(dataDir: string, { clock }: Kit, tell: Tell): Promise<Reached | undefined> {
  const begunMs = clock.now();
  try {
    const database = await openDatabase({ dataDir, log, clock });
    tell.ok(
      `embedded, opened and migrated in ${((clock.now() - begunMs) / 1000).toFixed(1)} s: for one process, and tens of calls`,
    );
    return database;
  } catch (error) {
    tell.fail(
      `the embedded database does not open: ${messageOf(error)}`,
      "Restore DATA_DIR/pglite from a backup, or move it away to begin anew; or set DATABASE_URL.",
    );
    return undefined;
  }
}

/** The gateway that runs knows how its own stores are. */
export async function askStores(
  listening: Listening,
  clock: Clock,
  what: "database" | "queue",
  tell: Tell,
): Promise<void> {
  const state = (await askReadiness(listening.origin, clock))?.[what];
  if (state === "up") return tell.ok(`embedded; the gateway that runs says it is up`);
  tell.fail(
    `embedded; the gateway that runs says it is ${state ?? "unknown"}`,
    "Look at its log; a full disk is the usual reason.",
  );
}

/** One job of the doctor's own, through a queue of its own, there and back. */
export async function checkQueue(
  redisUrl: string | undefined,
  database: Reached | undefined,
  kit: Kit,
  tell: Tell,
): Promise<void> {
  if (redisUrl === undefined && database === undefined) {
    return tell.warn("not tried: jobs are queued in the database, which cannot be used", "Mend the database first.");
  }
  const where = redisUrl === undefined ? "the database" : `Redis at ${place(redisUrl)}`;
  const { clock, ids } = kit;
  const begunMs = clock.now();
  const queued = queuePlace(redisUrl, database ?? { kind: "postgres", poolConfig: {} });
  try {
    const queue = await bullmqQueue({ place: queued, name: "durvani-doctor", clock, log, meter });
    try {
      await oneJob(queue, { clock, ids });
      tell.ok(`a job went through ${where} in ${Math.round(clock.now() - begunMs)} ms`);
    } finally {
      await queue.close();
    }
  } catch (error) {
    const trouble =
      redisUrl === undefined ? databaseTrouble(error) : { ...networkTrouble(error), found: messageOf(error) };
    const todo =
      redisUrl === undefined
        ? trouble.todo
        : "Start Redis, or correct REDIS_URL (redis://user:password@host:6379); without REDIS_URL jobs are queued in the database.";
    tell.fail(`no job goes through ${where}: ${trouble.found}`, todo);
  }
}

async function oneJob(queue: Awaited<ReturnType<typeof bullmqQueue>>, { clock, ids }: Kit): Promise<void> {
  const callId = ids.id("doctor") as CallId;
  const giveUp = deadline(JOB_MS);
  const done = new Promise<void>((resolve, reject) => {
    giveUp.addEventListener("abort", () => reject(new Error(`it did not come back within ${JOB_MS / 1000} s`)));
    queue.work(async (job) => {
      if (job.callId === callId) resolve();
    });
  });
  done.catch(() => undefined); // Awaited below, unless the job cannot even be given.
  await patiently(() => queue.add({ kind: "transcript", callId }), clock);
  await done;
}

/** A connection to Redis is still being made when it is first asked. */
async function patiently(attempt: () => Promise<void>, clock: Clock): Promise<void> {
  const giveUp = deadline(CONNECT_MS);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (giveUp.aborted) throw error;
      await clock.sleep(100, new AbortController().signal);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
