import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockFolder } from "../../src/kit/folder-lock.ts";
import { voice } from "../../src/simulator/voices.ts";
import { journalTexts } from "../journals.ts";
import { until } from "../rig.ts";
import { usedFolder } from "../used-folder.ts";
import { type Built, build, type Outside, Program, startOutside, whenUp } from "./gateway-child.ts";

let built: Built;
let outside: Outside;
const folders: string[] = [];
beforeAll(async () => {
  [built, outside] = await Promise.all([build(), startOutside({ voiceMsPerChar: 15 })]);
});
afterAll(async () => {
  await outside[Symbol.asyncDispose]();
  await built[Symbol.asyncDispose]();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await usedFolder();
  folders.push(made);
  return made;
}

const gateway = (dataDir: string, more: Readonly<Record<string, string>> = {}): Program =>
  new Program([built.main], { ...outside.env, DATA_DIR: dataDir, ...more });

const readiness = (url: string): Promise<Response> => fetch(`${url}/readyz`);

/** How the calls of a stopped gateway ended, by the carrier's ids; read from its journals, which outlive it. */
async function ends(dataDir: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const [id, text] of await journalTexts(dataDir)) {
    const sid = /"carrierCallId":"([^"]+)"/.exec(text)?.[1] ?? id;
    found[sid] = /"how":"([^"]+)"/.exec(text)?.[1] ?? "none";
    if (text.endsWith('{"settled":true}\n')) found[sid] += ", settled";
  }
  return found;
}

async function expectFree(dataDir: string): Promise<void> {
  for (const dir of [dataDir, join(dataDir, "pglite")]) {
    expect(await readdir(dir)).not.toContain("lock.json");
    await (await lockFolder(dir)).release();
  }
}

describe("SIGTERM", () => {
  test("I32: with live calls: 503 with Retry-After at once, new calls hear busy, live ones run to their own end, exit 0", async () => {
    const dataDir = await folder();
    await using child = gateway(dataDir);
    const url = await whenUp(child);
    expect((await readiness(url)).status).toBe(200);
    const live = await Promise.all([outside.dial("twilio", url), outside.dial("exotel", url)]);
    for (const call of live) await call.waitFor(({ kind }) => kind === "playback-started", 15_000);

    child.kill("SIGTERM");
    const refused = await until("not being ready", async () => {
      const answer = await readiness(url);
      return answer.status === 503 && answer;
    });
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ status: "draining", liveCalls: 2 });
    const late = await Promise.all([outside.dial("twilio", url), outside.dial("exotel", url)]);
    const answers = late.map(({ log }) => log.find(({ kind }) => kind === "webhook-answered"));
    expect(late.map(({ outcome }) => outcome.kind)).toEqual(["busy", "busy"]);
    expect(answers[0]).toMatchObject({ status: 200, body: expect.stringContaining('<Reject reason="busy"/>') });
    expect(answers[1]).toMatchObject({ status: 503 });

    for (const call of live) {
      const from = call.log.length;
      await call.say(voice("hi-bye").audio);
      await call.over;
      const after = call.log.slice(from);
      expect(after.some((event) => event.kind === "mark-returned" && event.why === "played")).toBe(true);
      expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
    }
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(await ends(dataDir)).toEqual(
      Object.fromEntries(live.map(({ callSid }) => [callSid, "agent-hung-up, settled"])),
    );
    await expectFree(dataDir);
  });

  test("I32: calls longer than DRAIN_TIMEOUT_MS end as drain-forced, in the books too, and the exit code is 0", async () => {
    const dataDir = await folder();
    await using child = gateway(dataDir, { DRAIN_TIMEOUT_MS: "700" });
    const url = await whenUp(child);
    const call = await outside.dial("twilio", url);
    await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
    child.kill("SIGTERM");
    expect(await child.exit).toEqual({ code: 0, signal: null });
    await call.over;
    expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
    expect(await ends(dataDir)).toEqual({ [call.callSid]: "drain-forced, settled" });
    await expectFree(dataDir);

    await using next = gateway(dataDir);
    await whenUp(next);
    const pool = new pg.Pool({ host: join(dataDir, "pglite"), port: 5432, user: "postgres", database: "postgres" });
    pool.on("error", () => undefined); // The gateway behind it is ended below.
    const { rows } = await pool.query("select carrier_call_id, end_how from calls");
    expect(rows).toEqual([{ carrier_call_id: call.callSid, end_how: "drain-forced" }]);
    await pool.end();
  });

  test("I32: a second SIGTERM ends the live calls at once, and the exit code is 0", async () => {
    const dataDir = await folder();
    await using child = gateway(dataDir);
    const url = await whenUp(child);
    const call = await outside.dial("exotel", url);
    await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
    child.kill("SIGTERM");
    await until("draining", async () => (await readiness(url)).status === 503);
    expect(call.outcome.kind).toBe("streaming");
    child.kill("SIGTERM");
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(await ends(dataDir)).toEqual({ [call.callSid]: "drain-forced, settled" });
    await expectFree(dataDir);
  });

  test("one that comes while the gateway starts ends it with 0 as soon as it has, and leaves nothing locked", async () => {
    const dataDir = await folder();
    await using child = gateway(dataDir);
    // The lock is the first thing it takes; the database comes after it.
    await until("the lock", async () => (await readdir(dataDir)).includes("lock.json"), 20_000);
    expect(child.output).not.toContain("listening");
    child.kill("SIGTERM");
    expect(await child.exit).toEqual({ code: 0, signal: null });
    await expectFree(dataDir);
  });
});

describe("a start that cannot be", () => {
  test("a second gateway on the same data folder exits 1 and names the pid of the first, which never notices", async () => {
    const dataDir = await folder();
    await using first = gateway(dataDir);
    const url = await whenUp(first);
    await using second = gateway(dataDir);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.output).toContain(`pid ${first.pid}`);
    expect((await readiness(url)).status).toBe(200);
  });

  test("every mistake in the environment is told at once, without a stack, and the exit code is 1", async () => {
    await using child = new Program([built.main], {
      PORT: "many",
      PUBLIC_URL: "example.test",
      SARVAM_STT_API: "psychic",
      DRAIN_TIMEOUT_MS: "-1",
    });
    expect(await child.exit).toEqual({ code: 1, signal: null });
    for (const name of ["PORT", "PUBLIC_URL", "SARVAM_STT_API", "DRAIN_TIMEOUT_MS"])
      expect(child.output).toContain(name);
    expect(child.output).not.toMatch(/\n\s+at /);
  });

  test("in production it does not start without a Sarvam key, and imitates none", async () => {
    await using child = new Program([built.main], { NODE_ENV: "production", PUBLIC_URL: "https://voice.example.test" });
    expect(await child.exit).toEqual({ code: 1, signal: null });
    expect(child.output).toContain("SARVAM_API_KEY is required in production");
  });

  test("a database that is not there: exit 1, saying which address, within seconds, and the folder is free", async () => {
    const dataDir = await folder();
    await using child = gateway(dataDir, { DATABASE_URL: "postgres://postgres@127.0.0.1:1/none" });
    expect(await child.exit).toEqual({ code: 1, signal: null });
    expect(child.output).toContain("127.0.0.1:1");
    await (await lockFolder(dataDir)).release();
  });
});
