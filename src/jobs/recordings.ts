import { join } from "node:path";
import type { Clock } from "../kit/clock.ts";
import { diskRecordings } from "./disk-recordings.ts";
import type { Recordings } from "./jobs.ts";
import { type S3Place, s3Recordings } from "./s3-recordings.ts";

/** What of the configuration says where recordings go. */
export type RecordingsPlace = {
  readonly state: { readonly dataDir: string };
  readonly recordings: { readonly s3: S3Place | undefined };
};

/** In the bucket where there is one, else in `<DATA_DIR>/recordings`, where they are written in any case. */
export function openRecordings({ state, recordings: { s3 } }: RecordingsPlace, clock: Clock): Recordings {
  const dir = join(state.dataDir, "recordings");
  return s3 ? s3Recordings(s3, dir, clock) : diskRecordings(dir);
}
