import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text as all } from "node:stream/consumers";
import { afterAll, expect, test, vi } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { startPostgres, startRedis } from "../servers.ts";
import { endedCall } from "../stores/jobs-contract.ts";
import { withServer } from "../stores/with-server.ts";

const root = join(import.meta.dirname, "../..");

function worker(
  env: Readonly<Record<string, string>>,
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  return spawn(process.execPath, ["--import", "tsx", join(root, "scripts/worker.ts")], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function said(child: ReturnType<typeof worker>, words: string): Promise<void> {
  let output = "";
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.includes(words)) return;
  }
  throw new Error(`the worker ended without saying "${words}": ${output}`);
}

test("the worker without DATABASE_URL exits 1 and says why", async () => {
  const child = worker({});
  const [complaint, [code]] = await Promise.all([all(child.stderr), once(child, "exit")]);
  expect(code).toBe(1);
  expect(complaint).toMatch(/DATABASE_URL is required here/);
  const broken = worker({ PORT: "many", DATABASE_URL: "" });
  const [both] = await Promise.all([all(broken.stderr), once(broken, "exit")]);
  expect(both).toMatch(/PORT/);
  expect(both).toMatch(/DATABASE_URL/);
});

const postgres = await withServer("PostgreSQL", startPostgres);
const redis = await withServer("Redis", startRedis);
afterAll(async () => {
  await postgres?.stop();
  await redis?.stop();
});

async function worksAlone(more: Readonly<Record<string, string>>): Promise<void> {
  const databaseUrl = postgres?.url ?? "";
  const database = await openDatabase({ databaseUrl, dataDir: "", clock: systemClock, log: silentLog });
  const store = postgresStore(database.pool);
  const id = await endedCall(store);
  await database.pool.query("update owed_jobs set owed_at = now() - interval '1 hour' where call_id = $1", [id]);
  const child = worker({ DATABASE_URL: databaseUrl, ...more });
  const exited = once(child, "exit");
  await said(child, "a job is done");
  await vi.waitFor(async () => expect((await store.call(id))?.transcript?.lines).toHaveLength(2), 5000);
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  await database.close();
}

test.skipIf(!postgres)("the worker alone, its queue in PostgreSQL, writes what is owed and exits 0 on SIGTERM", () =>
  worksAlone({}),
);

test.skipIf(!postgres || !redis)(
  "the worker alone, its queue in Redis, writes what is owed and exits 0 on SIGTERM",
  () => worksAlone({ REDIS_URL: redis?.url ?? "" }),
);
