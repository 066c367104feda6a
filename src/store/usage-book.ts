import type pg from "pg";
import type { BookEntry, CallId, CarrierName } from "../record/record.ts";
import type { Usage } from "../record/usage.ts";
import { modelUsage } from "./call-row.ts";
import { clean } from "./statements.ts";
import type { DayUsage, UsageBook } from "./store.ts";

export async function writeUsage(
  pool: pg.Pool,
  id: CallId,
  { seq, usage }: BookEntry & { kind: "usage" },
): Promise<void> {
  const { model, tokens } = usage;
  await pool.query(
    `insert into model_usage (call_id, seq, model, prompt_tokens, cached_tokens, completion_tokens)
     values ($1, $2, $3, $4, $5, $6) on conflict (call_id, seq) do nothing`,
    [id, seq, clean(model), tokens?.prompt, tokens?.cached, tokens?.completion],
  );
}

type DayOfAgent = { readonly day: string; readonly agent: string };

/** A day of calls of one agent, over one carrier, with one voice. */
type CallsRow = DayOfAgent & {
  readonly carrier: CarrierName;
  readonly voice: string;
  readonly calls: number;
  readonly seconds: number;
  readonly minutes: number;
  readonly spoken_ms: number;
  readonly characters: number;
};
type ModelRow = Usage["models"][number] & DayOfAgent;

const DAY = "to_char(opened_at at time zone 'Asia/Kolkata', 'YYYY-MM-DD')";
const WITHIN = `status = 'ended' and opened_at >= $1::timestamp at time zone 'Asia/Kolkata'
  and opened_at < ($2::timestamp + interval '1 day') at time zone 'Asia/Kolkata'`;

/** What calls used, in PostgreSQL. Erased calls are among them. */
export function postgresUsageBook(pool: pg.Pool): UsageBook {
  return {
    async byDay(from, to) {
      const calls = await pool.query<CallsRow>(
        `select ${DAY} as day, agent, carrier, coalesce(voice_model, '') as voice, count(*)::int as calls,
           sum(stream_seconds)::float8 as seconds, sum(stream_minutes)::float8 as minutes,
           coalesce(sum(agent_audio_ms), 0) as spoken_ms, coalesce(sum(agent_characters), 0)::float8 as characters
         from calls where ${WITHIN} group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
        [from, to],
      );
      const models = await pool.query<ModelRow>(
        `with used as (select ${DAY} as day, agent, model_usage.* from model_usage join calls on calls.id = call_id where ${WITHIN})
         ${modelUsage({ from: "used", keys: "day, agent," })}`,
        [from, to],
      );
      const modelsOf = grouped(models.rows);
      return [...grouped(calls.rows)].map(([key, rows]) => dayUsage(rows, modelsOf.get(key) ?? []));
    },
  };
}

/** By day and agent: in a year there may be many of both. */
function grouped<Row extends DayOfAgent>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.day, row.agent]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

function dayUsage(rows: readonly CallsRow[], models: readonly ModelRow[]): DayUsage {
  const { day = "", agent = "" } = rows[0] ?? {};
  const sum = (of: readonly CallsRow[], count: (row: CallsRow) => number): number =>
    of.reduce((total, row) => total + count(row), 0);
  const of = <K extends "carrier" | "voice">(key: K) =>
    [...new Set(rows.map((row) => row[key]))].map((it) => ({ it, of: rows.filter((row) => row[key] === it) }));
  const usage: Usage = {
    calls: sum(rows, (row) => row.calls),
    streamSeconds: sum(rows, (row) => row.seconds),
    spokenMs: sum(rows, (row) => row.spoken_ms),
    voices: of("voice").map(({ it, of }) => ({ model: it, characters: sum(of, (row) => row.characters) })),
    models: models.map(({ day: _, agent: __, ...model }) => model),
    carriers: of("carrier").map(({ it, of }) => ({
      carrier: it,
      seconds: sum(of, (row) => row.seconds),
      minutes: sum(of, (row) => row.minutes),
    })),
  };
  return { day, agent, usage };
}
