import type pg from "pg";
import { DONE, json, TELL } from "./statements.ts";
import type { JobKind, WriteUps } from "./store.ts";

/**
 * What a closed call owes beside what all do: kinds of jobs of the calls in `closed`, by what was asked for when it opened. That
 * speech-to-text was degraded is known by its notes.
 */
export const OWED_BESIDE = `
  select id, 'summary' from closed where after_call -> 'summary' = 'true' or after_call ? 'extract'
  union all select id, 'translation' from closed where after_call ? 'translateTo'
  union all select id, 'retranscription' from closed where after_call ->> 'retranscribe' = 'always'
    or after_call ->> 'retranscribe' = 'when-degraded'
      and exists (select from decisions d where d.call_id = closed.id and d.what = 'ear')`;

/** What jobs write up of a call, in PostgreSQL. */
export function postgresWriteUps(pool: pg.Pool): WriteUps {
  return {
    async owedBy(id) {
      const { rows } = await pool.query<{ readonly kind: JobKind }>(
        "select kind from owed_jobs where call_id = $1 and done_at is null order by owed_at, kind",
        [id],
      );
      return rows.map(({ kind }) => kind);
    },
    async finishSummary(summary) {
      await pool.query(
        `with written as (
           insert into summaries (call_id, document) values ($1, $2) on conflict (call_id) do nothing
           returning call_id as id),
         told as (${TELL} 'summary.ready' from written join calls using (id) where webhook_url is not null)
         ${DONE} 'summary'`,
        [summary.callId, json(summary)],
      );
    },
    async writeTranslation(translation) {
      await pool.query(
        `with written as (
           insert into translations (call_id, document) values ($1, $2) on conflict (call_id)
           do update set document = excluded.document, written_at = now()
           where translations.document -> 'complete' = 'false')
         ${DONE} 'translation' and $3::boolean`,
        [translation.callId, json(translation), translation.complete],
      );
    },
    async writeRetranscription(retranscription) {
      await pool.query(
        `with written as (
           insert into retranscriptions (call_id, document) values ($1, $2) on conflict (call_id)
           do update set document = excluded.document, written_at = now()
           where retranscriptions.document ->> 'kind' <> 'written')
         ${DONE} 'retranscription' and $3::boolean`,
        [retranscription.callId, json(retranscription), retranscription.kind !== "asked"],
      );
    },
    async askRetranscription(id) {
      await pool.query(
        `insert into owed_jobs (call_id, kind) select id, 'retranscription' from calls
         where id = $1 and status = 'ended' and not exists (
           select from retranscriptions r where r.call_id = $1 and r.document ->> 'kind' = 'written')
         on conflict (call_id, kind) do update
         set owed_at = now(), done_at = null, attempts = 0, last_error = null where owed_jobs.done_at is not null`,
        [id],
      );
    },
  };
}
