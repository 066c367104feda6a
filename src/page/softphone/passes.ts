import { ask } from "../ui/api.ts";
import type { Pass } from "./line.ts";

/** As long as the gateway gives them: none is taken in a call, and calls may be long. */
const TTL_SECONDS = 3600;

/** Asks our own gateway, as whoever is logged in. Rejects with a `Refusal`. */
export const fetchOwnPass = (identity: string | undefined): Promise<Pass> =>
  ask<Pass>("POST", "/v1/softphone/token", { ttl_seconds: TTL_SECONDS, incoming: true, identity });
