import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { type CallerVoice, voice } from "../../src/simulator/voices.ts";
import { type Carrier, type Rig, type RigOptions, startRig, until } from "../rig.ts";
import { type PrivateServer, startPostgres, startRedis } from "../servers.ts";
import { withServer } from "../stores/with-server.ts";
import { usedFolder } from "../used-folder.ts";
import { Program, ROOT, SOURCES, startOutside, whenUp } from "./gateway-child.ts";
import { stallingDisk } from "./stalling-disk.ts";

const KEY = "a-key-that-may-read";
const API_KEYS = `reader:read:${createHash("sha256").update(KEY).digest("hex")}`;
/** So much audio lies ahead of the caller's ear: a gap within a reply that is longer would be the gateway's own stumbling. */
const LEAD_MS = 400;
const SWEEP = { everyMs: 300, owedForMs: 0 };

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

const rigged = (options: RigOptions = {}): Promise<Rig> =>
  startRig({ simulator: { voiceMsPerChar: 10 }, sweep: SWEEP, ...options, env: { API_KEYS, ...options.env } });

/** Twice heard out, once interrupted, then a goodbye. `trouble` comes in the middle of the greeting. */
async function wholeCall(rig: Rig, carrier: Carrier, trouble = async () => {}): Promise<TwinCall> {
  const call = await rig.dial(carrier);
  await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
  await trouble();
  let reply = await heard(call, 1);
  reply = await ask(call, voice("hi-question"), reply);
  await heard(call, reply);
  reply = await ask(call, voice("unknown"), reply);
  reply = await ask(call, voice("en-question"), reply);
  await heard(call, reply);
  await call.say(voice("hi-bye").audio);
  await call.over;
  expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
  expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
  return call;
}

const SAID = [voice("hi-question"), voice("unknown"), voice("en-question"), voice("hi-bye")].map(({ text }) => text);

/** Says it, and waits for a sentence of a reply that is later than `reply`; which one that is. */
async function ask(call: TwinCall, { audio, text }: CallerVoice, reply: number): Promise<number> {
  const from = call.log.length;
  await call.say(audio, text);
  return replyOf(await call.waitFor((e) => e.kind === "mark-received" && replyOf(e) > reply, 15_000, from));
}

/** The first sentence at least: where there is a second, the next question may cut into it. */
async function heard(call: TwinCall, reply: number): Promise<number> {
  await call.waitFor((e) => e.kind === "mark-returned" && e.why === "played" && replyOf(e) === reply, 20_000);
  return reply;
}

function replyOf(event: TwinCall["log"][number]): number {
  return "name" in event ? Number(/^g(\d+):/.exec(event.name)?.[1] ?? 0) : 0;
}

/** The longest silence, in ms, between two sounds of the agent while the caller says nothing. */
function longestGapMs(call: TwinCall): number {
  const times = (wanted: string) => call.log.filter(({ kind }) => kind === wanted).map(({ atMs }) => atMs);
  const ends = times("speech-ended");
  const words = times("speech-started").map((from, index) => ({ from, to: ends[index] ?? from }));
  const segments = call.heardSegments;
  const gaps = segments.slice(1).flatMap(({ startMs }, index) => {
    const before = segments[index] ?? { startMs, endMs: startMs };
    const spoken = words.some(({ from, to }) => to > before.startMs && from < startMs);
    return spoken ? [] : [startMs - before.endMs];
  });
  return Math.max(0, ...gaps);
}

/** From the end of the caller's words to the answer's first sound, in ms, at its longest. */
function slowestAnswerMs(call: TwinCall): number {
  const ends = call.log.filter(({ kind }) => kind === "speech-ended").map(({ atMs }) => atMs);
  const starts = call.log.filter(({ kind }) => kind === "playback-started").map(({ atMs }) => atMs);
  return Math.max(...ends.map((end) => (starts.find((start) => start > end) ?? Number.POSITIVE_INFINITY) - end));
}

/** What SQL has of one call once its transcript is written. */
async function inSql(rig: Pick<Rig, "sql">, { callSid }: TwinCall, timeoutMs = 30_000): Promise<unknown> {
  return until(
    `the transcript of ${callSid}`,
    async () => {
      const [row] = await rig
        .sql<object>(
          `select c.end_how as how, j.done_at is not null as done,
            (select jsonb_agg(t.user_text order by t.seq) from turns t where t.call_id = c.id and t.user_text <> '') as said,
            jsonb_path_query_array(d.document, '$.lines[*] ? (@.by == "caller").text') as written
           from calls c join transcripts d on d.call_id = c.id join owed_jobs j on j.call_id = c.id
          where c.carrier_call_id = $1`,
          [callSid],
        )
        .catch(() => []); // The server may still be coming back.
      return row;
    },
    timeoutMs,
  );
}

const COMPLETE = { how: "agent-hung-up", done: true, said: SAID, written: SAID };

async function metric(rig: Rig, name: string): Promise<number> {
  const answer = await fetch(`${rig.running.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  const text = await answer.text();
  const values = [...text.matchAll(new RegExp(`^durvani_${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function readiness(rig: Rig): Promise<{ readonly database: string; readonly backlog: number }> {
  const answer = await fetch(`${rig.running.url}/readyz`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { database: string; backlog: number };
}

/** A whole call with trouble in it, beside one of the same kind without, at the same time: the caller hears no difference. */
async function undisturbed(rig: Rig, carrier: Carrier, trouble: () => unknown): Promise<TwinCall> {
  const [call, usual] = await Promise.all([
    wholeCall(rig, carrier, async () => void (await trouble())),
    wholeCall(healthy, carrier),
  ]);
  const figures = {
    gapMs: Math.round(longestGapMs(call)),
    usualGapMs: Math.round(longestGapMs(usual)),
    answerMs: Math.round(slowestAnswerMs(call)),
    usualAnswerMs: Math.round(slowestAnswerMs(usual)),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(figures.gapMs).toBeLessThan(figures.usualGapMs + LEAD_MS);
  expect(figures.answerMs).toBeLessThan(figures.usualAnswerMs + 400);
  return call;
}

describe.concurrent("an outage in mid-call", () => {
  for (const [number, fault] of (["kill", "freeze"] as const).entries()) {
    test.skipIf(postgres.length === 0)(
      `I34, S0.25: ${fault} PostgreSQL: the caller hears no difference, new calls are taken, and all is in SQL after its return`,
      async () => {
        const server = given(postgres[number]);
        await using rig = await rigged({ env: { DATABASE_URL: server.url } });
        const [first, second] = await Promise.all([
          undisturbed(rig, "twilio", () => server[fault]()),
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
      const call = await undisturbed(rig, "exotel", () => server.kill());
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
    const call = await undisturbed(rig, "twilio", () => undefined);
    expect(await inSql(rig, call)).toEqual(COMPLETE);
    expect(await metric(rig, "journal_errors")).toBeGreaterThan(0);
    expect(await metric(rig, "journal_flush_failures")).toBeGreaterThan(0);
    await rm(journals);
    await mkdir(journals);
  });
});

test("a disk that stalls for a whole call costs the caller nothing, and once it goes on the journal is whole", async () => {
  await using rig = await rigged();
  const disk = await stallingDisk(rig.dataDir);
  const call = await undisturbed(rig, "exotel", disk.stall);
  expect(disk.waiting).toBeGreaterThan(0);
  disk.goOn();
  expect(await inSql(rig, call)).toEqual(COMPLETE);
  expect(await metric(rig, "journal_errors")).toBe(0);
  expect(await metric(rig, "journal_dropped")).toBe(0);
});
