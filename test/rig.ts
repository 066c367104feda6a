import { rm } from "node:fs/promises";
import { systemClock } from "../src/kit/clock.ts";
import { randomIds } from "../src/kit/ids.ts";
import { createLog } from "../src/kit/log.ts";
import { type Running, type StartOptions, startGateway } from "../src/main.ts";
import { type SarvamOptions, type SarvamSimulator, startSarvam } from "../src/simulator/sarvam/sarvam.ts";
import { dialExotel, type ExotelTwinOptions } from "../src/simulator/twins/exotel-twin.ts";
import { dialTwilio, type TwilioTwinOptions } from "../src/simulator/twins/twilio-twin.ts";
import type { TwinCall } from "../src/simulator/twins/twin.ts";
import { usedFolder } from "./used-folder.ts";

const ids = randomIds(() => systemClock.wall());

export type Carrier = "twilio" | "exotel";

/** A whole gateway with an imitated Sarvam and carriers, on free ports, with a data folder of its own. */
export type Rig = AsyncDisposable & {
  readonly running: Running;
  readonly simulator: SarvamSimulator;
  readonly dataDir: string;
  readonly publicUrl: string;
  /** Everything it logged, one JSON line each. */
  readonly logged: readonly string[];
  /** What proves a carrier's twin to the gateway. */
  readonly secrets: {
    readonly authToken: string;
    readonly user: string;
    readonly password: string;
    readonly sarvamKey: string;
  };
  dialTwilio(options?: Partial<TwilioTwinOptions>): Promise<TwinCall>;
  dialExotel(options?: Partial<ExotelTwinOptions>): Promise<TwinCall>;
  dial(carrier: Carrier, options?: Partial<TwilioTwinOptions & ExotelTwinOptions>): Promise<TwinCall>;
  /** Rows of a query on the gateway's own database. */
  sql<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
};

export type RigOptions = StartOptions & {
  readonly env?: Readonly<Record<string, string>>;
  readonly simulator?: Partial<SarvamOptions>;
  /** Removed at the end. A copy of one with an empty database by default, which only a test has. */
  readonly dataDir?: string;
};

/** `await using rig = await startRig()`: everything is stopped and removed at the end of the block. */
export async function startRig({
  env = {},
  simulator: simulated = {},
  dataDir: given,
  ...options
}: RigOptions = {}): Promise<Rig> {
  const dataDir = given ?? (await usedFolder());
  const secrets = { authToken: ids.secret(), user: "stream", password: ids.secret(), sarvamKey: ids.secret() };
  const simulator = await startSarvam({
    keys: [secrets.sarvamKey],
    maxSttSockets: 500,
    maxTtsSockets: 1000,
    ...simulated,
  });
  const logged: string[] = [];
  const publicUrl = env["PUBLIC_URL"] ?? "https://durvani.example.test";
  const running = await startGateway(
    {
      HOST: "127.0.0.1",
      PORT: "0",
      PUBLIC_URL: publicUrl,
      DATA_DIR: dataDir,
      SARVAM_API_KEY: secrets.sarvamKey,
      SARVAM_BASE_URL: simulator.url,
      TWILIO_AUTH_TOKEN: secrets.authToken,
      EXOTEL_STREAM_USER: secrets.user,
      EXOTEL_STREAM_PASSWORD: secrets.password,
      ...env,
    },
    { log: createLog("debug", { write: (line: string) => void logged.push(line) }), ...options },
  );
  const reach = { baseUrl: running.url, publicUrl };
  const { authToken, user, password } = secrets;
  const rig: Omit<Rig, typeof Symbol.asyncDispose> = {
    running,
    simulator,
    dataDir,
    publicUrl,
    logged,
    secrets,
    dialTwilio: (more = {}) => dialTwilio({ ...reach, authToken, ...more }),
    dialExotel: (more = {}) => dialExotel({ ...reach, user, password, ...more }),
    dial: (carrier, more = {}) => (carrier === "twilio" ? rig.dialTwilio(more) : rig.dialExotel(more)),
    sql: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await running.database.pool.query(text, [...values])).rows as Row[],
  };
  return Object.assign(rig, {
    async [Symbol.asyncDispose]() {
      await running.stop(0);
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}

/** Asks until `ready` gives something, or fails after `timeoutMs` saying `what` was waited for. */
export async function until<T>(
  what: string,
  ready: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = systemClock.now() + timeoutMs;
  for (;;) {
    const found = await ready();
    if (found !== undefined && found !== false) return found;
    if (systemClock.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await systemClock.sleep(10, new AbortController().signal);
  }
}
