import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkClock } from "../../scripts/doctor/clock.ts";
import { Findings } from "../../scripts/doctor/finding.ts";
import { checkFolder, tellSpace } from "../../scripts/doctor/folder.ts";
import { checkListening, type Listening } from "../../scripts/doctor/gateway.ts";
import { printer, summary } from "../../scripts/doctor/print.ts";
import { checkPublicUrl } from "../../scripts/doctor/public-url.ts";
import { networkTrouble } from "../../scripts/phone/refusal.ts";
import { discreet, discreetJson } from "../../scripts/phone/secrets.ts";
import { systemClock as clock } from "../../src/kit/clock.ts";
import { lockFolder } from "../../src/kit/folder-lock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { nowhere, serve } from "../setup/served.ts";
import { findingsOf } from "./told.ts";

const ids = randomIds(clock.wall);

describe("the clock", () => {
  const dated = (offsetMs: number) =>
    serve((_request, response) => {
      response.setHeader("date", new Date(clock.wall() + offsetMs).toUTCString());
      response.writeHead(404).end();
    });

  test.each([
    [0, "ok", /^0\.\d s from/],
    [4_000, "ok", /^[345]\.\d s from/],
    [60_000, "warn", /is (59|60)\.\d s behind that of/],
    [-3_600_000, "warn", /is 3(599|600)\.\d s ahead of that of/],
  ] as const)("compared with a server that is %i ms ahead", async (offsetMs, level, found) => {
    await using server = await dated(offsetMs);
    const [finding, ...others] = await findingsOf((tell) => checkClock([server.url], clock, tell));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level, found: expect.stringMatching(found) });
  });

  test("the first server that answers is asked; with none that is said", async () => {
    await using server = await dated(0);
    const gone = await nowhere();
    expect(await findingsOf((tell) => checkClock([gone, server.url], clock, tell))).toMatchObject([{ level: "ok" }]);
    expect(await findingsOf((tell) => checkClock([gone], clock, tell))).toMatchObject([{ level: "warn" }]);
    expect(await findingsOf((tell) => checkClock([], clock, tell))).toMatchObject([{ level: "warn" }]);
  });
});

describe("the data folder", () => {
  test.each([
    [50, "fail"],
    [500, "warn"],
    [5000, "ok"],
  ] as const)("with %i MB free", async (mib, level) => {
    expect(await findingsOf((tell) => tellSpace("data", mib * 1024 * 1024, tell))).toMatchObject([{ level }]);
  });

  test("a path through a file, a free folder, and one that somebody holds", async () => {
    const dir = await mkdtemp(join(tmpdir(), "durvani-doctor-"));
    try {
      const file = join(dir, "file");
      await writeFile(file, "");
      const through = await findingsOf((tell) => checkFolder(join(file, "data"), ids, tell));
      expect(through).toMatchObject([{ level: "fail", found: expect.stringContaining("(ENOTDIR)") }]);
      const free = await findingsOf(async (tell) => {
        const hold = await checkFolder(dir, ids, tell);
        if (hold.kind === "ours") await hold.lock.release();
        return hold;
      });
      expect(free.at(-1)).toMatchObject({ level: "ok", found: "no other process uses it" });
      const lock = await lockFolder(dir);
      const held = await findingsOf((tell) => checkFolder(dir, ids, tell));
      expect(held.at(-1)).toMatchObject({
        level: "ok",
        found: expect.stringContaining(`in use by pid ${process.pid}`),
      });
      await lock.release();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe("PUBLIC_URL", () => {
  const here = (instance: string): Listening => ({
    kind: "stand-in",
    origin: "http://127.0.0.1:3000",
    instance,
    close: async () => {},
  });
  const look = (url: string | undefined, listening: Listening | undefined = here("ours")) =>
    findingsOf((tell) => checkPublicUrl(url, listening, tell));
  const answering = (status: number, body: string) =>
    serve((_request, response) => void response.writeHead(status, { location: "/login" }).end(body));
  const gateway = JSON.stringify({ status: "ok", instance: "ours" });

  test("none at all: a tunnel is explained, with the port it must lead to", async () => {
    expect(await look(undefined)).toMatchObject([
      { level: "warn", todo: expect.stringContaining("cloudflared tunnel --url http://127.0.0.1:3000") },
    ]);
  });

  test("a name that nobody knows, and an address that carriers cannot reach", async () => {
    expect(await look("https://voice.invalid")).toMatchObject([
      { level: "fail", found: expect.stringContaining("voice.invalid cannot be found") },
    ]);
    for (const host of ["10.1.2.3", "0.0.0.0", "192.0.2.1", "[fd00::1]", "[::ffff:10.1.2.3]"]) {
      expect(await look(`https://${host}`), host).toMatchObject([
        { level: "fail", found: expect.stringContaining("which the internet does not reach") },
      ]);
    }
  });

  test.each([
    ["nothing behind the tunnel", 502, "", "finds nothing behind it"],
    ["a login before it", 401, "", "A login or a firewall"],
    ["a redirect", 301, "", "It redirects"],
    ["another program", 200, "<html>", "Another program has this name"],
    ["a gateway that does not say which", 200, '{"status":"ok"}', "Another program has this name"],
  ])("%s", async (_, status, body, todo) => {
    await using server = await answering(status, body);
    expect((await look(server.url)).at(-1)).toMatchObject({ level: "fail", todo: expect.stringContaining(todo) });
  });

  test("nothing there at all", async () => {
    expect((await look(await nowhere())).at(-1)).toMatchObject({
      level: "fail",
      found: expect.stringContaining("nothing listens there (ECONNREFUSED)"),
    });
  });

  test("another gateway is told from this one", async () => {
    await using server = await answering(200, gateway);
    expect(await look(server.url, here("another"))).toContainEqual(
      expect.objectContaining({ level: "warn", found: expect.stringContaining("but not to the one at") }),
    );
  });

  test("a proxy that passes requests but no WebSockets is found out", async () => {
    await using server = await answering(200, gateway);
    const found = await look(server.url);
    expect(found).toContainEqual(
      expect.objectContaining({ level: "ok", found: expect.stringContaining("leads here") }),
    );
    expect(found.at(-1)).toMatchObject({ level: "fail", found: expect.stringContaining("WebSockets do not pass") });
  });

  test("before the gateway runs, the doctor answers on its port in its place", async () => {
    const origin = await nowhere();
    const listen = { host: "127.0.0.1", port: Number(new URL(origin).port), publicUrl: origin };
    const found = await findingsOf(async (tell) => {
      const listening = await checkListening(listen, undefined, { ids, clock }, tell);
      await checkPublicUrl(origin, listening, tell);
      await listening?.close();
    });
    expect(found.map(({ level }) => level)).toEqual(["ok", "warn", "ok", "ok"]);
    expect(found.at(-1)?.found).toBe("WebSockets pass through it");
  });
});

test("a port that something else has is a fault, whether it speaks HTTP or not", async () => {
  await using stranger = await serve((_request, response) => void response.end("hello"));
  await using mute = await serve((request) => void request.socket.destroy());
  for (const { url } of [stranger, mute]) {
    const listen = { host: "127.0.0.1", port: Number(new URL(url).port), publicUrl: undefined };
    const found = await findingsOf((tell) => checkListening(listen, undefined, { ids, clock }, tell));
    expect(found).toMatchObject([{ level: "fail", todo: expect.stringContaining("set another PORT") }]);
  }
});

test("a check that breaks off is a fault itself, and the next one still runs", async () => {
  const findings = new Findings({ finding: () => {}, live: () => {} });
  await findings.check("one", () => {
    throw new Error("boom");
  });
  await findings.check("two", (tell) => tell.ok("fine"));
  expect(findings.all.map(({ level }) => level)).toEqual(["fail", "ok"]);
  expect(findings.healthy).toBe(false);
});

test("what is printed: a mark, the check, what was found, and under a fault what to do", async () => {
  const lines: string[] = [];
  const findings = new Findings(printer((line) => lines.push(line)));
  await findings.check("hearing", (tell) => {
    tell.live("0.30 s  … hello");
    tell.ok("heard");
  });
  await findings.check("database", (tell) => tell.fail("gone", "Start it."));
  expect(lines).toEqual([
    "                 0.30 s  … hello",
    "✓ hearing        heard",
    "✗ database       gone",
    "                 → Start it.",
  ]);
  expect(findings.all[0]?.details).toEqual(["0.30 s  … hello"]);
  expect(summary(findings.all)).toBe("One fault to mend.");
});

test("what the environment keeps secret is never printed, also the password inside an address, however it is written", () => {
  const lines: string[] = [];
  const env = {
    SARVAM_API_KEY: "sk_live",
    TWILIO_AUTH_TOKEN: " sk_live_and_more ",
    WEBHOOK_SECRET: "the old one, the new one",
    DATABASE_URL: "postgres://me:p%40ss-word@db/x",
    REDIS_URL: "redis://:half a url@",
    PORT: "3000",
  };
  const print = discreet(env, (line) => lines.push(line));
  print("sk_live sk_live_and_more p%40ss-word p@ss-word half a url the new one 3000 me");
  expect(lines).toEqual(["[secret] [secret] [secret] [secret] [secret] [secret] 3000 me"]);
});

test("secrets are replaced in the texts of JSON, which stays JSON; variables that are not ours hold none of them", () => {
  const env = { SARVAM_API_KEY: 'quo"te\\', TWILIO_AUTH_TOKEN: "level", FORK_TOKEN_CACHE: "true" };
  const json = discreetJson(env, { healthy: true, findings: [{ level: "fail", found: 'true: quo"te\\ on level 1' }] });
  expect(JSON.parse(json)).toEqual({
    healthy: true,
    findings: [{ level: "fail", found: "true: [secret] on [secret] 1" }],
  });
});

test.each([
  [{ code: "ENOTFOUND" }, "its name does not resolve (ENOTFOUND)"],
  [{ cause: { code: "CERT_HAS_EXPIRED" } }, "its certificate has expired (CERT_HAS_EXPIRED)"],
  [
    { cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } },
    "its certificate is not from a public authority (DEPTH_ZERO_SELF_SIGNED_CERT)",
  ],
  [
    { cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } },
    "its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)",
  ],
] as const)("trouble on the way is put into words: %j", (fields, found) => {
  const error = Object.assign(new TypeError("fetch failed"), fields);
  if ("cause" in fields) error.cause = Object.assign(new Error("below"), fields.cause);
  expect(networkTrouble(error).found).toBe(found);
});
