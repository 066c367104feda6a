import { expect, test } from "vitest";
import { sessionBody as accepted } from "../../src/gateway/session-schema.ts";
import {
  AuthenticationError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  SDKError,
  ServerError,
} from "../../src/page/client/errors.ts";
import { conversationSoFar, LANGUAGES, requestSession, sessionBody } from "../../src/page/client/session.ts";
import { LANGUAGES as SPOKEN } from "../../src/record/record.ts";

const SESSION = { id: "call_1", ws_url: "wss://gateway/web/media/t" };

/** A server that answers so, and what it was asked. */
function server(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    asked.push({ url: String(url), init });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  };
  return { asked, fetch };
}

const refusal = async (status: number, body: unknown = {}, headers: Record<string, string> = {}): Promise<SDKError> => {
  const { fetch } = server(status, body, headers);
  const error = await requestSession("/sessions", {}, { fetch }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SDKError)) throw new Error("no SDKError was thrown");
  return error;
};

test("S3.13: the page asks a server of the application's own, and needs no key", async () => {
  const { asked, fetch } = server(201, { ...SESSION, status: "created" });
  const session = await requestSession("/my/sessions", { agent: "desk" }, { fetch, headers: { "x-csrf": "1" } });
  expect(session).toMatchObject(SESSION);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toEqual({
    url: "/my/sessions",
    init: {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf": "1" },
      body: '{"agent":"desk"}',
    },
  });
});

test.each([
  [400, SDKError, "refused"],
  [401, AuthenticationError, "unauthorized"],
  [403, ForbiddenError, "forbidden"],
  [404, NotFoundError, "not_found"],
  [429, RateLimitError, "rate_limited"],
  [500, ServerError, "server_error"],
  [503, ServerError, "server_error"],
] as const)("S3.41: a refusal with %i has a type of its own", async (status, type, code) => {
  const error = await refusal(status, { error: { code: "x", message: "not today" } });
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ name: type.name, code, statusCode: status, message: "not today" });
});

test("S3.41: how long to wait is said where the server says it, in seconds", async () => {
  const waits: unknown[] = [];
  for (const headers of [{ "retry-after": "7" }, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, {}]) {
    const error = await refusal(429, {}, { ...headers });
    waits.push(error instanceof RateLimitError && error.retryAfter);
  }
  expect(waits).toEqual([7, undefined, undefined]);
});

test("a server that answers with a page, with nothing useful, or not at all is told from one that refuses", async () => {
  expect(await refusal(502, "<html>")).toMatchObject({ name: "ServerError", message: "the request was refused" });
  expect(await refusal(200, { id: 7 })).toMatchObject({ code: "no_session" });
  const fetch = (): Promise<Response> => Promise.reject(new TypeError("fetch failed"));
  await expect(requestSession("/sessions", {}, { fetch })).rejects.toMatchObject({ code: "unreachable" });
});

test("S3.3, S3.4, S3.9, S3.10, S3.12: agent, user, variables, language and first words go into the session", () => {
  const body = sessionBody({
    app_id: "desk",
    user_identifier: "asha@example.test",
    user_identifier_type: "email",
    agent_variables: { name: "Asha", orders: [1, 2] },
    initial_language_name: "ta-IN",
    initial_bot_message: "வணக்கம்",
  });
  expect(body).toEqual({
    agent: "desk",
    language: "ta-IN",
    greeting: "வணக்கம்",
    variables: {
      name: "Asha",
      orders: "[1,2]",
      user_identifier: "asha@example.test",
      user_identifier_type: "email",
      conversation: "",
    },
  });
  expect(accepted.safeParse(body).success).toBe(true);
  expect(accepted.safeParse(sessionBody({})).success).toBe(true);
});

test("a session that takes another's place is told what was said, and does not greet again", () => {
  const previous = {
    interactionId: "call_1",
    transcript: [
      { role: "bot", content: "Hello." },
      { role: "user", content: "Where is my order?" },
    ],
  } as const;
  const body = sessionBody({ initial_bot_message: "Hello.", agent_variables: { name: "Asha" } }, previous);
  expect(body).toEqual({
    greeting: "",
    variables: { name: "Asha", conversation: "Agent: Hello.\nUser: Where is my order?" },
  });
});

test("of a long conversation the end is told, in whole lines, as far as the gateway takes it", () => {
  const transcript = Array.from({ length: 500 }, (_, index) => ({ role: "user", content: `Line ${index}.` }) as const);
  const text = conversationSoFar({ interactionId: "call_1", transcript });
  expect(text.length).toBeGreaterThan(1_900);
  expect(text.startsWith("User: ")).toBe(true);
  expect(text.endsWith("Line 499.")).toBe(true);
  expect(accepted.safeParse(sessionBody({}, { interactionId: "call_1", transcript })).success).toBe(true);
});

test("S3.40: the eleven languages are those that agents speak", () => {
  expect([...LANGUAGES].sort()).toEqual([...SPOKEN].sort());
  expect(LANGUAGES).toHaveLength(11);
});
