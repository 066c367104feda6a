import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { dialExotel } from "../../src/simulator/twins/exotel-twin.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall, TwinOptions } from "../../src/simulator/twins/twin.ts";
import { agentsFile, converse, dialled, pause } from "./caller.ts";
import { GatewayProcess, type Usage } from "./gateway-process.ts";
import { Measurement } from "./measure.ts";

export type LoadOptions = {
  readonly calls: number;
  readonly carrier: "twilio" | "exotel";
  /** How long all calls are up together. */
  readonly seconds: number;
  readonly env: Environment;
  /** Modules that the gateway loads before its own program. */
  readonly imports?: readonly string[];
  /** Done in its data folder, or its database, before it starts. */
  readonly before?: (env: Environment) => Promise<void>;
  /** Done while all calls are up; `signal` aborts when they end. */
  readonly beside?: (gatewayUrl: string, signal: AbortSignal) => Promise<void>;
};

export type LoadResult = {
  readonly options: LoadOptions;
  readonly measured: Measurement;
  readonly connected: number;
  readonly unanswered: number;
  readonly steadySeconds: number;
  /** CPU of the gateway while all calls were up, per second of each; memory then, and before the first. */
  readonly cpuMsPerCallSecond: number | undefined;
  readonly rssBytes: number | undefined;
  readonly idleRssBytes: number | undefined;
  /** How late this process itself ran, at the 99th percentile: what the latencies cannot be better than. */
  readonly ownDelayMs: number;
};

const PUBLIC_URL = "https://durvani.example.test";
const EAR_MS = 5000;

type Stage = {
  readonly gateway: GatewayProcess;
  readonly simulator: SarvamSimulator;
  readonly measured: Measurement;
  readonly dial: (number: number) => Promise<TwinCall>;
};

/** So many calls at once with a gateway in a process of its own; twins and simulated Sarvam share this one, and its clock. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "durvani-load-"));
  const ids = randomIds(() => systemClock.wall());
  const key = ids.secret();
  const auth = { token: ids.secret(), user: ids.id("stream"), password: ids.secret() };
  const { calls } = options;
  const limits = { maxSttSockets: calls * 2 + 20, maxTtsSockets: calls * 4 + 20 };
  const simulator = await startSarvam({ keys: [key], keepAudio: false, ...limits });
  try {
    await writeFile(join(folder, "agents.json"), agentsFile(calls));
    const env = {
      ...options.env,
      PUBLIC_URL,
      LOG_LEVEL: options.env["LOG_LEVEL"] || "error",
      DATA_DIR: join(folder, "data"),
      DRAIN_TIMEOUT_MS: "2000",
      AGENTS_FILE: join(folder, "agents.json"),
      SARVAM_STT_API: options.env["SARVAM_STT_API"] || "realtime",
      SARVAM_API_KEY: key,
      SARVAM_BASE_URL: simulator.url,
      TWILIO_AUTH_TOKEN: auth.token,
      EXOTEL_STREAM_USER: auth.user,
      EXOTEL_STREAM_PASSWORD: auth.password,
    };
    await options.before?.(env);
    const gateway = await GatewayProcess.start(env, options.imports);
    try {
      const measured = new Measurement(options.carrier === "twilio" ? 8 : 16);
      simulator.wire.on((event) => measured.sarvamSaw(event));
      const dial = dialler(options, gateway, measured, auth);
      return await measure(options, { gateway, simulator, measured, dial });
    } finally {
      await gateway.stop();
    }
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function dialler(
  { carrier }: LoadOptions,
  gateway: GatewayProcess,
  measured: Measurement,
  { token, user, password }: { readonly token: string; readonly user: string; readonly password: string },
): Stage["dial"] {
  return (number) => {
    const line: TwinOptions = {
      baseUrl: gateway.url,
      publicUrl: PUBLIC_URL,
      to: dialled(number),
      onEvent: (event) => measured.twinSaw(number, event),
      onFrame: (audio, atMs) => measured.frameSent(number, audio.length, atMs),
      onMedia: (audio, atMs) => measured.mediaCame(number, audio.length, atMs),
    };
    return carrier === "twilio" ? dialTwilio({ ...line, authToken: token }) : dialExotel({ ...line, user, password });
  };
}

async function measure(options: LoadOptions, stage: Stage): Promise<LoadResult> {
  const { gateway, measured } = stage;
  const idle = gateway.usage();
  const conversations: Promise<number>[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  let connected = 0;
  for (let number = 0; number < options.calls; number += 1) {
    const call = await stage.dial(number);
    if (call.outcome.kind === "streaming") connected += 1;
    await earOf(measured, number);
    conversations.push(converse(call, number, () => untilMs));
  }
  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  measured.measuring = true;
  const before = gateway.usage();
  const beganMs = systemClock.now();
  untilMs = beganMs + options.seconds * 1000;
  const over = new AbortController();
  const beside = options.beside?.(gateway.url, over.signal);
  await pause(options.seconds * 1000);
  const after = gateway.usage();
  const steadySeconds = (systemClock.now() - beganMs) / 1000;
  measured.measuring = false;
  own.disable();
  over.abort();
  await beside;
  const unanswered = (await Promise.all(conversations)).reduce((sum, count) => sum + count, 0);
  return {
    options,
    measured,
    connected,
    unanswered,
    steadySeconds,
    cpuMsPerCallSecond: cpuPer(connected * steadySeconds, before, after),
    rssBytes: after?.rssBytes,
    idleRssBytes: idle?.rssBytes,
    ownDelayMs: (own.percentile(99) - own.min) / 1e6,
  };
}

function cpuPer(callSeconds: number, before: Usage | undefined, after: Usage | undefined): number | undefined {
  return before && after ? (after.cpuMs - before.cpuMs) / callSeconds : undefined;
}

/** Waits until the ear that the gateway opened for this call is known; the next call may then be placed. */
async function earOf(measured: Measurement, number: number): Promise<void> {
  const deadline = systemClock.now() + EAR_MS;
  while (!measured.claimEar(number)) {
    if (systemClock.now() > deadline) throw new Error(`the gateway opened no ear for call ${number}`);
    await pause(5);
  }
}
