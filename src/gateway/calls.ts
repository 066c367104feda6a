import { z } from "zod";
import { type CallId, FAILURES } from "../record/record.ts";
import type { CallSummary, StoredCall } from "../store/store.ts";
import { ApiError } from "./api-error.ts";
import {
  call,
  callParams,
  callStatus,
  callSummary,
  carrier,
  decision,
  ending,
  replyTimes,
  turn,
} from "./call-schema.ts";
import { type Operation, operation } from "./operation.ts";
import { oneSearchAtATime } from "./search.ts";
import type { Site } from "./site.ts";
import { waterfall } from "./waterfall.ts";

/** PostgreSQL takes no zero characters. */
const text = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((written) => !written.includes("\0"), "must not hold a zero character");
const moment = z
  .union(
    [z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,14}$/)],
    "must be an ISO 8601 time or ms since 1970",
  )
  .transform((written) => (/^\d+$/.test(written) ? Number(written) : Date.parse(written)));

/** What keeps a search from reading every turn of every call. */
const BOUNDS = ["opened_after", "from", "to", "number"] as const;

/** How a list is read page by page. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .transform((written, context) => {
      const place = cursorPlace(written);
      if (!place) context.addIssue("is none of ours: give next_cursor as it was given");
      return place ?? z.NEVER;
    })
    .optional()
    .describe("`next_cursor` of the page before"),
};

const listFields = z.strictObject({
  carrier: carrier.optional(),
  agent: text.optional().describe("The agent's name"),
  status: callStatus.optional(),
  how: z
    .string()
    .transform((written) => written.split(","))
    .pipe(z.array(ending))
    .optional()
    .describe(`How it ended; several with commas between: ${ending.options.join(", ")}`),
  from: text.optional().describe("The caller's number, in any way of writing it"),
  to: text.optional().describe("The dialled number, in any way of writing it"),
  number: text.optional().describe("Either of the two, in any way of writing it"),
  failed: z
    .literal("true")
    .transform(() => true as const)
    .optional()
    .describe(`Ended in a way that nobody wanted: ${FAILURES.join(", ")}`),
  opened_after: moment.optional().describe("ISO 8601, or ms since 1970"),
  opened_before: moment.optional().describe("ISO 8601, or ms since 1970"),
  q: text
    .optional()
    .describe(
      `Words the caller said or heard, as they are written, in any case; needs one of ${BOUNDS.join(", ")} beside it`,
    ),
  ...pageFields,
});

const listQuery = listFields.refine(
  (query) => query.q === undefined || BOUNDS.some((bound) => query[bound] !== undefined),
  { path: ["q"], error: `needs one of ${BOUNDS.join(", ")} beside it` },
);

const callList = z.object({
  calls: z.array(callSummary),
  next_cursor: z.string().optional().describe("For the next page; absent on the last one"),
});

const NO_BOOKS = { 503: "The database does not answer" };

/** Calls as the books have them. */
export function callOperations(site: Site): readonly Operation[] {
  const one = { method: "GET", scope: "read", params: callParams, errors: NO_BOOKS } as const;
  const search = oneSearchAtATime(() => read(site, () => site.parts.store.ping()));
  return [
    operation({
      id: "listCalls",
      method: "GET",
      path: "/v1/calls",
      scope: "read",
      summary: "Calls, newest first",
      description:
        "Those that fit every condition given. Calls that are opened meanwhile move no page. Requests with `q` are answered one at a " +
        "time: another is 503 at once.",
      query: listQuery,
      answer: { description: "A page of calls", schema: callList },
      errors: {
        503: `${NO_BOOKS[503]}, or a request with \`q\` is being answered: \`Retry-After\` says when to ask again`,
      },
      run: ({ query, reply }) => (query.q === undefined ? page(site, query) : search(reply, () => page(site, query))),
    }),
    operation({
      ...one,
      id: "getCall",
      path: "/v1/calls/{id}",
      summary: "A call with everything that is known of it",
      answer: { description: "The call", schema: call },
      run: async ({ params }) => {
        const { usage: _, ...call } = await callOf(site, params.id);
        return call;
      },
    }),
    operation({
      ...one,
      id: "getTurns",
      path: "/v1/calls/{id}/turns",
      summary: "What was said: each answer as generated, as sent and as heard",
      answer: { description: "Its turns", schema: z.object({ turns: z.array(turn) }) },
      run: async ({ params }) => ({ turns: (await callOf(site, params.id)).turns }),
    }),
    operation({
      ...one,
      id: "getDecisions",
      path: "/v1/calls/{id}/decisions",
      summary: "What was decided, why, and what would have changed it",
      answer: { description: "Its decisions", schema: z.object({ decisions: z.array(decision) }) },
      run: async ({ params }) => ({ decisions: (await callOf(site, params.id)).decisions }),
    }),
    operation({
      ...one,
      id: "getWaterfall",
      path: "/v1/calls/{id}/waterfall",
      summary: "Of each reply, when its parts happened",
      answer: { description: "Its replies", schema: z.object({ replies: z.array(replyTimes) }) },
      run: async ({ params }) => {
        const { turns, decisions } = await callOf(site, params.id);
        return { replies: waterfall(turns, decisions) };
      },
    }),
  ];
}

async function page(site: Site, { limit, ...query }: z.output<typeof listQuery>) {
  const { opened_after: openedAfter, opened_before: openedBefore, q: words, cursor: after, ...same } = query;
  // One more than asked tells whether there is a next page.
  const wanted = { ...same, openedAfter, openedBefore, words, after, limit: limit + 1 };
  const found = await read(site, () => site.parts.store.calls(wanted));
  const calls = found.slice(0, limit);
  const last = calls.at(-1);
  return { calls, ...(last && found.length > limit && { next_cursor: cursorAt(last) }) };
}

/** The call of this id. Throws an `ApiError`: 404 without one, 503 when the books cannot be read. */
export async function callOf(site: Site, id: string): Promise<StoredCall> {
  const found = await read(site, () => site.parts.store.call(id as CallId));
  if (!found) throw new ApiError(404, "no such call");
  return found;
}

/** SQLSTATE classes 22 and 42: what we asked made no sense. Asking again helps nobody, so they are no 503. */
const OUR_MISTAKE = /^(22|42)[0-9A-Z]{3}$/;

/** What the books answer. Throws an `ApiError` (503) when they cannot be read, and what they say of a mistake of ours as it is. */
export async function read<T>({ parts }: Site, books: () => Promise<T>): Promise<T> {
  try {
    return await books();
  } catch (error) {
    if (error instanceof Error && "code" in error && OUR_MISTAKE.test(String(error.code))) throw error;
    parts.log.warn({ err: error }, "the books could not be read");
    throw new ApiError(503, "the database does not answer");
  }
}

type Place = Pick<CallSummary, "id" | "openedAt">;

export const cursorAt = ({ openedAt, id }: Place): string => Buffer.from(`${openedAt} ${id}`).toString("base64url");

function cursorPlace(cursor: string): Place | undefined {
  const [, openedAt, id] = /^(\d{1,14}) (call_\w{1,64})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  return openedAt === undefined || id === undefined ? undefined : { openedAt: Number(openedAt), id: id as CallId };
}
