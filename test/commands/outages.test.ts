import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { type Rig, until } from "../rig.ts";
import { type PrivateServer, startPostgres, startRedis } from "../servers.ts";
import { withServer } from "../stores/with-server.ts";
import { usedFolder } from "../used-folder.ts";
import { Program, ROOT, SOURCES, startOutside, whenUp } from "./gateway-child.ts";
import { COMPLETE, inSql, metric, rigged, undisturbed, wholeCall } from "./whole-call.ts";

const postgres = await own(4, "PostgreSQL", startPostgres);
const redis = await own(2, "Redis", startRedis);
/** Where nothing is wrong: what the machine's own load does to a call, it does here too. */
let healthy: Rig;
beforeAll(async () => {
  healthy = await rigged();
});
afterAll(async () => {
  await healthy[Symbol.asyncDispose]();
  await Promise.all([...postgres, ...redis].map((server) => server.stop()));
});

/** Each test disturbs a server of its own, so that they can run at once. None where there is no binary. */
async function own(
  count: number,
  what: string,
  start: () => Promise<PrivateServer>,
): Promise<readonly PrivateServer[]> {
  const first = await withServer(what, start);
  return first ? [first, ...(await Promise.all(Array.from({ length: count - 1 }, start)))] : [];
}

function given(server: PrivateServer | undefined): PrivateServer {
  if (!server) throw new Error("such a test is skipped without its server");
  return server;
}

async function readiness(rig: Rig): Promise<{ readonly database: string; readonly backlog: number }> {
  const answer = await fetch(`${rig.running.url}/readyz`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { database: string; backlog: number };
}

describe.concurrent("an outage in mid-call", () => {
  for (const [number, fault] of (["kill", "freeze"] as const).entries()) {
    test.skipIf(postgres.length === 0)(
      `I34, S0.25: ${fault} PostgreSQL: the caller hears no difference, new calls are taken, and all is in SQL after its return`,
      async () => {
        const server = given(postgres[number]);
        await using rig = await rigged({ env: { DATABASE_URL: server.url } });
        const [first, second] = await Promise.all([
          undisturbed(rig, healthy, "twilio", () => server[fault]()),
          wholeCall(rig, "exotel"),
        ]);
        const late = await wholeCall(rig, "exotel");
        const told = await until("the outage to be noticed", async () => {
          const state = await readiness(rig);
          return state.database === "down" && state;
        });
        expect(told.backlog).toBeGreaterThan(10);

        await (fault === "kill" ? server.restart() : server.thaw());
        for (const call of [first, second, late]) expect(await inSql(rig, call)).toEqual(COMPLETE);
        expect((await readiness(rig)).backlog).toBe(0);
      },
      120_000,
    );
  }

  test.skipIf(postgres.length === 0)(
    "I34: a gateway stopped while PostgreSQL is away exits 0 in time, and the next start puts its calls in SQL",
    async () => {
      const server = given(postgres[2]);
      const dataDir = await usedFolder();
      await using outside = await startOutside({ voiceMsPerChar: 15 });
      const env = { ...outside.env, DATA_DIR: dataDir, DATABASE_URL: server.url };
      await using gateway = new Program(SOURCES, env);
      const call = await outside.dial("twilio", await whenUp(gateway));
      await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
      await server.kill();
      await call.say(voice("hi-bye").audio);
      await call.over;
      gateway.kill("SIGTERM");
      expect(await gateway.exit).toEqual({ code: 0, signal: null });

      await server.restart();
      await using rig = await rigged({ env: { DATABASE_URL: server.url, DATA_DIR: dataDir } });
      const said = [voice("hi-bye").text];
      expect(await inSql(rig, call)).toEqual({ how: "agent-hung-up", done: true, said, written: said });
      await rm(dataDir, { recursive: true, force: true });
    },
    120_000,
  );

  test.skipIf(redis.length === 0)(
    "I34: Redis killed in mid-call and empty when it returns: the caller hears no difference, and the transcript is written all the same",
    async () => {
      const server = given(redis[0]);
      await using rig = await rigged({ env: { REDIS_URL: server.url } });
      const call = await undisturbed(rig, healthy, "exotel", () => server.kill());
      await until("the job to be refused", async () => (await metric(rig, "job_add_failures")) > 0);
      await server.restart();
      // A worker of BullMQ that fell silent with Redis is replaced after half a minute.
      expect(await inSql(rig, call, 60_000)).toEqual(COMPLETE);
    },
    120_000,
  );

  test.skipIf(postgres.length === 0 || redis.length === 0)(
    "jobs that a gateway leaves to others are done by `npm run worker`, and those that a wiped Redis forgot by the sweep",
    async () => {
      const env = { DATABASE_URL: given(postgres[3]).url, REDIS_URL: given(redis[1]).url };
      const client = new Redis(env.REDIS_URL);
      await using rig = await rigged({ env, work: false });
      const first = await wholeCall(rig, "twilio");
      await until("its job in Redis", async () => (await client.keys("durvani:*:transcript*")).length === 1);
      {
        await using worker = new Program(["--import", "tsx", join(ROOT, "scripts/worker.ts")], env);
        expect(await inSql(rig, first)).toEqual(COMPLETE);
        worker.kill("SIGTERM");
        expect(await worker.exit).toEqual({ code: 0, signal: null });
      }
      const second = await wholeCall(rig, "exotel");
      await until("its job in Redis", async () => (await client.keys("durvani:*:transcript*")).length === 1);
      await client.flushall();
      await using other = await rigged({ env });
      expect(await inSql(other, second)).toEqual(COMPLETE);
      client.disconnect();
    },
    120_000,
  );

  test("journals that cannot be written cost the caller nothing; they are counted, and the books have everything", async () => {
    await using rig = await rigged();
    const journals = join(rig.dataDir, "journals");
    await rm(journals, { recursive: true });
    await writeFile(journals, "no folder any more");
    const call = await undisturbed(rig, healthy, "twilio", () => undefined);
    expect(await inSql(rig, call)).toEqual(COMPLETE);
    expect(await metric(rig, "journal_errors")).toBeGreaterThan(0);
    expect(await metric(rig, "journal_flush_failures")).toBeGreaterThan(0);
    await rm(journals);
    await mkdir(journals);
  });
});
