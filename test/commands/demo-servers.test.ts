import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { postgresForTests, startRedis } from "../servers.ts";
import { withServer } from "../stores/with-server.ts";
import { Program, ROOT } from "./gateway-child.ts";

const postgres = await postgresForTests();
const redis = await withServer("Redis", startRedis);
const dataDir = await mkdtemp(join(tmpdir(), "durvani-"));
afterAll(async () => {
  await postgres?.drop();
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const CALL = `select c.id, c.end_how, t.document,
    (select jsonb_agg(jsonb_build_object('said', u.user_text, 'heard', u.agent_heard, 'interrupted', u.interrupted) order by u.seq)
       from turns u where u.call_id = c.id) as turns,
    (select count(*)::int from owed_jobs j where j.call_id = c.id and j.done_at is not null) as done
  from calls c join transcripts t on t.call_id = c.id`;

test.skipIf(!postgres || !redis)(
  "the demo on PostgreSQL and Redis exits 0; SQL has call, turns and transcript, Redis held the job, and no database is embedded",
  async () => {
    const env = { DATABASE_URL: postgres?.url ?? "", REDIS_URL: redis?.url ?? "" };
    const watcher = await new Redis(env.REDIS_URL).monitor();
    const commands: string[] = [];
    watcher.on("monitor", (_time: string, args: readonly string[]) => commands.push(args.join(" ")));
    await using demo = new Program(["--import", "tsx", join(ROOT, "scripts/demo.ts")], { ...env, DATA_DIR: dataDir });
    const { code } = await demo.exit;
    expect(code, demo.output).toBe(0);
    watcher.disconnect();

    const client = new pg.Client({ connectionString: env.DATABASE_URL });
    client.on("error", () => undefined); // The awaited queries tell of it.
    await client.connect();
    const { rows } = await client.query(CALL);
    await client.end();
    expect(rows).toHaveLength(1);
    const [call] = rows;
    expect(call).toMatchObject({ end_how: "agent-hung-up", done: 1 });
    const said = ["hi-question", "unknown", "en-interrupt", "hi-bye"].map((name) => voice(name).text);
    expect(call.turns.map((turn: { said: string }) => turn.said)).toEqual(["", ...said]);
    expect(call.turns[2]).toMatchObject({ interrupted: true });
    const byCaller = call.document.lines.filter(({ by }: { by: string }) => by === "caller");
    expect(byCaller.map(({ text }: { text: string }) => text)).toEqual(said);
    expect(demo.output).toContain(`Transcript of ${call.id}`);

    const kept = commands.filter((command) => /^h(m)?set durvani:/i.test(command) && command.includes(call.id));
    expect(kept.length, "commands that put the job into Redis").toBeGreaterThan(0);
    await expect(stat(join(dataDir, "pglite"))).rejects.toThrow("ENOENT");
  },
  90_000,
);
