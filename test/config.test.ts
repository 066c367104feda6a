import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, type Environment, inspectConfig, readConfig } from "../src/config.ts";
import { PRICES } from "../src/record/price-table.ts";

const real = { SARVAM_API_KEY: "sk-secret", PUBLIC_URL: "https://voice.example.com" };
const SHA = "a".repeat(64);

function mistakes(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

test("nothing set means demo mode on loopback with embedded everything", () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    demo: true,
    production: false,
    listen: { host: "127.0.0.1", port: 3000, publicUrl: undefined },
    state: { dataDir: "./data", databaseUrl: undefined, redisUrl: undefined },
    sarvam: { apiKey: undefined, baseUrl: "https://api.sarvam.ai", sttApi: "auto" },
    exotel: { minFrameBytes: 3200, allowedIps: [] },
    limits: {
      maxCalls: 0,
      drainTimeoutMs: 600_000,
      recordCalls: "off",
      logLevel: "info",
      trustProxy: [],
      retentionMs: undefined,
    },
    prices: PRICES,
    access: { keys: [] },
  });
  expect(readConfig({ HOST: "0.0.0.0" }).listen.host).toBe("0.0.0.0");
});

test("with a key it listens everywhere and needs PUBLIC_URL", () => {
  expect(readConfig(real)).toMatchObject({
    demo: false,
    listen: { host: "0.0.0.0", publicUrl: "https://voice.example.com" },
  });
  expect(mistakes({ SARVAM_API_KEY: "k" })).toEqual([expect.stringMatching(/^PUBLIC_URL is required/)]);
});

test("production refuses to start without a Sarvam key; test is development", () => {
  expect(mistakes({ NODE_ENV: "production", PUBLIC_URL: "https://v.example.com" })).toEqual([
    "SARVAM_API_KEY is required in production.",
  ]);
  expect(readConfig({ NODE_ENV: "test" }).demo).toBe(true);
});

test("an empty or blank variable means unset", () => {
  const blank = Object.fromEntries(
    ["PORT", "HOST", "SARVAM_API_KEY", "PUBLIC_URL", "MAX_CALLS"].map((name) => [name, " "]),
  );
  expect(readConfig({ ...blank, API_KEYS: "" })).toEqual(readConfig({}));
});

test("PUBLIC_URL is an https origin and nothing more; http only for loopback", () => {
  const url = (PUBLIC_URL: string) => mistakes({ ...real, PUBLIC_URL });
  expect(url("https://voice.example.com/")).toEqual([]);
  expect(readConfig({ ...real, PUBLIC_URL: "https://Voice.example.com:443/" }).listen.publicUrl).toBe(
    "https://voice.example.com",
  );
  for (const good of ["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"])
    expect(url(good)).toEqual([]);
  for (const bad of ["http://voice.example.com", "http://10.0.0.1"])
    expect(url(bad)).toEqual([expect.stringMatching(/must be https/)]);
  for (const bad of ["https://v.test/path", "https://v.test?x=1", "https://u:p@v.test", "https://v.test/#x"]) {
    expect(url(bad)).toEqual([expect.stringMatching(/origin only/)]);
  }
  for (const bad of ["voice.example.com", "ftp://v.test", "wss://v.test"]) expect(url(bad)).toHaveLength(1);
});

test("every mistake is told at once, in plain words, and no secret is repeated", () => {
  const told = mistakes({
    SARVAM_API_KEY: "sk-secret",
    PUBLIC_URL: "nonsense",
    PORT: "70000",
    MAX_CALLS: "-1",
    DRAIN_TIMEOUT_MS: "soon",
    RECORD_CALLS: "mp3",
    SARVAM_STT_API: "fast",
    LOG_LEVEL: "loud",
    DATABASE_URL: "mysql://user:pw-secret@db/x",
    REDIS_URL: "http://redis",
    TRUST_PROXY: "10.0.0.0/8, proxy.local",
    EXOTEL_ALLOWED_IPS: "1.2.3.4/40",
    EXOTEL_STREAM_USER: "user",
    EXOTEL_MIN_FRAME_BYTES: "1000",
    TELNYX_PUBLIC_KEY: "tx-secret",
    SIGNALWIRE_SPACE: "https://example.signalwire.com",
    TWILIO_API_KEY_SECRET: "tw-secret",
    API_KEYS: `ci:read:${SHA},bad:fly:${SHA},short:read:abc-secret`,
  });
  for (const name of [
    "PUBLIC_URL",
    "PORT",
    "MAX_CALLS",
    "DRAIN_TIMEOUT_MS",
    "RECORD_CALLS",
    "SARVAM_STT_API",
    "LOG_LEVEL",
    "DATABASE_URL",
    "REDIS_URL",
    "TRUST_PROXY",
    "EXOTEL_ALLOWED_IPS",
    "EXOTEL_STREAM_USER",
    "EXOTEL_MIN_FRAME_BYTES",
    "TELNYX_PUBLIC_KEY",
    "SIGNALWIRE_SPACE",
    "TWILIO_API_KEY_SID",
    "API_KEYS, key 2",
    "API_KEYS, key 3",
  ]) {
    expect(
      told.filter((text) => text.startsWith(name)),
      name,
    ).toHaveLength(1);
  }
  expect(told).toHaveLength(18);
  expect(told.join("\n")).not.toMatch(/(sk|pw|tw|tx|abc)-secret/);
});

test("addresses and networks are taken as they are, and a network of everybody is refused", () => {
  const { exotel, limits } = readConfig({ EXOTEL_ALLOWED_IPS: "10.0.0.0/8, 2001:db8::1", TRUST_PROXY: "10.0.0.1/32" });
  expect(exotel.allowedIps).toEqual(["10.0.0.0/8", "2001:db8::1"]);
  expect(limits.trustProxy).toEqual(["10.0.0.1/32"]);
  for (const everybody of ["0.0.0.0/0", "::/0", "10.0.0.0/", "10.0.0.0/08"]) {
    expect(mistakes({ TRUST_PROXY: everybody }), everybody).toHaveLength(1);
  }
});

test("API_KEYS are read with their scopes", () => {
  const { access } = readConfig({ API_KEYS: `ci:read:${SHA}, ops:control+admin:${SHA.toUpperCase()}` });
  expect(access.keys).toEqual([
    { name: "ci", scopes: ["read"], sha256: SHA },
    { name: "ops", scopes: ["control", "admin"], sha256: SHA },
  ]);
});

test("API_KEYS have names of their own, which no complaint repeats", () => {
  const told = mistakes({ API_KEYS: `ci:read:${SHA},ops:admin:${SHA},ci:control:${SHA}` });
  expect(told).toEqual(["API_KEYS, key 3: has the name of key 1; each needs its own."]);
});

test("the API's limit and the origins that may use it are read", () => {
  expect(readConfig({}).access).toEqual({ keys: [], ratePerMinute: 600, corsOrigins: [], frameAncestors: [] });
  const env = { API_RATE_PER_MINUTE: "60", CORS_ORIGINS: "https://a.example, http://127.0.0.1:5173/" };
  expect(readConfig(env).access).toMatchObject({
    ratePerMinute: 60,
    corsOrigins: ["https://a.example", "http://127.0.0.1:5173"],
  });
  expect(mistakes({ API_RATE_PER_MINUTE: "0" })).toEqual([expect.stringMatching(/^API_RATE_PER_MINUTE must be/)]);
  expect(mistakes({ CORS_ORIGINS: "*" })).toEqual(["CORS_ORIGINS must be an https:// or http:// origin."]);
  expect(mistakes({ CORS_ORIGINS: "https://a.example, https://b.example/app" })).toHaveLength(1);
});

test("FRAME_ANCESTORS are origins, and nothing that would say more in a policy", () => {
  const read = (FRAME_ANCESTORS: string) => readConfig({ FRAME_ANCESTORS }).access.frameAncestors;
  const two = ["https://crm.example", "https://shop.example:8443"];
  for (const apart of [",", ", ", " ", "  "]) expect(read(two.join(apart)), apart).toEqual(two);
  for (const bad of ["*", "crm.example", "'self'", "https://crm.example/app", "https://a;script-src", "data:"])
    expect(mistakes({ FRAME_ANCESTORS: bad }), bad).toEqual([expect.stringMatching(/^FRAME_ANCESTORS must be an /)]);
});

test("calls are recorded into their journals or into WAV files where that is asked for", () => {
  for (const how of ["off", "journal", "wav"]) expect(readConfig({ RECORD_CALLS: how }).limits.recordCalls).toBe(how);
});

test("S0.24: recordings stay on the disk, or go into a bucket that is named with all it needs", () => {
  expect(readConfig({ RECORD_CALLS: "wav" }).recordings.s3).toBeUndefined();
  const key = { AWS_REGION: "ap-south-1", AWS_ACCESS_KEY_ID: "AK", AWS_SECRET_ACCESS_KEY: "sk-secret" };
  const s3 = (url: string, more = {}) => readConfig({ RECORDINGS_URL: url, ...key, ...more }).recordings.s3;
  const place = { bucket: "calls.example", prefix: "durvani/2026", region: "ap-south-1", accessKeyId: "AK" };
  expect(s3("s3://calls.example/durvani/2026/")).toMatchObject({ ...place, secretAccessKey: "sk-secret" });
  expect(s3("s3://calls", { AWS_ENDPOINT_URL: "http://minio:9000", AWS_SESSION_TOKEN: "t" })).toMatchObject({
    bucket: "calls",
    prefix: "",
    endpoint: "http://minio:9000",
    sessionToken: "t",
  });
  expect(mistakes({ RECORDINGS_URL: "s3://calls" })).toEqual(
    Object.keys(key).map((name) => `${name} is required with RECORDINGS_URL.`),
  );
  for (const bad of ["calls", "https://calls.example", "s3://", "s3://Calls", "s3://calls/a b", "s3://calls/a?b"]) {
    expect(mistakes({ ...key, RECORDINGS_URL: bad }), bad).toEqual([
      expect.stringMatching(/^RECORDINGS_URL must name/),
    ]);
  }
});

test("webhooks need a secret, and a URL that leads out; in production by https", () => {
  const WEBHOOK_SECRET = "0123456789abcdef";
  const url = (WEBHOOK_URL: string, more = {}) => mistakes({ WEBHOOK_URL, WEBHOOK_SECRET, ...more });
  expect(readConfig({}).webhook).toEqual({
    url: undefined,
    secrets: [],
    rules: { allowPrivate: false, httpsOnly: false },
  });
  const two = { WEBHOOK_URL: "https://example.com/hook", WEBHOOK_SECRET: `${WEBHOOK_SECRET}, ${WEBHOOK_SECRET}2` };
  expect(readConfig(two).webhook).toMatchObject({
    url: two.WEBHOOK_URL,
    secrets: [WEBHOOK_SECRET, `${WEBHOOK_SECRET}2`],
  });
  expect(url("http://example.com/")).toEqual([]);
  expect(url("http://example.com/", { ...real, NODE_ENV: "production" })).toEqual([
    "WEBHOOK_URL must be https in production.",
  ]);
  expect(url("http://10.0.0.1/")).toEqual([expect.stringMatching(/^WEBHOOK_URL 10\.0\.0\.1 is not a public address/)]);
  expect(url("http://10.0.0.1/", { ALLOW_PRIVATE_URLS: "true" })).toEqual([]);
  expect(mistakes({ WEBHOOK_URL: "https://example.com/" })).toEqual(["WEBHOOK_SECRET is required with WEBHOOK_URL."]);
  expect(mistakes({ WEBHOOK_SECRET: "short-secret" })).toEqual(["WEBHOOK_SECRET must have 16 characters or more."]);
  expect(mistakes({ ALLOW_PRIVATE_URLS: "yes" })).toHaveLength(1);
});

test("the configuration cannot be changed", () => {
  const config = readConfig({ TRUST_PROXY: "10.0.0.1" });
  expect(Object.isFrozen(config.listen)).toBe(true);
  expect(Object.isFrozen(config.limits.trustProxy)).toBe(true);
});

test(".env.example names every variable that is read, and no other, and changes nothing when it is used as it is", () => {
  const asked = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get: (_target, name) => {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  readConfig(env);
  const file = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
  const lines = [...file.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)];
  expect(lines.map(([, name]) => name).toSorted()).toEqual([...asked].toSorted());
  expect(readConfig(Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value])))).toEqual(
    readConfig({}),
  );
});

test("a Telnyx key of 32 bytes and the host name of a SignalWire space are taken as they are", () => {
  const key = Buffer.alloc(32, 0xfb).toString("base64");
  const { telnyx, signalwire } = readConfig({ TELNYX_PUBLIC_KEY: key, SIGNALWIRE_SPACE: "example.signalwire.com" });
  expect(telnyx.publicKey).toBe(key);
  expect(signalwire.space).toBe("example.signalwire.com");
  for (const bad of [
    Buffer.alloc(31).toString("base64"),
    Buffer.alloc(44).toString("base64"),
    key.replaceAll("+", "-"),
  ])
    expect(mistakes({ TELNYX_PUBLIC_KEY: bad }), bad).toHaveLength(1);
});

test("an account that is no Twilio account is complained about before anything starts", () => {
  expect(() => readConfig({ TWILIO_ACCOUNT_SID: "XX123" })).toThrow("TWILIO_ACCOUNT_SID must begin with AC");
});

test("Twilio's edge is a name, which goes into a header, and a stand-in for its signalling is on this machine", () => {
  const { twilio } = readConfig({ TWILIO_EDGE: "singapore", TWILIO_SIGNALLING_URL: "ws://127.0.0.1:4000/signal" });
  expect(twilio).toMatchObject({ edge: "singapore", signallingUrl: "ws://127.0.0.1:4000/signal" });
  for (const bad of ["singapore.evil.test/", "a; script-src *", "Singapore", "-a"])
    expect(mistakes({ TWILIO_EDGE: bad }), bad).toEqual([expect.stringMatching(/^TWILIO_EDGE must be/)]);
  for (const bad of [
    "http://127.0.0.1/signal",
    "ws://voice.example.com/signal",
    "wss://127.0.0.1.evil.test/",
    "ws://10.0.0.1",
  ])
    expect(mistakes({ TWILIO_SIGNALLING_URL: bad }), bad).toEqual([
      expect.stringMatching(/^TWILIO_SIGNALLING_URL must /),
    ]);
});

test("S4.5: LLM_MODELS names models, as JSON or in a file, and no key is repeated in a complaint", () => {
  const models = (LLM_MODELS: string) => readConfig({ LLM_MODELS }).dialog.llmModels;
  const kimi = {
    base_url: "https://llm.example.com/v1/",
    api_key: "sk-secret",
    model: "kimi-k2.5",
    reasoning_effort: null,
  };
  const text = JSON.stringify({ kimi, plain: { base_url: "http://127.0.0.1:8080/v1", status: "under maintenance" } });
  const expected = {
    kimi: {
      baseUrl: "https://llm.example.com/v1",
      apiKey: "sk-secret",
      model: "kimi-k2.5",
      status: "available",
      reasoningEffort: null,
    },
    plain: { baseUrl: "http://127.0.0.1:8080/v1", status: "under maintenance" },
  };
  expect(models(text)).toEqual(expected);
  const file = join(mkdtempSync(join(tmpdir(), "models-")), "models.json");
  writeFileSync(file, text);
  expect(models(file)).toEqual(expected);
  expect(readConfig({}).dialog.llmModels).toEqual({});
  writeFileSync(file, "{sk-secret");
  for (const [bad, why] of [
    ['{"kimi": sk-secret}', /^LLM_MODELS is not JSON/],
    [file, /^LLM_MODELS names a file that is not JSON/],
    ["/nowhere/models.json", /^LLM_MODELS must be a JSON object, or the path/],
    ['{"kimi": {"base_url": "ftp://sk-secret"}}', /^LLM_MODELS › kimi › base_url: must be a URL/],
    [
      '{"kimi": {"base_url": "https://me:sk-secret@a.test/v1"}}',
      /^LLM_MODELS › kimi › base_url: must end with its path/,
    ],
    ['{"kimi": {"base_url": "https://a.test/v1?key=sk-secret"}}', /^LLM_MODELS › kimi › base_url: must end with its/],
    ['{"kimi": {"base_url": "https://a.test", "sk": 1}}', /^LLM_MODELS › kimi: /],
  ] as const) {
    const told = mistakes({ LLM_MODELS: bad });
    expect(told).toEqual([expect.stringMatching(why)]);
    expect(told.join()).not.toContain("sk-secret");
  }
});

test("RETENTION_DAYS is a whole number of days, and never none", () => {
  expect(readConfig({ RETENTION_DAYS: "30" }).limits.retentionMs).toBe(30 * 24 * 3_600_000);
  for (const RETENTION_DAYS of ["0", "-1", "1.5", "a month"]) {
    expect(() => readConfig({ RETENTION_DAYS })).toThrow(/RETENTION_DAYS must be a whole number from 1/);
  }
});

test("a price file that cannot be used is complained about with everything else", () => {
  const { mistakes } = inspectConfig({ PRICES_FILE: "/nowhere/prices.json", PORT: "many" });
  expect(mistakes.join("\n")).toMatch(/PRICES_FILE, \/nowhere\/prices\.json: cannot be read/);
  expect(mistakes).toHaveLength(2);
});
