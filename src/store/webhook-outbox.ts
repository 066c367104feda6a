import type pg from "pg";
import type { CallId } from "../record/record.ts";
import { clean } from "./statements.ts";
import type { DeadLetter, WebhookEvent, WebhookOutbox } from "./store.ts";

type EventRow = {
  readonly id: string;
  readonly call_id: CallId;
  readonly kind: WebhookEvent["kind"];
  readonly url: string;
  readonly created_at: Date;
  readonly attempts: number;
  readonly tried_since: Date;
};
type DeadRow = EventRow & { readonly last_error: string | null; readonly dead_at: Date };

const OWED = "delivered_at is null and dead_at is null";
/** Whoever was so slow that another has taken the event has no say in it any more. */
const TRIED = `id = $1 and attempts = $2 and ${OWED}`;
const DEAD = "dead_at is not null and delivered_at is null";

/** The outbox in the books' own database; `postgresStore` fills it. Does not own the pool. */
export function postgresOutbox(pool: pg.Pool): WebhookOutbox {
  return {
    async due(wallMs, limit) {
      const { rows } = await pool.query<{ readonly call_id: CallId }>(
        `select call_id from (
           select distinct on (call_id) call_id, due_at from webhook_events where ${OWED} order by call_id, seq) first
         where due_at <= $1 order by due_at limit $2`,
        [new Date(wallMs), limit],
      );
      return rows.map((row) => row.call_id);
    },
    async claim(callId, wallMs, leaseMs) {
      // Of two that ask at once, the later waits for the row, looks again, and finds that it is not due.
      const { rows } = await pool.query<EventRow>(
        `update webhook_events e set due_at = $3, attempts = attempts + 1, tried_since = coalesce(tried_since, $2)
         from calls c
         where c.id = e.call_id and ${OWED} and due_at <= $2 and e.id =
           (select id from webhook_events where call_id = $1 and ${OWED} order by seq limit 1)
         returning e.id, e.call_id, e.kind, c.webhook_url as url, e.created_at, e.attempts, e.tried_since`,
        [callId, new Date(wallMs), new Date(wallMs + leaseMs)],
      );
      const [row] = rows;
      return row && { ...eventOf(row), triedSince: row.tried_since.getTime() };
    },
    async delivered({ id, attempts }, wallMs) {
      await pool.query(`update webhook_events set delivered_at = $3, last_error = null where ${TRIED}`, [
        id,
        attempts,
        new Date(wallMs),
      ]);
    },
    async retry({ id, attempts }, dueMs, error) {
      await pool.query(`update webhook_events set due_at = $3, last_error = $4 where ${TRIED}`, [
        id,
        attempts,
        new Date(dueMs),
        clean(error),
      ]);
    },
    async bury({ id, attempts }, wallMs, error) {
      await pool.query(`update webhook_events set dead_at = $3, last_error = $4 where ${TRIED}`, [
        id,
        attempts,
        new Date(wallMs),
        clean(error),
      ]);
    },
    async dead(limit) {
      const { rows } = await pool.query<DeadRow>(
        `select e.id, call_id, kind, c.webhook_url as url, created_at, attempts, tried_since, last_error, dead_at
         from webhook_events e join calls c on c.id = call_id
         where ${DEAD} order by dead_at desc, seq desc limit $1`,
        [limit],
      );
      return rows.map(deadLetterOf);
    },
    async redrive(id, url) {
      const { rowCount } = await pool.query(
        `with again as (
           update webhook_events set dead_at = null, due_at = 'epoch', tried_since = null, attempts = 0
           where id = $1 and ${DEAD} returning call_id)
         update calls set webhook_url = coalesce($2, webhook_url) from again where calls.id = again.call_id`,
        [id, url === undefined ? null : clean(url)],
      );
      return rowCount === 1;
    },
  };
}

const eventOf = ({ id, call_id, kind, url, created_at, attempts }: EventRow) => ({
  id,
  callId: call_id,
  kind,
  url,
  createdAt: created_at.getTime(),
  attempts,
});

const deadLetterOf = (row: DeadRow): DeadLetter => ({
  ...eventOf(row),
  deadAt: row.dead_at.getTime(),
  error: row.last_error ?? "",
});
