import { join } from "node:path";
import type { Config } from "./config.ts";
import { queuePlace } from "./jobs/backend.ts";
import { bullmqQueue } from "./jobs/bullmq.ts";
import { callErasure } from "./jobs/erasure.ts";
import { openRecordings } from "./jobs/recordings.ts";
import { recordedSound } from "./jobs/retranscription-sound.ts";
import { sarvamRest } from "./jobs/sarvam-rest.ts";
import { startWork } from "./jobs/work.ts";
import { fileJournals } from "./journal/files.ts";
import type { Clock } from "./kit/clock.ts";
import type { Closing } from "./kit/closing.ts";
import type { Ids } from "./kit/ids.ts";
import type { Log } from "./kit/log.ts";
import type { Meter } from "./kit/meter.ts";
import { apologyAudio } from "./speech/apology.ts";
import { openDatabase } from "./store/database.ts";
import { OWED, postgresStore } from "./store/postgres.ts";
import { postgresOutbox } from "./store/webhook-outbox.ts";

export type OfficeKit = { readonly clock: Clock; readonly ids: Ids; readonly log: Log; readonly meter: Meter };

export type Sarvam = { readonly baseUrl: string; readonly apiKey: string };

/** How often owed jobs are looked for, and how long they are left to the queue before. */
export type Often = { readonly everyMs: number; readonly owedForMs: number };

/** Where calls are written down and written up: what the gateway and a worker of its own have in common. Opened in this order. */
export async function openOffice(config: Config, kit: OfficeKit, closing: Closing) {
  const { dataDir, databaseUrl, redisUrl } = config.state;
  const database = closing.add(await openDatabase({ ...kit, databaseUrl, dataDir }), (it) => it.close());
  const store = postgresStore(database.pool, config.limits.recordCalls === "wav" ? [...OWED, "recording"] : OWED);
  const journals = fileJournals({ ...kit, dir: join(dataDir, "journals") });
  const recordings = openRecordings(config, kit.clock);
  const place = queuePlace(redisUrl, database);
  const jobs = closing.add(await bullmqQueue({ ...kit, place }), (it) => it.close());
  const outbox = postgresOutbox(database.pool);
  const papers = { store, journals, recordings, erasures: store };
  return { database, place, jobs, outbox, usageBook: store, ...papers, erasure: callErasure({ ...kit, ...papers }) };
}

export type Office = Awaited<ReturnType<typeof openOffice>>;

/** Works off what is owed after calls, until it is closed. Without `sarvam` what needs it is left to others. */
export function workIn(office: Office, config: Config, kit: OfficeKit, sarvam: Sarvam | undefined, often: Often) {
  const sound = recordedSound(office.recordings, config.recordings.s3, kit.clock);
  const writer = sarvam && { provider: sarvamRest(sarvam), sound };
  const { retentionMs } = config.limits;
  return startWork({
    ...office,
    ...kit,
    ...often,
    ...config.webhook,
    queue: office.jobs,
    apologyAudio,
    writer,
    retentionMs,
  });
}
