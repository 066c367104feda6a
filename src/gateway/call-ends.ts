import type { CallEnd } from "../record/record.ts";

/** Ends after which there is nothing to hang up: the carrier's doing, or the caller goes on with somebody else. */
export const GONE: readonly CallEnd["how"][] = [
  "caller-hung-up",
  "carrier-lost",
  "never-connected",
  "not-answered",
  "transferred",
];
/** Ends that leave a caller on the line, by no wish of the agent's. */
export const BROKEN: readonly CallEnd["how"][] = ["failed", "carrier-lost", "never-connected"];
/** Ends after which a caller who was promised a telephone is connected to it all the same. */
export const STILL_LEAVES: readonly CallEnd["how"][] = ["transferred", "drain-forced", ...BROKEN];
