import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { type Running, startGateway } from "../../src/main.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { dialExotel } from "../../src/simulator/twins/exotel-twin.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall, TwinOptions } from "../../src/simulator/twins/twin.ts";
import { DemoBooks, latencyLines, transcriptLines } from "./books.ts";
import type { Breakage } from "./breakages.ts";
import { playScene } from "./scene.ts";
import { settingsOf } from "./settings.ts";
import { Timeline } from "./timeline.ts";
import { type Step, Verdict } from "./verdict.ts";

export type DemoOptions = {
  readonly carrier: "twilio" | "exotel";
  readonly env: Environment;
  readonly out: (line: string) => void;
  /** What goes wrong on purpose. */
  readonly breakage: Breakage;
};

export type DemoResult = { readonly ok: boolean; readonly missing: readonly Step[] };

const HURRY_MS_PER_CHARACTER = 32;
const BOOKS_MS = 10_000;
const DRAIN_MS = 2000;

type Stage = {
  readonly gateway: Running;
  readonly simulator: SarvamSimulator;
  readonly publicUrl: string;
  readonly token: string;
  readonly user: string;
  readonly password: string;
};

/** One whole phone call with a gateway of its own. Everything is let go of before it returns. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { carrier, env, out, breakage } = options;
  out(
    `A phone call over ${carrier === "twilio" ? "Twilio" : "Exotel"}, imitated on real sockets; Sarvam is imitated too.`,
  );
  out("");
  const ids = randomIds(() => systemClock.wall());
  const key = ids.secret();
  const secrets = { token: ids.secret(), user: ids.id("stream"), password: ids.secret() };
  const publicUrl = env["PUBLIC_URL"] || "https://durvani.example.test";
  const simulator = await startSarvam({ keys: [key], voiceMsPerChar: HURRY_MS_PER_CHARACTER });
  try {
    breakage.provider?.(simulator);
    const settings = { ...settingsOf(env), PUBLIC_URL: publicUrl, SARVAM_API_KEY: key, SARVAM_BASE_URL: simulator.url };
    const access = {
      TWILIO_AUTH_TOKEN: secrets.token,
      EXOTEL_STREAM_USER: secrets.user,
      EXOTEL_STREAM_PASSWORD: secrets.password,
    };
    const gateway = await startGateway({ ...settings, ...access }, { work: breakage.work ?? true });
    try {
      return await perform(options, { gateway, simulator, publicUrl, ...secrets });
    } finally {
      await gateway.stop(DRAIN_MS);
    }
  } finally {
    await simulator.close();
  }
}

async function perform({ carrier, env, out, breakage }: DemoOptions, stage: Stage): Promise<DemoResult> {
  const verdict = new Verdict();
  const timeline = new Timeline(out);
  const call = await dial(carrier, stage, {
    baseUrl: stage.gateway.url,
    publicUrl: stage.publicUrl,
    faults: breakage.faults ?? {},
    onEvent: (event) => timeline.event(event),
  });
  const books = new DemoBooks(stage.gateway.database.pool, call.callSid);
  try {
    verdict.demand("answered", !["busy", "webhook-failed"].includes(call.outcome.kind), "it did not");
    verdict.demand("connected", call.outcome.kind === "streaming", "it was refused");
    await playScene({ call, books, timeline, verdict, simulator: stage.simulator });
    await call.over;
    const complaints = call.log.filter(({ kind }) => kind === "warning").length;
    verdict.demand("wellFormed", complaints === 0, `${complaints} complaints`);
    await closeBooks(books, verdict, out);
  } catch (error) {
    verdict.trouble = error instanceof Error ? error.message : String(error);
    call.hangUp();
    await call.over;
  }
  await saveHeard(call, join(env["DATA_DIR"] || "./data", "demo"), `${carrier}-heard.wav`, out);
  verdict.see("recorded");
  out("");
  for (const text of verdict.lines()) out(text);
  return { ok: verdict.ok, missing: verdict.missing };
}

function dial(carrier: DemoOptions["carrier"], { token, user, password }: Stage, line: TwinOptions): Promise<TwinCall> {
  return carrier === "twilio" ? dialTwilio({ ...line, authToken: token }) : dialExotel({ ...line, user, password });
}

/** What is left of the call: asked of the database, printed as it says. */
async function closeBooks(books: DemoBooks, verdict: Verdict, out: (line: string) => void): Promise<void> {
  const end = await books.end(BOOKS_MS);
  verdict.demand("booked", end?.end_how === "agent-hung-up", `the books say ${end?.end_how ?? "nothing of its end"}`);
  const transcript = await books.transcript(BOOKS_MS);
  const lines = transcript?.lines ?? [];
  verdict.demand("transcript", lines.length > 0, "it is still owed");
  out("");
  out(`Transcript of ${end?.id}, from the database:`);
  for (const text of transcriptLines(lines)) out(text);
  out("");
  out("Latency per turn, from the database:");
  for (const text of latencyLines(await books.turns())) out(text);
}

async function saveHeard(call: TwinCall, folder: string, name: string, out: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await call.saveWav(path);
  out("");
  out(`What the caller heard: ${path}`);
}
