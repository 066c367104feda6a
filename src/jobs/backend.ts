import {
  createPostgresBackend,
  type JobsOptions,
  type JobType,
  type PgPool,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
} from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";

/** Where BullMQ keeps its jobs. */
export type QueuePlace =
  | {
      readonly kind: "redis";
      readonly url: string /** Before all keys; `durvani` unless said. */;
      readonly prefix?: string;
    }
  /** A database that `createPostgresBackend` can use: a server, or PGlite behind its socket (`embedded`). */
  | { readonly kind: "postgres"; readonly poolConfig: pg.PoolConfig; readonly embedded: boolean };

/** Redis where there is one, else the books' own database. */
export const queuePlace = (
  redisUrl: string | undefined,
  database: { readonly kind: "postgres" | "pglite"; readonly poolConfig: pg.PoolConfig },
): QueuePlace =>
  redisUrl === undefined
    ? { kind: "postgres", poolConfig: database.poolConfig, embedded: database.kind === "pglite" }
    : { kind: "redis", url: redisUrl };

export type BackendOptions = {
  /** Of the queue; `durvani-jobs` unless said. */
  readonly name?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a worker may be silent about a job before another takes it over, and how often that is looked for. */
  readonly lease: { readonly lockMs: number; readonly checkMs: number };
};

/** What is used here of BullMQ's queue, whose type differs by store. */
export interface OpenQueue {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  getJobCounts(...states: JobType[]): Promise<Readonly<Record<string, number>>>;
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** What is used here of BullMQ's worker. It works from its making until `close` or until it gives up. */
export interface OpenWorker {
  isRunning(): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  /** `force`: does not wait for the jobs that run. */
  close(force: boolean): Promise<void>;
  /** Cuts its connections, whatever `close` still waits for. */
  abandon(): Promise<void>;
}

/** BullMQ on one of its stores: makes its parts, and knows whether the store answers. */
export interface Backend {
  /** Rejects quickly when the store is down. */
  ping(): Promise<void>;
  queue(): OpenQueue;
  worker(process: (job: { readonly data: unknown }) => Promise<void>): OpenWorker;
  close(): Promise<void>;
}

const QUEUE = "durvani-jobs";
const SCHEMA = "bullmq";
/** A claim that failed is tried again after this: BullMQ itself would try at once, for ever. */
const CLAIM_AGAIN_MS = 1000;

export function openBackend(place: QueuePlace, options: BackendOptions): Promise<Backend> {
  return place.kind === "redis" ? Promise.resolve(redisBackend(place, options)) : postgresBackend(place, options);
}

function workerOptions({ lease }: BackendOptions): Omit<WorkerOptions, "connection"> {
  return {
    concurrency: 8,
    lockDuration: lease.lockMs,
    stalledInterval: lease.checkMs,
    // BullMQ's default of 1 gives a job up for good when two workers in a row were killed.
    maxStalledCount: 10,
    runRetryDelay: CLAIM_AGAIN_MS,
  };
}

function redisBackend({ url, prefix = "durvani" }: QueuePlace & { kind: "redis" }, options: BackendOptions): Backend {
  const retryStrategy = (attempt: number): number => Math.min(attempt * 50, 1000);
  // A producer fails at once while Redis is away; by default it would wait for its return.
  const producer = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 2000,
    maxRetriesPerRequest: 1,
    retryStrategy,
  });
  producer.on("error", (error) => options.log.debug({ err: error }, "the connection to Redis failed"));
  return {
    async ping() {
      if (producer.status !== "ready") throw new Error(`Redis is not connected (${producer.status})`);
      await producer.ping();
    },
    queue: () => new Queue(options.name ?? QUEUE, { connection: producer, prefix }),
    worker(process) {
      const connection = { url, maxRetriesPerRequest: null, retryStrategy };
      return abandonable(new Worker(options.name ?? QUEUE, process, { ...workerOptions(options), connection, prefix }));
    },
    async close() {
      producer.disconnect();
    },
  };
}

async function postgresBackend(
  { poolConfig, embedded }: QueuePlace & { kind: "postgres" },
  options: BackendOptions,
): Promise<Backend> {
  await migrate(poolConfig, options.log);
  // BullMQ's typings of pg differ from pg's own in how listeners are declared, no more.
  const pool = new pg.Pool({
    ...poolConfig,
    max: 6,
    // BullMQ's statements name their functions without a schema. `public` stands first since PGlite's clients share one
    // session, this setting included: the books must not find BullMQ's tables before their own.
    onConnect: (client) => client.query(`set search_path to public, ${SCHEMA}`),
  }) as pg.Pool & PgPool;
  pool.setMaxListeners(0);
  pool.on("error", (error) => options.log.debug({ err: error }, "an idle connection of the queue was lost"));
  pool.on("connect", (client) => {
    client.on("error", (error) => options.log.debug({ err: error }, "a connection of the queue was lost"));
  });
  return {
    async ping() {
      await pool.query("select 1");
    },
    queue: () => new Queue(options.name ?? QUEUE, { connection: pool }, createPostgresBackend),
    worker(process) {
      // PGlite never tells a worker of a new job (NOTIFY does not cross its shared session): it must look.
      const delays = embedded ? { drainDelay: 1 } : {};
      const all = { ...workerOptions(options), ...delays, connection: pool };
      return abandonable(new Worker(options.name ?? QUEUE, process, all, patientBackend(embedded, options.clock)));
    },
    close: () => pool.end(),
  };
}

type Closable = Omit<OpenWorker, "abandon"> & { getBackend(): { close(force: boolean): Promise<void> } };

function abandonable(worker: Closable): OpenWorker {
  return {
    isRunning: () => worker.isRunning(),
    on: (event, listener) => worker.on(event, listener),
    close: (force) => worker.close(force),
    abandon: () => worker.getBackend().close(true),
  };
}

/** BullMQ's own tables, in a schema of their own. Their making may take longer than a query of a live gateway. */
async function migrate(poolConfig: pg.PoolConfig, log: Log): Promise<void> {
  const client = new pg.Client({
    ...poolConfig,
    query_timeout: 120_000,
    ...(poolConfig.statement_timeout ? { statement_timeout: 120_000 } : {}),
  });
  client.on("error", (error) => log.debug({ err: error }, "a connection of the queue was lost"));
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
}

/** BullMQ's PostgreSQL backend, corrected where a lost server or PGlite would hurt. */
function patientBackend(embedded: boolean, clock: Clock): typeof createPostgresBackend {
  return (name, options, factoryOptions) => {
    const backend = createPostgresBackend(name, options, factoryOptions);
    const claim = backend.moveToActive.bind(backend);
    backend.moveToActive = async (...args) => {
      try {
        return await claim(...args);
      } catch (error) {
        await new Promise<void>((resolve) => clock.after(CLAIM_AGAIN_MS, resolve));
        throw error;
      }
    };
    // With a job waiting for its next try the worker sleeps up to this long, and PGlite cannot wake it for a new one.
    if (embedded) Object.defineProperty(backend, "maximumBlockTimeout", { value: 1 });
    return backend;
  };
}
