import { writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { startRig } from "../rig.ts";
import { type PrivateServer, startPostgres, startRedis } from "../servers.ts";
import { EXOTEL, exotelStandIn } from "../setup/exotel-stand-in.ts";
import { nowhere, serve } from "../setup/served.ts";
import { ACCOUNT, TOKEN, twilioStandIn } from "../setup/twilio-stand-in.ts";
import { withServer } from "../stores/with-server.ts";
import { usedFolder } from "../used-folder.ts";
import { Program, ROOT, startOutside } from "./gateway-child.ts";

const postgres = await withServer("PostgreSQL", startPostgres);
const redis = await withServer("Redis", startRedis);
afterAll(async () => {
  await Promise.all([postgres, redis].map((server: PrivateServer | undefined) => server?.stop()));
});

const doctor = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Program =>
  new Program(["--import", "tsx", join(ROOT, "scripts/doctor.ts"), ...args], env);

/** A tunnel as a public address has one: what comes to it goes to `target`, requests and sockets alike. */
async function tunnel() {
  const state = { target: new URL("http://127.0.0.1:9") };
  const server = createServer((request, response) => {
    const { hostname, port } = state.target;
    const { method, headers, url: path } = request;
    const onward = forward({ hostname, port, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward.on("error", () => response.writeHead(502).end()));
  });
  server.on("upgrade", (request, socket) => {
    const onward = connect(Number(state.target.port), state.target.hostname, () => {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      onward.write(`GET ${request.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
      onward.pipe(socket).on("error", () => onward.destroy());
    });
    onward.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    leadsTo: (url: string) => {
      state.target = new URL(url);
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Report = {
  readonly healthy: boolean;
  readonly findings: readonly {
    readonly check: string;
    readonly level: string;
    readonly found: string;
    readonly todo?: string;
  }[];
};

/** Exit code and findings of `--json`. */
async function diagnosed(env: Readonly<Record<string, string>>) {
  await using child = doctor(env, "--json");
  const { code } = await child.exit;
  const report = JSON.parse(child.output) as Report;
  return { code, report, output: child.output, faults: report.findings.filter(({ level }) => level === "fail") };
}

const CHAT_AGENTS = {
  default: { greeting: "", language: "hi-IN", dialog: { kind: "chat", systemPrompt: "Be brief." } },
  "+918040001234": { greeting: "", language: "en-IN", dialog: { kind: "echo" } },
};

describe("npm run doctor", () => {
  test("S0.8: beside a gateway that runs, text is shown while the caller still speaks, everything is found well, and nothing is disturbed", async () => {
    await using outside = await tunnel();
    await using twilio = await twilioStandIn({
      voice_url: `${outside.url}/twilio/voice`,
      status_callback: `${outside.url}/twilio/status`,
    });
    await using exotel = await exotelStandIn();
    const agents = join(await usedFolder(), "agents.json");
    await writeFile(agents, JSON.stringify(CHAT_AGENTS));
    const carriers = {
      PUBLIC_URL: outside.url,
      AGENTS_FILE: agents,
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_API_BASE_URL: twilio.url,
      EXOTEL_ACCOUNT_SID: EXOTEL.sid,
      EXOTEL_API_KEY: EXOTEL.key,
      EXOTEL_API_TOKEN: EXOTEL.token,
      EXOTEL_API_BASE_URL: exotel.url,
    };
    await using rig = await startRig({ env: carriers });
    outside.leadsTo(rig.running.url);
    const { hostname: HOST, port: PORT } = new URL(rig.running.url);
    const { user, password, sarvamKey } = rig.secrets;
    await using child = doctor({
      ...carriers,
      HOST,
      PORT,
      DATA_DIR: rig.dataDir,
      SARVAM_API_KEY: sarvamKey,
      SARVAM_BASE_URL: rig.simulator.url,
      EXOTEL_STREAM_USER: user,
      EXOTEL_STREAM_PASSWORD: password,
    });
    const sample = voice("hi-long");
    const [first = ""] = sample.text.split(" ");
    // While it is being spoken: seen here long before the last word was.
    await child.says(new RegExp(`\\d s {2}… ${first}`));
    expect(child.output).not.toContain("  = ");
    expect((await child.exit).code, child.output).toBe(0);

    const partials = [...child.output.matchAll(/^ +(\d+\.\d\d) s {2}… (.+)$/gm)];
    expect(partials.length).toBeGreaterThan(5);
    expect(Number(partials[0]?.[1]) * 1000).toBeLessThan(sample.durationMs / 2);
    expect(new Set(partials.map(([, , text]) => text)).size).toBeGreaterThan(5);
    expect(child.output).toContain(`  = ${sample.text}`);
    expect(child.output).not.toContain("✗");
    for (const line of [
      /✓ configuration +can be read: development/,
      /✓ data folder +in use by pid \d+: it is left alone/,
      /✓ gateway +runs at http:\S+: ready, 0 live calls/,
      /✓ database +embedded; the gateway that runs says it is up/,
      /✓ queue +embedded; the gateway that runs says it is up/,
      /✓ agents +\S+: default, \+918040001234/,
      /✓ hearing +heard while speaking: first partial after \d+ ms, the whole \d+ ms after the last word/,
      /✓ speaking +speaks with \w+: first audio after \d+ ms, \d+ ms once connected/,
      /✓ chat +sarvam-105b at \S+: first sentence after \d+ ms/,
      /✓ clock +0\.\d s from that of/,
      /! PUBLIC_URL +\S+ is this machine only/,
      /✓ PUBLIC_URL +\S+ leads here/,
      /✓ PUBLIC_URL +WebSockets pass through it/,
      /✓ Twilio +the gateway takes what is signed with TWILIO_AUTH_TOKEN/,
      /✓ Twilio +the account “Clinic” is active/,
      /✓ Twilio +\+918040001234 points here/,
      /✓ Exotel +the gateway takes EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD/,
      /✓ Exotel +the API keys work; ExoPhones: \+918047112345/,
    ]) {
      expect(child.output).toMatch(line);
    }
    for (const secret of [TOKEN, EXOTEL.key, EXOTEL.token, password, sarvamKey])
      expect(child.output).not.toContain(secret);
    expect(await rig.sql("select 1 from calls")).toEqual([]);
    expect((await fetch(`${rig.running.url}/readyz`)).status).toBe(200);
  });

  test("before a gateway runs, the doctor opens the embedded database itself, and lets go of everything", async () => {
    await using outside = await startOutside();
    const dataDir = await usedFolder();
    const port = new URL(await nowhere()).port;
    const env = { ...outside.env, DATA_DIR: dataDir, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` };
    for (const _ of ["once", "again"]) {
      const { code, report, faults } = await diagnosed(env);
      expect(faults).toEqual([]);
      expect(code).toBe(0);
      expect(report.healthy).toBe(true);
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          check: "queue",
          level: "ok",
          found: expect.stringMatching(/^a job went through the database/),
        }),
      );
      expect(report.findings).toContainEqual(
        expect.objectContaining({ check: "PUBLIC_URL", level: "ok", found: expect.stringContaining("leads here") }),
      );
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          check: "hearing",
          level: "ok",
          details: expect.arrayContaining([expect.stringContaining("…")]),
        }),
      );
    }
  });

  test.skipIf(!postgres || !redis)(
    "with servers of their own: the database is looked at, not migrated, and a job goes through Redis",
    async () => {
      await using outside = await startOutside();
      const port = new URL(await nowhere()).port;
      const stores = { DATABASE_URL: postgres?.url ?? "", REDIS_URL: redis?.url ?? "" };
      const env = {
        ...outside.env,
        ...stores,
        DATA_DIR: await usedFolder(),
        PORT: port,
        PUBLIC_URL: `http://127.0.0.1:${port}`,
      };
      const { code, report } = await diagnosed(env);
      expect(code).toBe(0);
      const found = report.findings.map(({ found }) => found);
      expect(found).toContainEqual(
        expect.stringMatching(/^PostgreSQL [\d.]+ at postgres:\/\/127\.0\.0\.1:\d+\/postgres, reached in/),
      );
      expect(found).toContainEqual(expect.stringMatching(/^\d+ of \d+ migrations are still to run/));
      expect(found).toContainEqual(expect.stringMatching(/^a job went through Redis/));
      const again = await diagnosed({ ...env, REDIS_URL: "" });
      expect(again.report.findings.map(({ found }) => found)).toContainEqual(
        expect.stringMatching(/^a job went through the database/),
      );
      expect(again.report.findings.map(({ found }) => found)).toContainEqual(
        expect.stringMatching(/migrations are still to run/),
      );
    },
  );

  test("a configuration that is broken in every way at once: every fault is named, none is the last, and no secret", async () => {
    const folder = await usedFolder();
    const file = join(folder, "agents.json");
    await writeFile(
      file,
      JSON.stringify({
        default: { greeting: "", language: "xx-XX", dialog: { kind: "echo" } },
        "+918040001234": { greeting: "", language: "hi-IN", dialog: { kind: "chat" } },
        clinic: { greeting: "", language: "hi-IN", dialog: { kind: "echo" }, voice: { pace: 2.5 } },
      }),
    );
    const env = {
      NODE_ENV: "production",
      PORT: "many",
      PUBLIC_URL: "http://voice.example.com/here",
      DATA_DIR: join(file, "data"),
      DATABASE_URL: "mysql://me:hidden-password@db/x",
      REDIS_URL: "http://redis",
      SARVAM_BASE_URL: "sarvam",
      SARVAM_STT_API: "loud",
      TWILIO_ACCOUNT_SID: "SK1",
      TWILIO_API_KEY_SID: "SK2",
      EXOTEL_STREAM_USER: "half",
      EXOTEL_API_KEY: "half-of-the-pair",
      EXOTEL_ALLOWED_IPS: "everybody",
      EXOTEL_MIN_FRAME_BYTES: "1000",
      AGENTS_FILE: file,
      LLM_BASE_URL: "ftp://llm",
      MAX_CALLS: "-1",
      DRAIN_TIMEOUT_MS: "soon",
      RECORD_CALLS: "always",
      LOG_LEVEL: "loud",
      TRUST_PROXY: "10.0.0.0/99",
      API_KEYS: "ops:everything:123",
    };
    const { code, report, faults, output } = await diagnosed(env);
    expect(code).toBe(1);
    expect(report.healthy).toBe(false);
    const named = faults.map(({ found }) => found);
    for (const fault of [
      /^SARVAM_API_KEY is required in production/,
      /^PORT must be a whole number/,
      /^PUBLIC_URL must be an origin only/,
      /^PUBLIC_URL must be https/,
      /^DATABASE_URL must be a URL/,
      /^REDIS_URL must be a URL/,
      /^SARVAM_BASE_URL must be/,
      /^SARVAM_STT_API must be one of/,
      /^TWILIO_ACCOUNT_SID must begin with AC/,
      /^TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET belong together/,
      /^EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD belong together/,
      /^EXOTEL_API_KEY and EXOTEL_API_TOKEN belong together/,
      /^EXOTEL_ALLOWED_IPS must list/,
      /^EXOTEL_MIN_FRAME_BYTES must be a multiple/,
      /^LLM_BASE_URL must be a URL/,
      /^MAX_CALLS must be a whole number/,
      /^DRAIN_TIMEOUT_MS must be a whole number/,
      /^RECORD_CALLS must be one of/,
      /^LOG_LEVEL must be one of/,
      /^TRUST_PROXY must list/,
      /^API_KEYS, key 1/,
      /cannot be written to \(ENOTDIR\)/,
      /default › language/,
      /\+918040001234 › dialog › systemPrompt/,
      /clinic: is neither a telephone number nor default/,
      /clinic › voice: pace must be from/,
      /^TWILIO_AUTH_TOKEN is not set/,
    ]) {
      expect(named).toContainEqual(expect.stringMatching(fault));
    }
    for (const { found, todo } of faults) expect(todo, found).toMatch(/.{15}/);
    expect(output).not.toContain("hidden-password");
    const untried = report.findings.filter(({ found }) => found.startsWith("not tried")).map(({ check }) => check);
    expect(untried).toEqual(["gateway", "database", "queue", "hearing", "speaking", "PUBLIC_URL"]);
  });

  test("a configuration that reads well, in a world where nothing is right: every fault is named, with what to do", async () => {
    await using outside = await startOutside();
    await using stranger = await serve((_request, response) => void response.writeHead(404).end("not found"));
    await using twilio = await twilioStandIn();
    await using exotel = await exotelStandIn();
    const gone = new URL(await nowhere());
    const folder = await usedFolder();
    const agents = join(folder, "agents.json");
    await writeFile(agents, JSON.stringify(CHAT_AGENTS));
    const secrets = { key: "sk_wrong_key", token: "wrong-token-wrong", password: "database-password" };
    const { code, report, faults, output } = await diagnosed({
      ...outside.env,
      PORT: new URL(stranger.url).port,
      PUBLIC_URL: stranger.url,
      DATA_DIR: folder,
      DATABASE_URL: `postgres://me:${secrets.password}@${gone.host}/books`,
      REDIS_URL: `redis://${gone.host}`,
      SARVAM_API_KEY: secrets.key,
      AGENTS_FILE: agents,
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: secrets.token,
      TWILIO_API_BASE_URL: twilio.url,
      EXOTEL_ACCOUNT_SID: EXOTEL.sid,
      EXOTEL_API_KEY: EXOTEL.key,
      EXOTEL_API_TOKEN: secrets.token,
      EXOTEL_API_BASE_URL: exotel.url,
    });
    expect(code).toBe(1);
    expect(report.findings.filter(({ check }) => check === "configuration")).toMatchObject([{ level: "ok" }]);
    expect(faults.map(({ check, found }) => `${check}: ${found}`)).toEqual([
      expect.stringMatching(/^gateway: port \d+ is taken by something that is not this gateway/),
      expect.stringMatching(
        /^database: the database at postgres:\S+ cannot be used: nothing listens there \(ECONNREFUSED\)/,
      ),
      expect.stringMatching(/^queue: no job goes through Redis/),
      expect.stringMatching(/^hearing: speech is not heard: .*HTTP 403/),
      expect.stringMatching(/^speaking: nothing is spoken: .*HTTP 403/),
      expect.stringMatching(/^chat: sarvam-105b at \S+ does not answer default: answered HTTP 403/),
      expect.stringMatching(/^Twilio: Twilio answered HTTP 401, code 20003/),
      expect.stringMatching(/^Exotel: Exotel answered HTTP 401/),
    ]);
    for (const { found, todo } of faults) expect(todo, found).toMatch(/.{15}/);
    for (const secret of Object.values(secrets)) expect(output).not.toContain(secret);
  });

  test("it does not know every word and says which it knows", async () => {
    await using child = doctor({}, "--voice", "cow");
    expect((await child.exit).code).toBe(2);
    expect(child.output).toContain("npm run doctor [-- --json]");
  });
});
