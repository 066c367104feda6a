import { z } from "zod";
import type { CallId } from "../record/record.ts";
import type { CallSummary, StoredCall } from "../store/store.ts";
import { ApiError } from "./api-error.ts";
import { callParams } from "./call-schema.ts";
import { callOf, cursorAt, pageFields, read } from "./calls.ts";
import { tell } from "./controls.ts";
import { IDEMPOTENCY, IDEMPOTENCY_ERRORS, Idempotency } from "./idempotency.ts";
import { type Operation, operation } from "./operation.ts";
import {
  newSession,
  type Session,
  type SessionBody,
  segments,
  session,
  sessionBody,
  sessionChange,
  sessionList,
} from "./session-schema.ts";
import { startSession } from "./session-start.ts";
import type { Site } from "./site.ts";
import { TICKET_LIFE_MS } from "./tickets.ts";
import { WITHOUT_SOCKETS } from "./web-audio.ts";

const BOOKS = "The database does not answer";
const listQuery = z.strictObject(pageFields);

/** Conversations by a socket of ours: no telephone is needed. Each is a call like any other, with the same id at `/v1/calls`. */
export function sessionOperations(site: Site): readonly Operation[] {
  const once = new Idempotency<z.output<typeof newSession>>(site.parts.clock);
  const path = "/v1/voice/sessions/{id}";
  const one = { path, params: callParams, answer: { description: "The session", schema: session } } as const;
  return [
    operation({
      id: "createSession",
      method: "POST",
      path: "/v1/voice/sessions",
      scope: "control",
      summary: "Makes an agent that waits at a socket of its own, and greets who opens it",
      description: `${IDEMPOTENCY} ${WITHOUT_SOCKETS}`,
      body: sessionBody,
      status: 201,
      answer: { description: "The session, and where its socket is", schema: newSession },
      errors: {
        ...IDEMPOTENCY_ERRORS,
        503: "There is no room for another call, or `details` says the `status` of a model that cannot be used now",
      },
      run: ({ body, request, reply }) => once.answer(request, reply, async () => begin(site, body)),
    }),
    operation({
      id: "listSessions",
      method: "GET",
      path: "/v1/voice/sessions",
      scope: "read",
      summary: "Sessions, newest first",
      query: listQuery,
      answer: { description: "A page of sessions", schema: sessionList },
      errors: { 503: BOOKS },
      run: ({ query }) => list(site, query),
    }),
    operation({
      ...one,
      id: "getSession",
      method: "GET",
      scope: "read",
      summary: "A session, and how it stands",
      errors: { 503: BOOKS },
      run: ({ params }) => sessionOf(site, params.id),
    }),
    operation({
      ...one,
      id: "changeSession",
      method: "PATCH",
      scope: "control",
      summary: "Changes what is said and how, in mid-call",
      body: sessionChange,
      errors: {
        409: "The session is over, or nobody is on the line yet",
        503: BOOKS,
        504: "Its process did not answer",
      },
      async run({ params, body }) {
        await sessionOf(site, params.id);
        const done = await tell(site, params.id, { do: "session", ...body });
        if (!done.ok) throw new ApiError(done.status, done.message);
        return sessionOf(site, params.id);
      },
    }),
    operation({
      ...one,
      id: "endSession",
      method: "DELETE",
      scope: "control",
      summary: "Ends a session; one that is over stays as it is",
      errors: { 409: "No process has it any more", 503: BOOKS, 504: "Its process did not answer" },
      run: ({ params }) => end(site, params.id),
    }),
    operation({
      id: "getSessionTranscript",
      method: "GET",
      path: `${path}/transcript`,
      scope: "read",
      summary: "What was said so far",
      params: callParams,
      answer: { description: "Its segments, in speaking order", schema: segments },
      errors: { 503: BOOKS },
      async run({ params: { id } }) {
        const { status } = await sessionOf(site, id);
        const stored = await read(site, () => site.parts.store.call(id as CallId));
        return { id, status, segments: stored ? segmentsOf(stored) : [] };
      },
    }),
  ];
}

function begin(site: Site, body: SessionBody): z.output<typeof newSession> {
  const { call, ticket: token } = startSession(site, body);
  site.calls.tickets.issue(call, TICKET_LIFE_MS, token);
  const made = site.sessions.view(call.id);
  if (!made) throw new Error("a session that nobody knows");
  const ws_url = `${site.publicUrl().replace(/^http/, "ws")}/web/media/${token}`;
  return { ...made, ws_url, token, expires_at: site.parts.clock.wall() + TICKET_LIFE_MS };
}

/** Of this process, or as the books have it. Throws an `ApiError`: 404 where it is no session. */
async function sessionOf(site: Site, id: string): Promise<Session> {
  const here = site.sessions.view(id);
  if (here) return here;
  const stored = await callOf(site, id);
  if (stored.carrier !== "web") throw new ApiError(404, "no such session");
  return ofBooks(stored);
}

function ofBooks({ id, agent, language, openedAt, answeredAt, endedAt, end, status }: CallSummary): Session {
  const open = answeredAt === undefined ? "created" : "active";
  return {
    id,
    status: status === "ended" ? "ended" : open,
    ...(end && { how: end.how }),
    agent,
    language,
    created_at: openedAt,
    ...(answeredAt !== undefined && { started_at: answeredAt }),
    ...(endedAt !== undefined && { ended_at: endedAt }),
  };
}

async function list(site: Site, { limit, cursor: after }: z.output<typeof listQuery>) {
  // One more than asked tells whether there is a next page.
  const found = await read(site, () => site.parts.store.calls({ carrier: "web", after, limit: limit + 1 }));
  const page = found.slice(0, limit);
  const known = page.map((call) => site.sessions.view(call.id) ?? ofBooks(call));
  const since = found[0]?.openedAt ?? Number.NEGATIVE_INFINITY;
  // On their way into the books.
  const booked = new Set<string>(found.map(({ id }) => id));
  const newest = after
    ? []
    : site.sessions.live().filter(({ id, created_at }) => created_at > since && !booked.has(id));
  const last = page.at(-1);
  return {
    sessions: [...newest.toReversed(), ...known],
    ...(last && found.length > limit && { next_cursor: cursorAt(last) }),
  };
}

async function end(site: Site, id: string): Promise<Session> {
  const { status } = await sessionOf(site, id);
  if (status === "ended") return sessionOf(site, id);
  const here = site.calls.byId(id);
  const done = await tell(site, id, { do: "hang-up" });
  if (!done.ok) throw new ApiError(done.status, done.message);
  await here?.ended;
  return sessionOf(site, id);
}

function segmentsOf({ turns, transcript }: StoredCall): z.output<typeof segments>["segments"] {
  if (transcript)
    return transcript.lines.map(({ by, text, atMs }) => ({
      who: by === "caller" ? "user" : "agent",
      text,
      final: true,
      at_ms: atMs,
    }));
  return turns.flatMap(({ userText, agentHeard, startedMs, endedMs }) =>
    (
      [
        ["user", userText],
        ["agent", agentHeard],
      ] as const
    )
      .filter(([, text]) => text !== "")
      .map(([who, text]) => ({ who, text, final: who === "user" || endedMs !== undefined, at_ms: startedMs })),
  );
}
