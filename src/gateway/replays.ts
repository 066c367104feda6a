import { z } from "zod";
import type { Redaction } from "../record/record.ts";
import { readable } from "../record/redaction.ts";
import type { StoredCall } from "../store/store.ts";
import { ApiError } from "./api-error.ts";
import { isGone, NO_JOURNAL, pathOfJournal } from "./call-journal.ts";
import { callParams } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { ReplayDifference, Replaying } from "./replaying.ts";
import type { Site } from "./site.ts";

const difference = z.object({
  atMs: z.number().describe("When in the call; ms since it began"),
  about: z.string(),
  was: z.string(),
  now: z.string(),
  cause: z.string().describe("What else is not as it was, and may be why").optional(),
});

const report = z
  .object({
    same: z.boolean().describe("Nothing is different"),
    events: z.number().describe("How many events entered the call"),
    tookMs: z.number().describe("How long it took; ms"),
    callMs: z.number().describe("How long the call lasted; ms"),
    differences: z.array(difference).describe("The first one first"),
  })
  .meta({ id: "ReplayReport", description: "What came of it when everything that entered a call entered it again." });

const RETRY_S = 5;
const ERRORS = {
  404: NO_JOURNAL,
  409: "The call is not over, or its journal cannot be replayed, and why",
  503: "The database does not answer; or another call is being replayed, and `Retry-After` says when to ask again; or it took too long",
};
const KEEPS = "Live calls are not held up. One is done at a time.";

/** `POST /v1/calls/{id}/replay` and `…/fixture`: the call's journal, played through the real call under a virtual clock. */
export function replayOperations(site: Site): readonly Operation[] {
  const one = { method: "POST", params: callParams, errors: ERRORS } as const;
  return [
    operation({
      ...one,
      id: "replayCall",
      path: "/v1/calls/{id}/replay",
      scope: "control",
      summary: "Plays the call again, and says what is different",
      description: `Everything that entered the call enters it again, at its own instant, under the policy of today. ${KEEPS}`,
      answer: { description: "What came of it", schema: report },
      run: async ({ params, reply }) => {
        const { call, path } = await journalled(site, params.id);
        const replayed = await done(site.parts.replays.replay(path), () => reply.header("retry-after", RETRY_S));
        const differences = replayed.differences.map((it) => readableDifference(it, call.redact));
        return { same: differences.length === 0, ...replayed, differences };
      },
    }),
    operation({
      ...one,
      id: "makeFixture",
      path: "/v1/calls/{id}/fixture",
      scope: "admin",
      summary: "The call's journal without personal data, to make a test of",
      description: `Without sound, and masked: numbers, addresses and keys. It replays without a difference; \`npm run fixture\` makes a folder of it. ${KEEPS}`,
      answer: {
        description: "A JSON object per line",
        schema: z.string(),
        contentType: "application/x-ndjson",
      },
      run: async ({ params, reply }) => {
        const { call, path } = await journalled(site, params.id);
        const made = site.parts.replays.fixture(path);
        const text = await done(made, () => reply.header("retry-after", RETRY_S));
        return reply
          .type("application/x-ndjson")
          .header("content-disposition", `attachment; filename="${call.id}.jsonl"`)
          .send(text);
      },
    }),
  ];
}

async function journalled(site: Site, id: string): Promise<{ readonly call: StoredCall; readonly path: string }> {
  const call = await callOf(site, id);
  if (call.status === "open") throw new ApiError(409, "the call is not over");
  return { call, path: await pathOfJournal(site, call.id) };
}

async function done<T>(replaying: Promise<Replaying<T>>, later: () => void): Promise<T> {
  const came = await replaying.catch((error: unknown) => {
    throw isGone(error) ? new ApiError(404, NO_JOURNAL) : error;
  });
  switch (came.kind) {
    case "done":
      return came.answer;
    case "impossible":
      throw new ApiError(409, came.why);
    case "busy":
      later();
      throw new ApiError(503, `another call is being replayed, and they go one at a time; ask again in ${RETRY_S} s`);
    case "late":
      throw new ApiError(503, `it takes longer than ${came.afterMs / 1000} s: the commands have no such limit`);
    default:
      return came satisfies never;
  }
}

/** Its words are from the journal, which holds all that was said. */
function readableDifference(it: ReplayDifference, redact: Redaction | undefined): ReplayDifference {
  const shown = (text: string): string => readable(text, redact);
  const { cause } = it;
  return {
    ...it,
    about: shown(it.about),
    was: shown(it.was),
    now: shown(it.now),
    ...(cause !== undefined && { cause }),
  };
}
