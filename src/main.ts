import { join } from "node:path";
import { warmCall } from "./call/call.ts";
import { allCarriers } from "./carrier/carriers.ts";
import { type Config, ConfigError, type Environment, processEnvironment, readConfig } from "./config.ts";
import { AgentsFileError, loadAgents } from "./dialog/agents.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { createMetrics } from "./gateway/metrics.ts";
import { recoverCalls } from "./gateway/recover.ts";
import { queuePlace } from "./jobs/backend.ts";
import { bullmqQueue } from "./jobs/bullmq.ts";
import { openRecordings } from "./jobs/recordings.ts";
import type { SweepParts } from "./jobs/sweep.ts";
import { startWork } from "./jobs/work.ts";
import { fileJournals } from "./journal/files.ts";
import { systemClock as clock, deadline } from "./kit/clock.ts";
import { Closing } from "./kit/closing.ts";
import { lockFolder } from "./kit/folder-lock.ts";
import { randomIds } from "./kit/ids.ts";
import { createLog, type Log } from "./kit/log.ts";
import { isProgram, type Program, runProgram } from "./kit/run.ts";
import { apologyAudio, apologyText } from "./speech/apology.ts";
import { sarvamEar } from "./speech/sarvam/ear.ts";
import { sarvamMouth } from "./speech/sarvam/mouth.ts";
import { voiceComplaints } from "./speech/sarvam/tts-config.ts";
import { defaultSpeaker } from "./speech/sarvam/tts-speakers.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { OWED, postgresStore } from "./store/postgres.ts";
import { postgresOutbox } from "./store/webhook-outbox.ts";
import { bookkeeper } from "./store/writer.ts";

export type Running = Program & {
  /** Origin it listens on. */
  readonly url: string;
  readonly gateway: Gateway;
  readonly database: Database;
};

export type StartOptions = {
  readonly log?: Log;
  /** false: jobs are left to another process. */
  readonly work?: boolean;
  /** How often owed jobs are looked for, and how long they are left to the queue before; 30 s each. */
  readonly sweep?: Pick<SweepParts, "everyMs" | "owedForMs">;
};

/** Configuration → parts → listen. Throws `ConfigError` before anything is opened; what is open when it fails is closed. */
export async function startGateway(env: Environment, options: StartOptions = {}): Promise<Running> {
  const config = readConfig(env);
  const log = options.log ?? createLog(config.limits.logLevel);
  const closing = new Closing();
  try {
    return await open(config, log, options, closing);
  } catch (error) {
    await closing.run(log);
    throw error;
  }
}

async function open(config: Config, log: Log, options: StartOptions, closing: Closing): Promise<Running> {
  const { dataDir, databaseUrl, redisUrl } = config.state;
  const meter = createMetrics(log);
  const kit = { clock, ids: randomIds(clock.wall), log, meter };

  closing.add(await lockFolder(dataDir), (lock) => lock.release());
  const { apiKey = kit.ids.secret(), sttApi: api } = config.sarvam;
  let { baseUrl } = config.sarvam;
  if (config.demo) {
    const { startSarvam } = await import("./simulator/sarvam/sarvam.ts"); // never loaded in production
    baseUrl = closing.add(await startSarvam({ keys: [apiKey] }), (it) => it.close()).url;
    log.warn({}, "demo mode: without SARVAM_API_KEY, Sarvam is imitated");
  }

  const database = closing.add(await openDatabase({ databaseUrl, dataDir, log, clock }), (it) => it.close());
  const store = postgresStore(database.pool, config.limits.recordCalls === "wav" ? [...OWED, "recording"] : OWED);
  const books = closing.add(bookkeeper({ ...kit, store }), (it) => it.close(deadline(5000)));
  const journals = fileJournals({ ...kit, dir: join(dataDir, "journals") });
  const jobs = closing.add(await bullmqQueue({ ...kit, place: queuePlace(redisUrl, database) }), (it) => it.close());

  const outbox = postgresOutbox(database.pool);
  const { llmBaseUrl, llmApiKey, llmModel, agentsFile } = config.dialog;
  const ourKey = llmBaseUrl === undefined ? apiKey : undefined; // Sarvam's key is for Sarvam alone
  const llm = { baseUrl: llmBaseUrl ?? `${baseUrl}/v1`, apiKey: llmApiKey ?? ourKey, model: llmModel };
  const parts = { ...kit, warmCall, journals, books, store, outbox, jobs, recordings: openRecordings(config, clock) };
  const gateway = await createGateway({
    ...parts,
    stt: sarvamEar({ ...kit, baseUrl, apiKey, api }),
    tts: sarvamMouth({ ...kit, baseUrl, apiKey }),
    agents: loadAgents({ ...kit, file: agentsFile, llm, webhook: config.webhook, voiceComplaints, defaultSpeaker }),
    apology: (language, format) => ({ text: apologyText(language), audio: apologyAudio(language, format) }),
    carriers: (publicUrl) => allCarriers(config, publicUrl, clock.wall),
    publicUrl: config.listen.publicUrl,
    ...config.access,
    webhookRules: config.webhook.rules,
    openOnLoopback: config.demo && config.access.keys.length === 0,
    recordAudio: config.limits.recordCalls !== "off",
    ...config.limits,
  });
  closing.add(gateway, (it) => it.close());
  void recoverCalls(parts); // Not waited for when closing: the books wait for what it has written, the next start does the rest.
  if (options.work ?? true) {
    const often = { everyMs: 30_000, owedForMs: 30_000, ...options.sweep };
    const work = startWork({ ...parts, ...often, ...config.webhook, apologyAudio, queue: jobs });
    closing.add(work, (it) => it.stop());
  }
  const url = await gateway.listen(config.listen.host, config.listen.port);
  log.info({ listening: url, database: database.kind, redis: redisUrl !== undefined }, "the gateway is up");
  const stop = async (drainMs = config.limits.drainTimeoutMs): Promise<void> => {
    await gateway.drain(drainMs);
    await closing.run(log);
  };
  return { url, gateway, database, stop, log, meter };
}

if (isProgram(import.meta.url)) {
  await runProgram(
    () => startGateway(processEnvironment()),
    (error) => error instanceof ConfigError || error instanceof AgentsFileError,
  );
}
