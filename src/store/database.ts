import { join } from "node:path";
import pg from "pg";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { migrate, migrations } from "./migrate.ts";
import { openEmbedded } from "./pglite.ts";

/** One SQL database, migrated, whichever it is. */
export interface Database {
  readonly kind: "postgres" | "pglite";
  readonly pool: pg.Pool;
  /** For pools of one's own to the same place. Such a pool, and each client it connects, needs an `error` listener. */
  readonly poolConfig: pg.PoolConfig;
  /** Ends the pool, then the embedded database if there is one. Other pools must be ended before. */
  close(): Promise<void>;
}

export type DatabaseOptions = {
  /** A `postgres://` URL; without one, PGlite under `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
};

/** A query of a live gateway that takes longer has lost its server; pg itself would wait for ever. */
const TIMEOUTS: pg.PoolConfig = { connectionTimeoutMillis: 2000, query_timeout: 5000, keepAlive: true };
const MIGRATION_MS = 120_000;
const ANALYSE_EVERY_MS = 3_600_000;
/** Nobody is on the line yet, and a machine that has just started is slow. */
const FIRST_CONNECTION_MS = 15_000;

/**
 * Opens and migrates the database. Rejects when it cannot be reached, when another process has the data folder, or when
 * a migration fails.
 *
 * On PGlite all clients share one session: no advisory locks, LISTEN/NOTIFY, SET, temporary tables or named statements.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, log, clock } = options;
  if (databaseUrl) {
    const server = {
      ...TIMEOUTS,
      connectionString: databaseUrl,
      statement_timeout: 5000,
      idle_in_transaction_session_timeout: 10_000,
      max: 10,
    };
    return open("postgres", server, log, async () => {});
  }
  const embedded = await openEmbedded({ dir: join(dataDir, "pglite"), log, clock });
  const place = { ...TIMEOUTS, host: embedded.socketDir, port: 5432, user: "postgres", database: "postgres", max: 8 };
  const database = await open("pglite", place, log, () => embedded.close());
  const stop = keepAnalysed(database.pool, clock, log);
  return { ...database, close: () => stop().then(() => database.close()) };
}

/**
 * PGlite has no autovacuum: without statistics its planner reads whole tables that it has indexes for. A second for the largest, since
 * it looks at a sample.
 */
function keepAnalysed(pool: pg.Pool, clock: Clock, log: Log): () => Promise<void> {
  let cancel = (): void => {};
  let running = Promise.resolve();
  const analyse = (): void => {
    running = pool.query("analyze").then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, "the database could not be analysed"),
    );
    cancel = clock.after(ANALYSE_EVERY_MS, analyse);
  };
  analyse();
  return () => {
    cancel();
    return running;
  };
}

async function open(
  kind: Database["kind"],
  poolConfig: pg.PoolConfig,
  log: Log,
  closeServer: () => Promise<void>,
): Promise<Database> {
  try {
    await migrateOn(poolConfig, log);
  } catch (error) {
    await closeServer();
    throw error;
  }
  const pool = listenToErrors(new pg.Pool(poolConfig), log);
  return {
    kind,
    pool,
    poolConfig,
    async close() {
      await pool.end();
      await closeServer();
    },
  };
}

/** A migration may take longer than a query of a live call, and may wait for another process's. */
async function migrateOn(poolConfig: pg.PoolConfig, log: Log): Promise<void> {
  const patient = {
    ...poolConfig,
    max: 1,
    connectionTimeoutMillis: FIRST_CONNECTION_MS,
    query_timeout: MIGRATION_MS,
  };
  if (patient.statement_timeout) patient.statement_timeout = MIGRATION_MS;
  const pool = listenToErrors(new pg.Pool(patient), log);
  try {
    const ran = await migrate(pool, await migrations());
    if (ran.length > 0) log.info({ migrations: ran }, "the database was migrated");
  } finally {
    await pool.end();
  }
}

/**
 * Without both listeners a PostgreSQL that is shut down ends this process: the pool's hears of idle clients, each
 * client's own of those in use. Whoever awaits a query learns of the failure from its rejection.
 */
function listenToErrors(pool: pg.Pool, log: Log): pg.Pool {
  pool.on("error", (error) => log.debug({ err: error }, "an idle database connection was lost"));
  pool.on("connect", (client) => {
    client.on("error", (error) => log.debug({ err: error }, "a database connection was lost"));
  });
  return pool;
}
