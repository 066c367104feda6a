import { type CarrierSettings, readCarriers } from "./carrier-settings.ts";
import { type Environment, Reader } from "./environment.ts";
import type { AccessKey } from "./kit/access-key.ts";
import { type UrlRules, urlComplaint } from "./kit/public-url.ts";
import { type LlmModel, readModels } from "./llm-models.ts";
import { PRICES, readPrices } from "./record/price-table.ts";
import type { PriceTable } from "./record/prices.ts";

export type { Environment } from "./environment.ts";

/** Everything the gateway is told from outside. `undefined`: not set. Names follow `.env.example`. */
export type Config = CarrierSettings & {
  readonly production: boolean;
  /** No Sarvam key outside production: the simulator answers instead. */
  readonly demo: boolean;
  readonly listen: {
    readonly host: string;
    /** 0: any free port. */
    readonly port: number;
    /** Origin that carriers reach, without a final slash. Only demo mode may leave it out: then it is where we listen. */
    readonly publicUrl: string | undefined;
  };
  readonly state: {
    readonly dataDir: string;
    readonly databaseUrl: string | undefined;
    readonly redisUrl: string | undefined;
  };
  readonly sarvam: {
    readonly apiKey: string | undefined;
    readonly baseUrl: string;
    readonly sttApi: "auto" | "realtime" | "streaming";
  };
  readonly dialog: {
    readonly agentsFile: string | undefined;
    readonly llmBaseUrl: string | undefined;
    readonly llmApiKey: string | undefined;
    readonly llmModel: string;
    /** Others, by the names that agents and sessions ask for. */
    readonly llmModels: Readonly<Record<string, LlmModel>>;
  };
  readonly webhook: {
    /** Where customers are told of calls, unless an agent says otherwise. */
    readonly url: string | undefined;
    readonly secrets: readonly string[];
    /** What URLs that are given by customers may be. */
    readonly rules: UrlRules;
  };
  readonly limits: {
    /** 0: no limit. */
    readonly maxCalls: number;
    readonly drainTimeoutMs: number;
    readonly recordCalls: "off" | "journal" | "wav";
    readonly logLevel: string;
    readonly trustProxy: readonly string[];
    /** How long calls are kept once they are over; `undefined`: until somebody erases them. */
    readonly retentionMs: number | undefined;
  };
  /** What things cost, ours or those of `PRICES_FILE`. */
  readonly prices: PriceTable;
  readonly recordings: {
    /** The bucket that takes WAV files; else they stay under `dataDir`. */
    readonly s3: S3Settings | undefined;
  };
  readonly access: {
    readonly keys: readonly AccessKey[];
    /** Of each key, and of each address without one. */
    readonly ratePerMinute: number;
    readonly corsOrigins: readonly string[];
    /** Whose pages may show our softphone in a frame of theirs. */
    readonly frameAncestors: readonly string[];
  };
};

export type S3Settings = {
  readonly bucket: string;
  /** Of the objects' names; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Origin of a storage that is not Amazon's. */
  readonly endpoint: string | undefined;
};

/** Everything that is wrong with the environment, at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`The configuration has ${mistakes.length} mistake(s):\n${mistakes.map((text) => `- ${text}`).join("\n")}`);
    this.mistakes = mistakes;
  }
}

/** The environment of this process. */
export const processEnvironment = (): Environment => process.env;

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Throws `ConfigError` with every mistake in plain words. Values of secrets are never repeated in it. */
export function readConfig(env: Environment): Config {
  const { config, mistakes } = inspectConfig(env);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

/** For commands that go on in spite of mistakes: what can be read, defaults in place of what cannot, and every mistake. */
export function inspectConfig(env: Environment): { readonly config: Config; readonly mistakes: readonly string[] } {
  const read = new Reader(env);
  const production = read.text("NODE_ENV") === "production";
  const apiKey = read.text("SARVAM_API_KEY");
  const demo = !production && apiKey === undefined;
  if (production && !apiKey) read.complain("SARVAM_API_KEY is required in production.");

  const config: Config = {
    production,
    demo,
    listen: {
      host: read.text("HOST") ?? (demo ? "127.0.0.1" : "0.0.0.0"),
      port: read.integer("PORT", 3000, 0, 65_535),
      publicUrl: read.publicUrl(demo),
    },
    state: {
      dataDir: read.text("DATA_DIR") ?? "./data",
      databaseUrl: read.url("DATABASE_URL", ["postgres:", "postgresql:"]),
      redisUrl: read.url("REDIS_URL", ["redis:", "rediss:"]),
    },
    sarvam: {
      apiKey,
      baseUrl: read.origin("SARVAM_BASE_URL") ?? "https://api.sarvam.ai",
      sttApi: read.oneOf("SARVAM_STT_API", ["auto", "realtime", "streaming"], "auto"),
    },
    ...readCarriers(read),
    dialog: {
      agentsFile: read.text("AGENTS_FILE"),
      llmBaseUrl: read.url("LLM_BASE_URL", ["https:", "http:"]),
      llmApiKey: read.text("LLM_API_KEY"),
      llmModel: read.text("LLM_MODEL") ?? "sarvam-105b",
      llmModels: readModels(read),
    },
    webhook: readWebhook(read, production),
    limits: {
      maxCalls: read.integer("MAX_CALLS", 0, 0, 1_000_000),
      drainTimeoutMs: read.integer("DRAIN_TIMEOUT_MS", 600_000, 0, 86_400_000),
      recordCalls: read.oneOf("RECORD_CALLS", ["off", "journal", "wav"], "off"),
      logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
      trustProxy: read.addresses("TRUST_PROXY"),
      retentionMs: readRetention(read),
    },
    prices: pricesOf(read),
    recordings: { s3: readS3(read) },
    access: {
      keys: read.apiKeys("API_KEYS"),
      ratePerMinute: read.integer("API_RATE_PER_MINUTE", 600, 1, 1_000_000),
      corsOrigins: read.origins("CORS_ORIGINS"),
      frameAncestors: read.origins("FRAME_ANCESTORS"),
    },
  };
  return { config: deepFreeze(config), mistakes: read.mistakes };
}

const DAY_MS = 24 * 3_600_000;

/** 0 days is no way to say for ever: it would erase what has only just ended. */
function readRetention(read: Reader): number | undefined {
  const days = read.integer("RETENTION_DAYS", 0, 1, 36_500);
  return days === 0 ? undefined : days * DAY_MS;
}

function pricesOf(read: Reader): PriceTable {
  const file = read.text("PRICES_FILE");
  const found = file === undefined ? PRICES : readPrices(file);
  if (!("complaints" in found)) return found;
  for (const complaint of found.complaints) read.complain(`PRICES_FILE, ${file}: ${complaint}.`);
  return PRICES;
}

function readWebhook(read: Reader, production: boolean): Config["webhook"] {
  const url = read.text("WEBHOOK_URL");
  const secrets = read.list("WEBHOOK_SECRET");
  const allowPrivate = read.oneOf("ALLOW_PRIVATE_URLS", ["true", "false"], "false") === "true";
  const rules = { allowPrivate, httpsOnly: production };
  const complaint = url === undefined ? undefined : urlComplaint(url, rules);
  if (complaint !== undefined) read.complain(`WEBHOOK_URL ${complaint}.`);
  if (url !== undefined && secrets.length === 0) read.complain("WEBHOOK_SECRET is required with WEBHOOK_URL.");
  if (secrets.some((secret) => secret.length < 16)) read.complain("WEBHOOK_SECRET must have 16 characters or more.");
  return { url, secrets, rules };
}

function readS3(read: Reader): S3Settings | undefined {
  const text = read.text("RECORDINGS_URL");
  const [, bucket = "", prefix = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?([\w./-]*?)\/?$/.exec(text ?? "") ?? [];
  if (text !== undefined && bucket === "")
    read.complain("RECORDINGS_URL must name a bucket, such as s3://bucket/prefix.");
  const needed = (name: string): string => {
    const value = read.text(name);
    if (text !== undefined && value === undefined) read.complain(`${name} is required with RECORDINGS_URL.`);
    return value ?? "";
  };
  const settings = {
    bucket,
    prefix,
    region: needed("AWS_REGION"),
    accessKeyId: needed("AWS_ACCESS_KEY_ID"),
    secretAccessKey: needed("AWS_SECRET_ACCESS_KEY"),
    sessionToken: read.text("AWS_SESSION_TOKEN"),
    endpoint: read.origin("AWS_ENDPOINT_URL"),
  };
  return text === undefined ? undefined : settings;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
