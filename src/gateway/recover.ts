import type { JobQueue } from "../jobs/jobs.ts";
import type { Journals, Unfinished } from "../journal/journal.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { readableEntry } from "../record/redaction.ts";
import type { Books, CallStore } from "../store/store.ts";

export type RecoveryParts = {
  readonly journals: Journals;
  readonly books: Books;
  readonly store: Pick<CallStore, "owedBy">;
  readonly jobs: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Closes the calls of a process that died: their journals are played into the books, which changes nothing where they have
 * been before, an end is added where there was none, and their jobs are queued. Never rejects; resolves with the number of
 * calls found, when all of them are in the database, or their journals stay for the next start.
 */
export async function recoverCalls(parts: RecoveryParts): Promise<number> {
  const found = await parts.journals.unfinished().catch((error: unknown) => {
    parts.log.error({ err: error }, "the journals cannot be listed; the next start recovers what they hold");
    return [];
  });
  await Promise.all(
    found.map((call) =>
      recover(parts, call).catch((error: unknown) => {
        parts.log.error({ call: call.id, err: error }, "a call was not recovered; the next start tries again");
      }),
    ),
  );
  return found.length;
}

async function recover({ journals, books, store, jobs, clock, log }: RecoveryParts, call: Unfinished): Promise<void> {
  const { id, entries, lastAtMs } = call;
  const opening = entries.find((entry) => entry.kind === "open")?.opening;
  if (!opening) {
    // It died before its first line was whole: nothing was acknowledged, so nothing is lost.
    log.warn({ call: id }, "an unfinished journal holds no call");
    return journals.settle(id);
  }
  for (const entry of entries) books.write(id, readableEntry(entry, opening.redact));
  if (!entries.some((entry) => entry.kind === "close")) {
    // The journal's last moment, as far as it is known; never after now, whatever a clock did in between.
    const endedAt = Math.min(opening.openedAt + Math.round(lastAtMs), clock.wall());
    const end = { how: "interrupted", detail: "the gateway stopped in mid-call" } as const;
    books.write(id, { kind: "close", closing: { end, endedAt } });
    log.warn(
      { call: id, turns: entries.filter((entry) => entry.kind === "turn").length },
      "an interrupted call was closed",
    );
  }
  await books.settled(id);
  await journals.settle(id);
  try {
    for (const kind of await store.owedBy(id)) await jobs.add({ kind, callId: id });
  } catch (error) {
    log.warn({ call: id, err: error }, "a recovered call's job was not queued; the sweep will do it");
  }
}
