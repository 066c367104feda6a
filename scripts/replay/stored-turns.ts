import { z } from "zod";
import { systemClock } from "../../src/kit/clock.ts";
import type { Turn } from "../../src/record/record.ts";

/** The books are written behind the call. */
const TRIES = 50;
const BETWEEN_MS = 200;

const stored = z.object({
  status: z.string(),
  turns: z.array(
    z.custom<Turn>((value) => z.object({ seq: z.number(), userText: z.string() }).safeParse(value).success),
  ),
});

/** The turns of a call that is over, by the gateway's API; `undefined` where it does not let us in or does not have the end in time. */
export async function storedTurns(url: string, callId: string, apiKey?: string): Promise<readonly Turn[] | undefined> {
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await fetch(new URL(`/v1/calls/${callId}`, url), { headers });
    if (answer.status === 401 || answer.status === 403) return undefined;
    const { data } = stored.safeParse(await answer.json());
    if (data?.status === "ended") return data.turns;
    await systemClock.sleep(BETWEEN_MS, new AbortController().signal);
  }
  return undefined;
}
