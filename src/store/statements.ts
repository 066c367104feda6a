/** Pieces that several statements are made of. */

/** Puts events out to customers. Kind and calls follow. */
export const TELL = "insert into webhook_events (call_id, kind) select id,";

/** A job's being done; `$1` is the call. The kind follows. */
export const DONE = `update owed_jobs set done_at = now(), attempts = attempts + 1, last_error = null
  where call_id = $1 and done_at is null and kind =`;

/** PostgreSQL's text holds neither the zero character nor half a surrogate pair. */
export function clean(text: string): string {
  return Buffer.from(text.replaceAll("\0", "")).toString();
}

export function json(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? clean(part) : part));
}
