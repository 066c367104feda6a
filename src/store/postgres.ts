import type pg from "pg";
import type { BookEntry, CallClosing, CallId, CallOpening, Decision, Turn } from "../record/record.ts";
import { listCalls } from "./call-list.ts";
import { CALL_QUERY, type CallRow, storedCall } from "./call-row.ts";
import { postgresErasures } from "./erasures.ts";
import { clean, DONE, json, TELL } from "./statements.ts";
import { type CallStore, type Erasures, type JobKind, type OwedJob, PAID_FOR, type UsageBook } from "./store.ts";
import { postgresUsageBook, writeUsage } from "./usage-book.ts";
import { OWED_BESIDE, postgresWriteUps } from "./write-ups.ts";

/** What a closed call owes at the least. */
export const OWED: readonly JobKind[] = ["transcript"];

export type PostgresStore = CallStore & Erasures & UsageBook;

/**
 * The books in PostgreSQL, or in PGlite behind the same driver. Each write is one statement, so one transaction. An entry
 * of a call whose `open` never came is refused with SQLSTATE 23503. Does not own the pool.
 */
export function postgresStore(pool: pg.Pool, owes: readonly JobKind[] = OWED): PostgresStore {
  return {
    ...postgresErasures(pool),
    ...postgresUsageBook(pool),
    ...postgresWriteUps(pool),
    owes,
    write: (id, entry) => write(pool, id, entry, owes),
    async call(id) {
      const { rows } = await pool.query<CallRow>(CALL_QUERY, [id]);
      return rows[0] && storedCall(rows[0]);
    },
    calls: (query) => listCalls(pool, query),
    async owedJobs(olderThanMs, limit) {
      const { rows } = await pool.query<OwedJob>(
        `select call_id as "callId", kind, attempts from owed_jobs
         where done_at is null and owed_at <= now() - $1 * interval '1 millisecond'
           and (kind <> all($3) or owed_at <= now() - interval '1 second' * 2 ^ least(attempts, 30))
         order by owed_at, call_id limit $2`,
        [olderThanMs, limit, PAID_FOR],
      );
      return rows;
    },
    async finishTranscript(transcript) {
      await pool.query(
        `with written as (
           insert into transcripts (call_id, document) values ($1, $2) on conflict (call_id) do nothing
           returning call_id as id),
         told as (${TELL} 'transcript.ready' from written join calls using (id) where webhook_url is not null)
         ${DONE} 'transcript'`,
        [transcript.callId, json(transcript)],
      );
    },
    async finishRecording(id, url) {
      await pool.query(
        `with written as (
           insert into recordings (call_id, url) select $1, $2::text where $2::text is not null
           on conflict (call_id) do update set url = excluded.url)
         ${DONE} 'recording'`,
        [id, url === undefined ? null : clean(url)],
      );
    },
    async noteJobFailure({ callId, kind }, error, mostTries) {
      const { rows } = await pool.query<{ readonly became: "owed" | "given-up" }>(
        `update owed_jobs set attempts = attempts + 1, last_error = $3,
           done_at = case when attempts + 1 >= $4::integer then now() end
         where call_id = $1 and kind = $2 and done_at is null
         returning case when done_at is null then 'owed' else 'given-up' end as became`,
        [callId, kind, clean(error), mostTries ?? null],
      );
      return rows[0]?.became ?? "owed";
    },
    async ping() {
      // pg takes a time limit per query, which its types do not know.
      const question = { text: "select 1", query_timeout: 2000 };
      await pool.query(question);
    },
  };
}

function write(pool: pg.Pool, id: CallId, entry: BookEntry, owes: readonly JobKind[]): Promise<void> {
  switch (entry.kind) {
    case "open":
      return writeOpening(pool, entry.opening);
    case "answered":
      return onCall(pool, "update calls set answered_at = coalesce(answered_at, $2) where id = $1 returning id", [
        id,
        new Date(entry.at),
      ]);
    case "turn":
      return writeTurn(pool, id, entry.turn);
    case "decision":
      return writeDecision(pool, id, entry.seq, entry.decision);
    case "recording":
      return onCall(
        pool,
        `with written as (
           insert into recordings (call_id, url) values ($1, $2) on conflict (call_id) do update set url = excluded.url)
         select id from calls where id = $1`,
        [id, clean(entry.url)],
      );
    case "usage":
      return writeUsage(pool, id, entry);
    case "close":
      return writeClosing(pool, id, entry.closing, owes);
    default: {
      const never: never = entry;
      throw new Error(`unknown book entry ${JSON.stringify(never)}`);
    }
  }
}

async function writeOpening(pool: pg.Pool, opening: CallOpening): Promise<void> {
  await pool.query(
    `with opened as (
       insert into calls (id, carrier, carrier_call_id, from_number, to_number, agent, language, opened_at, webhook_url, after_call,
         voice_model, redact, direction)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing returning id, webhook_url)
     ${TELL} 'call.started' from opened where webhook_url is not null`,
    [
      opening.id,
      opening.carrier,
      clean(opening.carrierCallId),
      clean(opening.from),
      clean(opening.to),
      clean(opening.agent),
      clean(opening.language),
      new Date(opening.openedAt),
      opening.webhookUrl === undefined ? null : clean(opening.webhookUrl),
      opening.afterCall === undefined ? null : json(opening.afterCall),
      opening.voiceModel === undefined ? null : clean(opening.voiceModel),
      opening.redact ?? null,
      opening.direction ?? "inbound",
    ],
  );
}

/** A later writing of the same turn wins, unless it would reopen a turn that was over: a replayed journal starts with those. */
async function writeTurn(pool: pg.Pool, id: CallId, turn: Turn): Promise<void> {
  const { metrics } = turn;
  await pool.query(
    `with written as (
       insert into turns (call_id, seq, user_text, agent_generated, agent_sent, agent_heard, interrupted, started_ms, ended_ms)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (call_id, seq) do update set
         user_text = excluded.user_text, agent_generated = excluded.agent_generated, agent_sent = excluded.agent_sent,
         agent_heard = excluded.agent_heard, interrupted = excluded.interrupted,
         started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, written_at = now()
       where turns.ended_ms is null or excluded.ended_ms is not null
       returning call_id, seq)
     insert into metrics (call_id, seq, stt_ms, dialog_ms, tts_ms, first_audio_ms, user_audio_ms, agent_audio_ms, agent_characters)
     select call_id, seq, $10::float8, $11::float8, $12::float8, $13::float8, $14::float8, $15::float8, $16::int from written
     on conflict (call_id, seq) do update set
       stt_ms = excluded.stt_ms, dialog_ms = excluded.dialog_ms, tts_ms = excluded.tts_ms,
       first_audio_ms = excluded.first_audio_ms, user_audio_ms = excluded.user_audio_ms,
       agent_audio_ms = excluded.agent_audio_ms, agent_characters = excluded.agent_characters`,
    [
      id,
      turn.seq,
      clean(turn.userText),
      clean(turn.agentGenerated),
      clean(turn.agentSent),
      clean(turn.agentHeard),
      turn.interrupted,
      turn.startedMs,
      turn.endedMs,
      metrics.sttMs,
      metrics.dialogMs,
      metrics.ttsMs,
      metrics.firstAudioMs,
      metrics.userAudioMs,
      metrics.agentAudioMs,
      metrics.agentCharacters ?? charactersOf(turn.agentGenerated),
    ],
  );
}

async function writeDecision(pool: pg.Pool, id: CallId, seq: number, decision: Decision): Promise<void> {
  await pool.query(
    `insert into decisions (call_id, seq, at_ms, what, why, inputs, limits, otherwise)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (call_id, seq) do nothing`,
    [
      id,
      seq,
      decision.atMs,
      clean(decision.what),
      clean(decision.why),
      json(decision.inputs),
      json(decision.limits),
      clean(decision.otherwise),
    ],
  );
}

/** The first close wins; only it makes the call owe its jobs. */
function writeClosing(
  pool: pg.Pool,
  id: CallId,
  { end, endedAt }: CallClosing,
  owes: readonly JobKind[],
): Promise<void> {
  return onCall(
    pool,
    `with closed as (
       update calls set status = 'ended', ended_at = $2, end_how = $3, end_detail = $4, end_handoff = $6,
         (agent_audio_ms, agent_characters) =
           (select sum(m.agent_audio_ms), sum(m.agent_characters) from metrics m where m.call_id = $1)
       where id = $1 and status = 'open' returning id, webhook_url, after_call),
     owed as (
       insert into owed_jobs (call_id, kind) select id, unnest($5::text[]) from closed union ${OWED_BESIDE}
       on conflict do nothing),
     told as (${TELL} 'call.ended' from closed where webhook_url is not null)
     select id from calls where id = $1`,
    [
      id,
      new Date(endedAt),
      end.how,
      clean(end.detail),
      owes,
      end.handoffData === undefined ? null : clean(end.handoffData),
    ],
  );
}

/** As providers count them: an emoji is one, a letter and its vowel sign are two. */
const charactersOf = (text: string): number => [...text].length;

/** Runs a statement that returns a row if the call is known. */
async function onCall(pool: pg.Pool, sql: string, values: readonly unknown[]): Promise<void> {
  const { rows } = await pool.query(sql, [...values]);
  if (rows.length === 0) {
    throw Object.assign(new Error(`the books know no call ${String(values[0])}: it was never opened`), {
      code: "23503",
    });
  }
}
