import type { Journals } from "../journal/journal.ts";
import type { Meter } from "../kit/meter.ts";
import type { CallId } from "../record/record.ts";
import { callErasure, type ErasureParts } from "./erasure.ts";
import type { Recordings } from "./jobs.ts";

export type RetentionParts = ErasureParts & {
  readonly journals: Pick<Journals, "remove" | "kept">;
  readonly recordings: Pick<Recordings, "remove" | "kept">;
  readonly meter: Meter;
  /** How long calls that are over are kept; `undefined`: until somebody erases them. */
  readonly retentionMs: number | undefined;
};

/** How often it is looked for. A day late is what nobody minds; an hour is that no start of a gateway need wait for it. */
export const RETENTION_EVERY_MS = 3_600_000;
/** At most so many are erased at a time, that calls which are up get their turn; the next look goes on. */
const BATCH = 50;
/** Ids are looked up so many at a time. */
const LOOK_UP = 500;

/** Erases what was kept long enough, and removes files of calls that were erased elsewhere. Rejects when the books do not answer. */
export async function sweepRetention(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  await eraseOld(parts, signal);
  await removeLeftovers(parts, signal);
}

/** A call that cannot be erased keeps no other from it, and comes again. */
async function eraseOld(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { erasures, retentionMs, clock, log, meter } = parts;
  if (retentionMs === undefined) return;
  const erasure = callErasure(parts);
  const failed = new Set<CallId>();
  for (let batch = BATCH; batch === BATCH && !signal.aborted; ) {
    // Those that failed are still the oldest.
    const old = await erasures.overBefore(clock.wall() - retentionMs, BATCH + failed.size);
    const ids = old.filter((id) => !failed.has(id)).slice(0, BATCH);
    batch = ids.length;
    for (const id of ids) {
      if (signal.aborted) return;
      try {
        await erasure.call(id);
        meter.count("calls_erased_total");
      } catch (error) {
        failed.add(id);
        meter.count("call_erasures_failed_total");
        log.error({ call: id, err: error }, "a call that was kept long enough could not be erased");
      }
    }
  }
}

/** Another process may have erased a call whose files are here, or a job may have come late with them. */
async function removeLeftovers(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { erasures, journals, recordings, log, meter } = parts;
  const ids = [...new Set([...(await journals.kept()), ...(await recordings.kept())])];
  for (let at = 0; at < ids.length && !signal.aborted; at += LOOK_UP) {
    for (const id of await erasures.erasedAmong(ids.slice(at, at + LOOK_UP))) {
      await recordings.remove(id, undefined);
      await journals.remove(id);
      meter.count("call_leftovers_removed_total");
      log.info({ call: id }, "what was left of an erased call was removed");
    }
  }
}
