import type pg from "pg";
import { FAILURES } from "../record/record.ts";
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
  const limit = value(query.limit);
  const page = (...more: readonly string[]): string => {
    const all = [...more, ...where];
    return `(select * from calls ${all.length > 0 ? `where ${all.join(" and ")}` : ""} ${NEWEST} limit ${limit})`;
  };
  const { number } = query;
  // A page for each side: no index holds the order of both.
  const found =
    number === undefined ? [page()] : ["from_number", "to_number"].map((side) => page(isNumber(side, value(number))));
  const text = `
    select calls.*, r.url as recording_url from (${found.join(" union ")}) calls left join recordings r on r.call_id = calls.id
    ${NEWEST} limit ${limit}`;
  return { text, values };
}

const NEWEST = "order by opened_at desc, id desc";

const isNumber = (column: string, name: string): string => `phone_number(${column}) = phone_number(${name}::text)`;

/** `value` takes what the condition compares with, and gives the name it has in SQL. */
function conditions(query: CallQuery, value: (given: unknown) => string): readonly string[] {
  const { carrier, agent, status, how, from, to, failed, openedAfter, openedBefore, words, after } = query;
  const found: string[] = [];
  if (carrier !== undefined) found.push(`carrier = ${value(carrier)}`);
  if (agent !== undefined) found.push(`agent = ${value(agent)}`);
  if (status !== undefined) found.push(`status = ${status === "open" ? "'open'" : "'ended'"}`);
  if (how !== undefined) found.push(`end_how = any(${value(how)}::text[])`);
  if (failed) found.push(`end_how = any(${value(FAILURES)}::text[])`);
  if (from !== undefined) found.push(isNumber("from_number", value(from)));
  if (to !== undefined) found.push(isNumber("to_number", value(to)));
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
