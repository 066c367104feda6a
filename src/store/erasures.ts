import type pg from "pg";
import type { CallId } from "../record/record.ts";
import type { Erasures } from "./store.ts";

/** An open call that began before this is nobody's any more. */
const LOST_MS = 24 * 3_600_000;
const isOpen = (wallMs: string): string =>
  `(status = 'open' and opened_at > ${wallMs}::timestamptz - interval '${LOST_MS} milliseconds')`;

/** A job of the call that finishes in this moment may hold what erasing needs, and wait for the call: the server ends one of both. */
const TRIES = 3;
const isDeadlock = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "40P01";

async function eraseOnce(pool: pg.Pool, id: CallId, wallMs: number): ReturnType<Erasures["erase"]> {
  type Row = { readonly became: "unknown" | "open" | "erased" };
  const { rows } = await pool.query<Row>("select erase_call($1, $2) as became", [id, new Date(wallMs)]);
  return rows[0]?.became ?? "unknown";
}

type IdRow = { readonly id: CallId };

/** Erasure in PostgreSQL. What it comes to is written in the database itself, beside what keeps late comers out. */
export function postgresErasures(pool: pg.Pool): Erasures {
  return {
    async overBefore(beforeMs, limit) {
      const { rows } = await pool.query<IdRow>(
        `select id from calls where erased_at is null and coalesce(ended_at, opened_at) < $1
           and (status = 'ended' or opened_at < $1::timestamptz - interval '${LOST_MS} milliseconds')
         order by coalesce(ended_at, opened_at) limit $2`,
        [new Date(beforeMs), limit],
      );
      return rows.map(({ id }) => id);
    },
    async ofNumber(number, wallMs) {
      const { rows } = await pool.query<IdRow & { readonly open: boolean }>(
        `select id, ${isOpen("$2")} as open from calls
         where erased_at is null and phone_number($1::text) in (phone_number(from_number), phone_number(to_number))
         order by opened_at`,
        [number, new Date(wallMs)],
      );
      return { open: rows.filter(({ open }) => open).length, ids: rows.map(({ id }) => id) };
    },
    async standing(id, wallMs) {
      const { rows } = await pool.query<{ readonly standing: "open" | "over" | "erased" }>(
        `select case when erased_at is not null then 'erased' when ${isOpen("$2")} then 'open' else 'over' end as standing
         from calls where id = $1`,
        [id, new Date(wallMs)],
      );
      return rows[0]?.standing ?? "unknown";
    },
    async erase(id, wallMs) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await eraseOnce(pool, id, wallMs);
        } catch (error) {
          if (attempt === TRIES || !isDeadlock(error)) throw error;
        }
      }
    },
    async erasedAmong(ids) {
      const { rows } = await pool.query<IdRow>(
        "select id from calls where id = any($1::text[]) and erased_at is not null",
        [ids],
      );
      return rows.map(({ id }) => id);
    },
  };
}
