import type { Journals } from "../journal/journal.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import type { CallStore, Erasures } from "../store/store.ts";
import type { CallErasure, Recordings } from "./jobs.ts";

export type ErasureParts = {
  readonly store: Pick<CallStore, "call">;
  readonly erasures: Erasures;
  readonly journals: Pick<Journals, "remove">;
  readonly recordings: Pick<Recordings, "remove">;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Erases calls: first the sound, then the journal, then the rows, so that wherever it breaks off, the books still name what is left
 * and it can be done again. Files of another gateway's, on its own disk, are for that one's sweep, which finds them erased.
 */
export function callErasure(parts: ErasureParts): CallErasure {
  const { erasures, clock, log } = parts;
  return {
    call: (id) => eraseCall(parts, id),
    async number(number) {
      const { open, ids } = await erasures.ofNumber(number, clock.wall());
      if (open > 0) return { open };
      const { erased, stuck } = await eraseAll(parts, ids);
      log.info({ calls: erased }, "the calls of a number were erased");
      if (stuck) throw stuck;
      return { erased };
    },
  };
}

/** One that cannot be erased as things are set up keeps no other from it. */
async function eraseAll(
  parts: ErasureParts,
  ids: readonly CallId[],
): Promise<{ readonly erased: number; readonly stuck: ProviderError | undefined }> {
  let erased = 0;
  let stuck: ProviderError | undefined;
  for (const id of ids) {
    try {
      if ((await eraseCall(parts, id)) === "erased") erased += 1;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.retryable) throw error;
      stuck ??= error;
    }
  }
  return { erased, stuck };
}

async function eraseCall(parts: ErasureParts, id: CallId): ReturnType<CallErasure["call"]> {
  const { store, erasures, journals, recordings, clock, log } = parts;
  const standing = await erasures.standing(id, clock.wall());
  if (standing === "unknown" || standing === "open") return standing;
  // Of one that was erased files may still have come, or come back.
  await recordings.remove(id, (await store.call(id))?.recordingUrl);
  await journals.remove(id);
  if (standing === "erased") return "erased";
  const became = await erasures.erase(id, clock.wall());
  if (became === "erased") log.info({ call: id }, "a call was erased");
  return became;
}
