import { join } from "node:path";
import { warmCall } from "./call/call.ts";
import { allCarriers } from "./carrier/carriers.ts";
import { signallingOrigins } from "./carrier/twilio-signalling.ts";
import { twilioTokens } from "./carrier/twilio-token.ts";
import { type Config, ConfigError, type Environment, processEnvironment, readConfig } from "./config.ts";
import { AgentsFileError, loadAgents } from "./dialog/agents.ts";
import { llmOf } from "./dialog/models.ts";
import { relayAfter } from "./dialog/relay/after.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { createMetrics } from "./gateway/metrics.ts";
import { recoverCalls } from "./gateway/recover.ts";
import { openCommandRelay } from "./jobs/command-relay.ts";
import { systemClock as clock, deadline } from "./kit/clock.ts";
import { Closing } from "./kit/closing.ts";
import { lockFolder } from "./kit/folder-lock.ts";
import { randomIds } from "./kit/ids.ts";
import { createLog, type Log } from "./kit/log.ts";
import { isProgram, type Program, runProgram } from "./kit/run.ts";
import { type Often, openOffice, workIn } from "./office.ts";
import { openReplays } from "./replays.ts";
import { apologyAudio, apologyText } from "./speech/apology.ts";
import { sarvamEar } from "./speech/sarvam/ear.ts";
import { sarvamMouth } from "./speech/sarvam/mouth.ts";
import { voiceComplaints } from "./speech/sarvam/tts-config.ts";
import { defaultSpeaker, SPEAKERS } from "./speech/sarvam/tts-speakers.ts";
import type { Database } from "./store/database.ts";
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
  readonly sweep?: Often;
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
  const meter = createMetrics(log);
  const kit = { clock, ids: randomIds(clock.wall), log, meter };

  closing.add(await lockFolder(config.state.dataDir), (lock) => lock.release());
  const { apiKey = kit.ids.secret(), sttApi: api } = config.sarvam;
  let { baseUrl } = config.sarvam;
  if (config.demo) {
    const { startSarvam } = await import("./simulator/sarvam/sarvam.ts"); // never loaded in production
    baseUrl = closing.add(await startSarvam({ keys: [apiKey] }), (it) => it.close()).url;
    log.warn({}, "demo mode: without SARVAM_API_KEY, Sarvam is imitated");
  }

  const office = await openOffice(config, kit, closing);
  const books = closing.add(bookkeeper({ ...kit, store: office.store }), (it) => it.close(deadline(5000)));
  const relay = closing.add(openCommandRelay(office.place, kit), (it) => it.close());

  const sarvam = { baseUrl, apiKey };
  const { authToken, accountSid } = config.twilio;
  const access = { authToken, accountSid, rules: config.webhook.rules };
  const hiring = { file: config.dialog.agentsFile, llm: llmOf(config.dialog, sarvam), webhook: config.webhook };
  const parts = { ...kit, ...office, warmCall, books, relay };
  const gateway = await createGateway({
    ...parts,
    replays: openReplays(config, clock),
    stt: sarvamEar({ ...kit, ...sarvam, api }),
    tts: sarvamMouth({ ...kit, ...sarvam }),
    agents: loadAgents({ ...kit, ...hiring, relay: access, voiceComplaints, defaultSpeaker, speakers: SPEAKERS }),
    askApplication: relayAfter({ ...kit, access }),
    apology: (language, format) => ({ text: apologyText(language), audio: apologyAudio(language, format) }),
    carriers: (publicUrl) => allCarriers(config, publicUrl, clock.wall),
    softphoneToken: twilioTokens(config.twilio),
    publicUrl: config.listen.publicUrl,
    ...config.access,
    signallingOrigins: signallingOrigins(config.twilio),
    pagesFolder: join(import.meta.dirname, "..", "dist", "page"),
    prices: config.prices,
    webhookRules: config.webhook.rules,
    openOnLoopback: config.demo && config.access.keys.length === 0,
    recordAudio: config.limits.recordCalls !== "off",
    ...config.limits,
  });
  closing.add(gateway, (it) => it.close());
  void recoverCalls(parts); // Not waited for when closing: the books wait for what it has written, the next start does the rest.
  if (options.work ?? true) {
    const often = { everyMs: 30_000, owedForMs: 30_000, ...options.sweep };
    closing.add(workIn(office, config, kit, sarvam, often), (it) => it.stop());
  }
  const url = await gateway.listen(config.listen.host, config.listen.port);
  log.info({ listening: url, database: office.database.kind, queue: office.place.kind }, "the gateway is up");
  const stop = async (drainMs = config.limits.drainTimeoutMs): Promise<void> => {
    await gateway.drain(drainMs);
    await closing.run(log);
  };
  return { url, gateway, database: office.database, stop, log, meter };
}

if (isProgram(import.meta.url)) {
  await runProgram(
    () => startGateway(processEnvironment()),
    (error) => error instanceof ConfigError || error instanceof AgentsFileError,
  );
}
