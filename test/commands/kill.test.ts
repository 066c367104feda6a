import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lineReader } from "../../src/journal/lines.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import type { Turn } from "../../src/record/record.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { journalTexts } from "../journals.ts";
import { type Carrier, until } from "../rig.ts";
import { postgresForTests } from "../servers.ts";
import { usedFolder } from "../used-folder.ts";
import { type Built, build, type Outside, Program, startOutside, whenUp } from "./gateway-child.ts";

const { chance } = randomIds(() => systemClock.wall());
const CALLERS: readonly Carrier[] = ["twilio", "exotel", "twilio", "exotel"];
const QUESTIONS = [voice("hi-question"), voice("unknown")];
/** The kill comes at any moment of a call's first seconds: before its greeting, in mid-sentence, in mid-answer. */
const SOONEST_MS = 200;
const LATEST_MS = 4500;

const postgres = await postgresForTests();
let built: Built;
let outside: Outside;
beforeAll(async () => {
  [built, outside] = await Promise.all([build(), startOutside({ voiceMsPerChar: 6, keepAudio: false })]);
});
afterAll(async () => {
  await outside[Symbol.asyncDispose]();
  await built[Symbol.asyncDispose]();
  await postgres?.drop();
});

/** What the telephone company knows of one call: which of the caller's questions were answered, as far as audio and a mark came. */
type Witness = { readonly call: TwinCall; readonly answered: string[] };

/** Asks into whatever the agent says, again and again, until the gateway is killed. */
async function converse({ call, answered }: Witness, killed: AbortSignal): Promise<void> {
  let generation = 0;
  const later = async (): Promise<void> => {
    const marked = await call.waitFor((event) => generationOf(event) > generation, 20_000);
    generation = generationOf(marked);
  };
  try {
    await later();
    for (;;) {
      for (const { audio, text } of QUESTIONS) {
        await call.say(audio, text);
        await later();
        answered.push(text);
      }
    }
  } catch (error) {
    if (!killed.aborted) throw error;
  }
}

function generationOf(event: TwinCall["log"][number]): number {
  return event.kind === "mark-received" ? Number(/^g(\d+):/.exec(event.name)?.[1] ?? 0) : 0;
}

/** Every turn that stands in a journal, in its last version, by call. No gateway runs while it is read. */
async function journalled(dataDir: string): Promise<ReadonlyMap<string, readonly Turn[]>> {
  const found = new Map<string, readonly Turn[]>();
  for (const [id, text] of await journalTexts(dataDir)) {
    const turns = new Map<number, Turn>();
    const reader = lineReader((entry) => {
      if ("book" in entry && entry.book.kind === "turn") turns.set(entry.book.turn.seq, entry.book.turn);
    });
    reader.take(text);
    reader.end();
    found.set(id, [...turns.values()]);
  }
  return found;
}

type BookedCall = {
  readonly id: string;
  readonly sid: string;
  readonly end_how: string;
  readonly jobs: readonly { readonly kind: string; readonly done: boolean }[];
  readonly turns: readonly Omit<Turn, "startedMs" | "endedMs" | "metrics">[];
  readonly said: readonly string[] | null;
};

const BOOKED = `select c.id, c.carrier_call_id as sid, c.end_how,
    (select coalesce(jsonb_agg(jsonb_build_object('kind', j.kind, 'done', j.done_at is not null)), '[]')
       from owed_jobs j where j.call_id = c.id) as jobs,
    (select coalesce(jsonb_agg(jsonb_build_object('seq', t.seq, 'userText', t.user_text,
       'agentGenerated', t.agent_generated, 'agentSent', t.agent_sent, 'agentHeard', t.agent_heard,
       'interrupted', t.interrupted) order by t.seq), '[]') from turns t where t.call_id = c.id) as turns,
    (select jsonb_path_query_array(d.document, '$.lines[*] ? (@.by == "caller").text')
       from transcripts d where d.call_id = c.id) as said
  from calls c`;

async function booked(poolConfig: pg.PoolConfig): Promise<readonly BookedCall[]> {
  const client = new pg.Client(poolConfig);
  client.on("error", () => undefined); // The awaited calls tell of it.
  await client.connect();
  try {
    await until(
      "all calls to be closed and their jobs done",
      async () => {
        const { rows } = await client.query(
          `select (select count(*)::int from calls where status = 'open') as open,
                  (select count(*)::int from owed_jobs where done_at is null) as owed`,
        );
        return rows[0].open === 0 && rows[0].owed === 0;
      },
      45_000,
    );
    return (await client.query<BookedCall>(BOOKED)).rows;
  } finally {
    await client.end();
  }
}

type Tally = Readonly<Record<"kills" | "calls" | "acknowledged" | "answered", number>>;

/** `kills` lives of a gateway on one data folder, each killed while calls are live, and one more life to look at what is left. */
async function again(kills: number, databaseUrl: string | undefined): Promise<Tally> {
  const dataDir = await usedFolder();
  const env = { ...outside.env, DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
  const witnesses: Witness[] = [];
  for (let life = 0; life < kills; life += 1) {
    await using gateway = new Program([built.main], env);
    const url = await whenUp(gateway);
    const calls = await Promise.all(CALLERS.map((carrier) => outside.dial(carrier, url)));
    expect(calls.map(({ outcome }) => outcome.kind)).toEqual(CALLERS.map(() => "streaming"));
    const now = calls.map((call) => ({ call, answered: [] }));
    witnesses.push(...now);
    const killed = new AbortController();
    const conversing = Promise.all(now.map((witness) => converse(witness, killed.signal)));
    const waiting = new Promise<void>((resolve) => {
      // At random, but spread over the whole range.
      systemClock.after(SOONEST_MS + ((life + chance()) / kills) * (LATEST_MS - SOONEST_MS), resolve);
    });
    // A conversation that fails by itself is told at once.
    await Promise.race([waiting, conversing.then(() => waiting)]);
    killed.abort();
    gateway.kill("SIGKILL");
    await gateway.exit;
    await conversing;
    await Promise.all(calls.map(({ over }) => over));
  }
  // One more, killed while it starts: what it had begun to recover is recovered again.
  await using hurried = new Program([built.main], env);
  await until("its lock", async () =>
    (await readFile(join(dataDir, "lock.json"), "utf8").catch(() => "")).includes(`${hurried.pid}`),
  );
  await new Promise<void>((resolve) => void systemClock.after(chance() * 1500, resolve));
  hurried.kill("SIGKILL");
  await hurried.exit;

  const acknowledged = await journalled(dataDir);
  await using last = new Program([built.main], env);
  await whenUp(last);
  const embedded = { host: join(dataDir, "pglite"), port: 5432, user: "postgres", database: "postgres" };
  const books = await booked(databaseUrl ? { connectionString: databaseUrl } : embedded);

  const bySid = new Map(books.map((call) => [call.sid, call]));
  expect(bySid.size, "a call was booked twice").toBe(books.length);
  expect([...bySid.keys()].sort()).toEqual(witnesses.map(({ call }) => call.callSid).sort());
  for (const { call, answered } of witnesses) {
    const book = bySid.get(call.callSid);
    expect(book).toMatchObject({ end_how: "interrupted", jobs: [{ kind: "transcript", done: true }] });
    const said = book?.turns.map(({ userText }) => userText).filter((text) => text !== "") ?? [];
    expect(said.slice(0, answered.length), "what the telephone company saw answered").toEqual(answered);
    expect(book?.said, "the transcript").toEqual(said);
  }
  let turns = 0;
  for (const { id, turns: kept } of books) {
    for (const { startedMs: _1, endedMs: _2, metrics: _3, ...turn } of acknowledged.get(id) ?? []) {
      turns += 1;
      expect(kept, `turn ${turn.seq} of ${id}`).toContainEqual(turn);
    }
  }
  last.kill("SIGTERM");
  expect(await last.exit).toEqual({ code: 0, signal: null });
  expect((await journalled(dataDir)).size).toBe(witnesses.length);
  await rm(dataDir, { recursive: true, force: true });
  const answers = witnesses.reduce((sum, { answered }) => sum + answered.length, 0);
  expect(turns).toBeGreaterThan(kills);
  expect(answers).toBeGreaterThan(0);
  return { kills, calls: books.length, acknowledged: turns, answered: answers };
}

function print(where: string, ...tallies: readonly Tally[]): void {
  process.stdout.write(`${where}: ${tallies.map((tally) => JSON.stringify(tally)).join(" + ")}\n`);
}

describe.concurrent("I33: kill -9 in mid-call", () => {
  test("I33: 20 kills on PGlite: no acknowledged turn is lost, every call is closed as interrupted and written up by one job", async () => {
    print("PGlite, two data folders", ...(await Promise.all([again(10, undefined), again(10, undefined)])));
  }, 300_000);

  test.skipIf(!postgres)(
    "I33: 5 kills on PostgreSQL: the same",
    async () => {
      print("PostgreSQL", await again(5, postgres?.url));
    },
    300_000,
  );
});
