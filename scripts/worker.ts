import { once } from "node:events";
import { ConfigError, processEnvironment, readConfig } from "../src/config.ts";
import { systemClock } from "../src/kit/clock.ts";
import { Closing } from "../src/kit/closing.ts";
import { randomIds } from "../src/kit/ids.ts";
import { createLog } from "../src/kit/log.ts";
import { deafMeter } from "../src/kit/meter.ts";
import { openOffice, workIn } from "../src/office.ts";

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
const { sarvam, limits } = settings;
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
process.once("SIGINT", () => stopping.abort());

const log = createLog(limits.logLevel);
const kit = { clock: systemClock, ids: randomIds(systemClock.wall), log, meter: deafMeter };
const closing = new Closing();
const office = await openOffice(settings, kit, closing);
const { apiKey, baseUrl } = sarvam;
const work = workIn(office, settings, kit, apiKey === undefined ? undefined : { apiKey, baseUrl }, SWEEP);
log.info({ queue: office.place.kind }, "the worker is at work");
if (!stopping.signal.aborted) await once(stopping.signal, "abort");

log.info({}, "the worker finishes what it has begun");
await work.stop();
await closing.run(log);
log.info({}, "the worker is done");
