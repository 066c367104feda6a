import type pg from "pg";
import { type CallSummaryRow, callSummary } from "./call-row.ts";
import type { CallQuery, CallSummary } from "./store.ts";

export async function listCalls(pool: pg.Pool, query: CallQuery): Promise<readonly CallSummary[]> {
  const { rows } = await pool.query<CallSummaryRow>(listQuery(query));
  return rows.map(callSummary);
}

/** Indexes hold the order, with and without a condition before it, so that a page costs the same wherever it begins. */
export function listQuery(query: CallQuery): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const where = conditions(query, value);
  const text = `
    select calls.*, r.url as recording_url from calls left join recordings r on r.call_id = calls.id
    ${where.length > 0 ? `where ${where.join(" and ")}` : ""}
    order by opened_at desc, id desc limit ${value(query.limit)}`;
  return { text, values };
}

/** `value` takes what the condition compares with, and gives the name it has in SQL. */
function conditions(query: CallQuery, value: (given: unknown) => string): readonly string[] {
  const { carrier, agent, status, how, from, to, openedAfter, openedBefore, words, after } = query;
  const found: string[] = [];
  if (carrier !== undefined) found.push(`carrier = ${value(carrier)}`);
  if (agent !== undefined) found.push(`agent = ${value(agent)}`);
  if (status !== undefined) found.push(`status = ${status === "open" ? "'open'" : "'ended'"}`);
  if (how !== undefined) found.push(`end_how = any(${value(how)}::text[])`);
  if (from !== undefined) found.push(`phone_number(from_number) = phone_number(${value(from)}::text)`);
  if (to !== undefined) found.push(`phone_number(to_number) = phone_number(${value(to)}::text)`);
  if (openedAfter !== undefined) found.push(`opened_at > ${value(new Date(openedAfter))}`);
  if (openedBefore !== undefined) found.push(`opened_at < ${value(new Date(openedBefore))}`);
  if (after) found.push(`(opened_at, id) < (${value(new Date(after.openedAt))}, ${value(after.id)})`);
  if (words !== undefined) {
    const pattern = value(`%${words.replace(/[\\%_]/g, "\\$&")}%`);
    found.push(`exists (select from turns t where t.call_id = calls.id
      and (t.user_text ilike ${pattern} or t.agent_heard ilike ${pattern}))`);
  }
  return found;
}
