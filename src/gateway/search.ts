import type { FastifyReply } from "fastify";
import { ApiError } from "./api-error.ts";

/**
 * Lets one search at a time look through what was said: it reads many turns, and on PGlite, which has one session, everybody waits for
 * it. Another is refused with an `ApiError` (503) that says when to ask again. One that failed may run on in the database, whatever we
 * were told: the next one waits for `answers` first, which rejects while the database is busy.
 */
export function oneSearchAtATime(answers: () => Promise<void>) {
  let searching = false;
  let mayRunOn = false;
  return async <T>(reply: FastifyReply, search: () => Promise<T>): Promise<T> => {
    if (searching) {
      void reply.header("retry-after", 1);
      throw new ApiError(503, "another request with q is being answered, and they go one at a time; ask again in 1 s");
    }
    searching = true;
    try {
      if (mayRunOn) await answers();
      mayRunOn = true;
      const found = await search();
      mayRunOn = false;
      return found;
    } finally {
      searching = false;
    }
  };
}
