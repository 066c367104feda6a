import { type Config, type Environment, inspectConfig } from "../../src/config.ts";
import { llmOf } from "../../src/dialog/models.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { type Ids, randomIds } from "../../src/kit/ids.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import { sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import { voiceComplaints } from "../../src/speech/sarvam/tts-config.ts";
import { defaultSpeaker } from "../../src/speech/sarvam/tts-speakers.ts";
import { place } from "../phone/secrets.ts";
import { checkAgents, checkChat } from "./agents.ts";
import { checkExotel, checkTwilio } from "./carriers.ts";
import { checkClock } from "./clock.ts";
import { checkConfiguration, spoiled } from "./configuration.ts";
import type { Finding, Findings, Tell } from "./finding.ts";
import { checkFolder, type Hold } from "./folder.ts";
import { checkListening, type Listening } from "./gateway.ts";
import { checkHearing, type Sample } from "./hearing.ts";
import { checkPublicUrl } from "./public-url.ts";
import { checkSpeaking } from "./speaking.ts";
import { askStores, checkEmbedded, checkPostgres, checkQueue, type Reached } from "./stores.ts";

export type Patient = { readonly env: Environment; readonly sample: Sample; readonly clock: Clock };

type Case = Patient & {
  readonly config: Config;
  readonly ids: Ids;
  readonly mistaken: (variable: string) => boolean;
  readonly findings: Findings;
};

/** Looks at everything a gateway with this environment needs, one thing after the other; a fault keeps nothing else from being looked at. */
export async function examine(patient: Patient, findings: Findings): Promise<readonly Finding[]> {
  const { config, mistakes } = inspectConfig(patient.env);
  const ids = randomIds(() => patient.clock.wall());
  const mistaken = (variable: string): boolean => spoiled(mistakes, variable);
  const one: Case = { ...patient, config, ids, mistaken, findings };
  await findings.check("configuration", (tell) => checkConfiguration(config, mistakes, tell));
  const hold = await findings.check("data folder", (tell) => checkFolder(config.state.dataDir, ids, tell));
  const here = await findings.check("gateway", (tell) => listening(one, hold, tell));
  try {
    await stores(one, hold, here);
    await speech(one);
    await findings.check("clock", (tell) => checkClock(outsideServers(config), one.clock, tell));
    await findings.check("PUBLIC_URL", (tell) => publicUrl(one, here, tell));
    await carriers(one, here);
  } finally {
    await here?.close();
    if (hold?.kind === "ours") await hold.lock.release();
  }
  return findings.all;
}

const MEND = "Mend the configuration first.";

async function listening(one: Case, hold: Hold | undefined, tell: Tell): Promise<Listening | undefined> {
  if (!one.mistaken("PORT")) return checkListening(one.config.listen, hold, one, tell);
  tell.warn("not tried: PORT is wrong", MEND);
  return undefined;
}

async function stores(one: Case, hold: Hold | undefined, here: Listening | undefined): Promise<void> {
  const { config, clock, mistaken, findings } = one;
  const { redisUrl, databaseUrl } = config.state;
  const embedded = databaseUrl === undefined;
  const runs = embedded && hold?.kind === "held" && here?.kind === "gateway" ? here : undefined;
  const database = await findings.check("database", async (tell) => {
    if (mistaken("DATABASE_URL")) return void tell.warn("not tried: DATABASE_URL is wrong", MEND);
    if (runs) return void (await askStores(runs, clock, "database", tell));
    return openStore(one, hold, tell);
  });
  try {
    await findings.check("queue", async (tell) => {
      if (mistaken("REDIS_URL")) return tell.warn("not tried: REDIS_URL is wrong", MEND);
      if (runs && redisUrl === undefined) return askStores(runs, clock, "queue", tell);
      return checkQueue(redisUrl, database, one, tell);
    });
  } finally {
    await database?.close();
  }
}

async function openStore(one: Case, hold: Hold | undefined, tell: Tell): Promise<Reached | undefined> {
  const { databaseUrl, dataDir } = one.config.state;
  if (databaseUrl !== undefined) return checkPostgres(databaseUrl, one, tell);
  if (hold?.kind === "ours") return checkEmbedded(dataDir, one, tell);
  tell.warn(
    "not tried: the embedded database lives in the data folder, which is not ours to open",
    "Mend the data folder first.",
  );
  return undefined;
}

async function speech({ config, sample, clock, ids, findings, mistaken }: Case): Promise<void> {
  const kit = { clock, ids, log, meter };
  const imitation = config.demo ? await imitatedSarvam(ids.secret()) : undefined;
  const { baseUrl, apiKey = "" } = imitation ?? config.sarvam;
  try {
    const { agentsFile, llmModel } = config.dialog;
    const llm = llmOf(config.dialog, { baseUrl, apiKey });
    const { authToken, accountSid } = config.twilio;
    const relay = { authToken, accountSid, rules: config.webhook.rules };
    const options = { ...kit, relay, file: agentsFile, llm, webhook: config.webhook, voiceComplaints, defaultSpeaker };
    const staff = await findings.check("agents", (tell) => checkAgents(options, tell));
    if (!staff) return;
    const known = apiKey !== "" && !mistaken("SARVAM_BASE_URL");
    const api = config.sarvam.sttApi;
    await findings.check("hearing", (tell) =>
      known ? checkHearing(sarvamEar({ ...kit, baseUrl, apiKey, api }), sample, clock, tell) : unheard(tell),
    );
    await findings.check("speaking", (tell) =>
      known ? checkSpeaking(sarvamMouth({ ...kit, baseUrl, apiKey }), staff[0], clock, tell) : unheard(tell),
    );
    await findings.check("chat", (tell) => checkChat(staff, llmModel, place(llm.baseUrl ?? ""), clock, tell));
  } finally {
    await imitation?.close();
  }
}

const unheard = (tell: Tell): void => tell.warn("not tried: Sarvam's key or address is missing or wrong", MEND);

/** As the gateway itself does in demo mode. */
async function imitatedSarvam(apiKey: string) {
  const { startSarvam } = await import("../../src/simulator/sarvam/sarvam.ts");
  const simulator = await startSarvam({ keys: [apiKey] });
  return { baseUrl: simulator.url, apiKey, close: () => simulator.close() };
}

/** Whose clocks can be asked: those the gateway depends on. */
function outsideServers({ demo, sarvam, twilio, exotel }: Config): readonly string[] {
  return [
    ...(demo ? [] : [sarvam.baseUrl]),
    ...(twilio.authToken ? [twilio.apiBaseUrl ?? "https://api.twilio.com"] : []),
    ...(exotel.apiKey ? [exotel.apiBaseUrl ?? "https://api.in.exotel.com"] : []),
  ];
}

async function publicUrl({ config, mistaken }: Case, here: Listening | undefined, tell: Tell): Promise<void> {
  if (mistaken("PUBLIC_URL")) return tell.warn("not tried: it is missing or wrong", MEND);
  await checkPublicUrl(config.listen.publicUrl, here, tell);
}

async function carriers({ env, config, findings }: Case, here: Listening | undefined): Promise<void> {
  const configured = (prefix: string): boolean =>
    Object.entries(env).some(
      ([name, value]) => name.startsWith(`${prefix}_`) && !name.endsWith("_API_BASE_URL") && value?.trim(),
    );
  const looks: Readonly<Record<string, (tell: Tell) => unknown>> = {
    Twilio: (tell) => checkTwilio(config, here, tell),
    Exotel: (tell) => checkExotel(config, here, tell),
    Plivo: unknownAccount("plivo"),
    Telnyx: unknownAccount("telnyx"),
    SignalWire: unknownAccount("signalwire"),
  };
  const used = Object.entries(looks).filter(([name]) => configured(name.toUpperCase()));
  for (const [name, look] of used) await findings.check(name, look);
  if (used.length > 0) return;
  await findings.check("carriers", (tell) =>
    tell.warn(
      "none is configured: nobody can call",
      "Put one carrier's credentials into .env; .env.example names them.",
    ),
  );
}

/** The doctor cannot ask these carriers. */
const unknownAccount = (path: string) => (tell: Tell) =>
  tell.warn(
    "is configured, but its account is not looked at here",
    `Its console must send calls to PUBLIC_URL/${path}/voice, by POST.`,
  );
