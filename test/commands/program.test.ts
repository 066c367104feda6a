import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { usedFolder } from "../used-folder.ts";
import { type Built, build, Program, startOutside, whenUp } from "./gateway-child.ts";

let built: Built;
let dataDir: string;
beforeAll(async () => {
  [built, dataDir] = await Promise.all([build(), usedFolder()]);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function expectHealthy(program: Program): Promise<string> {
  const url = await whenUp(program);
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toMatchObject([200, { status: "ok" }]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  return url;
}

async function expectGoodEnd(program: Program): Promise<void> {
  program.kill("SIGTERM");
  expect(await program.exit).toEqual({ code: 0, signal: null });
}

test("the built program with nothing configured is healthy in demo mode, on this machine only, and says so", async () => {
  await using program = new Program([built.main], { DATA_DIR: dataDir, PORT: "0" });
  const url = await expectHealthy(program);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(program.output).toContain("demo mode");
  await expectGoodEnd(program);
});

test("started by a link to it, as deployments do, it starts all the same", async () => {
  const link = join(built.dir, "current");
  await symlink(join(built.dir, "dist"), link);
  await using program = new Program([join(link, "main.js")], { DATA_DIR: dataDir, PORT: "0" });
  await expectHealthy(program);
  await expectGoodEnd(program);
});

test("as the image starts it, in production, it answers a call", async () => {
  await using outside = await startOutside({ voiceMsPerChar: 10 });
  await using program = new Program(["--enable-source-maps", built.main], {
    ...outside.env,
    NODE_ENV: "production",
    DATA_DIR: dataDir,
    MAX_CALLS: "50",
    LOG_LEVEL: "info",
    API_KEYS: `ops:read+admin:${"a".repeat(64)}`,
  });
  const url = await expectHealthy(program);
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  const call = await outside.dial("twilio", url);
  await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
  await call.say(voice("hi-bye").audio);
  await call.over;
  expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
  await program.says(/a job is done/);
  expect(program.output).not.toContain("demo mode");
  await expectGoodEnd(program);
});
