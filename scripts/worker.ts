import { once } from "node:events";
import { join } from "node:path";
import { ConfigError, processEnvironment, readConfig } from "../src/config.ts";
import { queuePlace } from "../src/jobs/backend.ts";
import { bullmqQueue } from "../src/jobs/bullmq.ts";
import { openRecordings } from "../src/jobs/recordings.ts";
import { startWork } from "../src/jobs/work.ts";
import { fileJournals } from "../src/journal/files.ts";
import { systemClock } from "../src/kit/clock.ts";
import { randomIds } from "../src/kit/ids.ts";
import { createLog } from "../src/kit/log.ts";
import { deafMeter } from "../src/kit/meter.ts";
import { apologyAudio } from "../src/speech/apology.ts";
import { openDatabase } from "../src/store/database.ts";
import { postgresStore } from "../src/store/postgres.ts";
import { postgresOutbox } from "../src/store/webhook-outbox.ts";

/**
 * `npm run worker`: works off the jobs of ended calls, without the gateway. SIGTERM: finishes what it has begun, exits 0. Recordings are
 * made of journals: it can make those of a gateway whose DATA_DIR it shares, and leaves the others to theirs.
 */

const SWEEP = { everyMs: 30_000, owedForMs: 30_000 };

function config(): ReturnType<typeof readConfig> & { readonly state: { readonly databaseUrl: string } } {
  const env = processEnvironment();
  const complaints: string[] = [];
  try {
    const config = readConfig(env);
    const { databaseUrl } = config.state;
    if (databaseUrl) return { ...config, state: { ...config.state, databaseUrl } };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complaints.push(error.message);
  }
  if (!env["DATABASE_URL"]?.trim()) {
    complaints.push(
      "DATABASE_URL is required here: the embedded database belongs to the gateway's process alone, which does its jobs itself.",
    );
  }
  console.error(complaints.join("\n"));
  process.exit(1);
}

const settings = config();
const { state, limits } = settings;
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
process.once("SIGINT", () => stopping.abort());

const log = createLog(limits.logLevel);
const parts = { clock: systemClock, log, meter: deafMeter };
const database = await openDatabase({ databaseUrl: state.databaseUrl, dataDir: state.dataDir, ...parts });
const store = postgresStore(database.pool);
const place = queuePlace(state.redisUrl, database);
const queue = await bullmqQueue({ place, ...parts });

const journals = fileJournals({ dir: join(state.dataDir, "journals"), ...parts });
const recordings = openRecordings(settings, systemClock);

const outbox = postgresOutbox(database.pool);
const ids = randomIds(systemClock.wall);
const work = startWork({
  store,
  outbox,
  queue,
  journals,
  recordings,
  apologyAudio,
  ids,
  ...parts,
  ...SWEEP,
  ...settings.webhook,
});
log.info({ queue: place.kind }, "the worker is at work");
if (!stopping.signal.aborted) await once(stopping.signal, "abort");

log.info({}, "the worker finishes what it has begun");
await work.stop();
await queue.close();
await database.close();
log.info({}, "the worker is done");
