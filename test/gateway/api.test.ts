import { createHash } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { wavHeader } from "../../src/audio/wav.ts";
import type { ApiDocument, DocumentedOperation } from "../../src/gateway/openapi.ts";
import { recordingText } from "../../src/journal/journal.ts";
import type { BookEntry, CallId, CarrierName } from "../../src/record/record.ts";
import type { StoredCall } from "../../src/store/store.ts";
import { callId, closed, decision, opened, turn } from "../store/entries.ts";
import { type World, world } from "./world.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const key = <S extends "read" | "control" | "admin">(...scopes: readonly S[]) => ({
  name: scopes.join(),
  scopes,
  sha256: sha256(scopes.join()),
});
const keys = [key("read"), key("control"), key("admin"), key("read", "control")];
/** A key with every scope but those that would do. */
const WRONG: Readonly<Record<string, string>> = { read: "control", control: "read", admin: "read,control" };

/** What a route is asked, as documented. */
type Example = {
  readonly id?: string;
  /** Where any key will do. */
  readonly key?: string;
  /** An id of the right form that is nobody's. */
  readonly unknownId?: string;
  readonly body?: object;
  readonly badBody?: object;
  readonly query?: string;
  readonly badQueries?: readonly (readonly [query: string, field: string])[];
};

const CALL = "call_0123abc";
const LETTER = "call.ended.call_1";
/** One that another process has. */
const FAR = "call_0far";
const ofFar: Example = { id: FAR, unknownId: "call_0" };
/** A session that is over, and one that another process has. */
const SESSION = "call_0web";
const FAR_SESSION = "call_0farweb";
const ofSession: Example = { id: SESSION, unknownId: "call_0" };
const ofCall: Example = { id: CALL, unknownId: "call_0" };
const EXAMPLES: Readonly<Record<string, Example>> = {
  listCalls: {
    query:
      "carrier=twilio&status=ended&how=failed,caller-hung-up&from=%2B919800000001&opened_after=2025-01-01T00:00:00Z&number=080-45678900&failed=true&limit=5",
    badQueries: [
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["limit=many", "limit"],
      ["limit=1&limit=2", "limit"],
      ["carrier=pigeon", "carrier"],
      ["status=ringing", "status"],
      ["how=failed,asleep", "how.1"],
      ["failed=maybe", "failed"],
      ["number=", "number"],
      ["opened_after=yesterday", "opened_after"],
      ["opened_before=2025-01-01", "opened_before"],
      ["q=&from=1", "q"],
      ["q=a%00b&from=1", "q"],
      ["q=order", "q"],
      ["opened_after=999999999999999", "opened_after"],
      ["cursor=nonsense", "cursor"],
      ["colour=red", "colour"],
    ],
  },
  getCall: ofCall,
  getTurns: ofCall,
  getDecisions: ofCall,
  getWaterfall: ofCall,
  getRecording: ofCall,
  getPeaks: {
    ...ofCall,
    query: "buckets=10",
    badQueries: [
      ["buckets=9", "buckets"],
      ["buckets=4001", "buckets"],
      ["colour=red", "colour"],
    ],
  },
  getCallLog: {
    ...ofCall,
    query: "from=0",
    badQueries: [
      ["from=-1", "from"],
      ["colour=red", "colour"],
    ],
  },
  replayCall: ofCall,
  makeFixture: ofCall,
  listAgents: {},
  getAgent: { id: "front-desk", unknownId: "back-desk" },
  getSummary: ofCall,
  getTranslation: ofCall,
  getRetranscription: ofCall,
  retranscribeCall: ofCall,
  getCallUsage: ofCall,
  getUsage: {
    query: "from=2026-09-01&to=2026-09-30&agent=front-desk",
    badQueries: [
      ["to=2026-09-31", "to"],
      ["from=yesterday&to=2026-09-30", "from"],
      ["from=2026-09-02&to=2026-09-01", "to"],
      ["from=2024-01-01&to=2026-01-01", "to"],
      ["from=2026-09-01&to=2026-09-30&colour=red", "colour"],
    ],
  },
  eraseCall: ofCall,
  eraseNumber: { body: { number: "+91 80 4567 8900" }, badBody: { number: "anonymous" } },
  placeCall: {
    body: {
      to: "+919800000001",
      from: "+918000000002",
      greeting: "Namaste",
      machine: { message: "Please call us back." },
    },
    badBody: { to: "my mother", from: "1", ring_seconds: 900, machine: 1 },
  },
  sayInCall: {
    ...ofFar,
    body: { text: "Still here.", interrupt: true },
    badBody: { text: "", interruptible: "maybe" },
  },
  messageDialog: { ...ofFar, body: { text: "Their order has left." }, badBody: { text: 1 } },
  sendEvent: { ...ofFar, body: { name: "cart", data: { items: 2 } }, badBody: { name: "" } },
  sendDigits: { ...ofFar, body: { digits: "1w2#" }, badBody: { digits: "12x" } },
  transferCall: { ...ofFar, body: { to: "+918000000009" }, badBody: { to: "reception", kind: "lukewarm" } },
  hangUpCall: { ...ofFar, body: { say: "Goodbye." }, badBody: { say: "" } },
  pauseRecording: ofFar,
  resumeRecording: ofFar,
  changeVoice: {
    ...ofFar,
    body: { language: "ta-IN", voice: "anushka" },
    badBody: { language: "fr-FR", listens_for: "all" },
  },
  createSession: {
    body: {
      system_prompt: "You sell shoes to {{name}}.",
      voice: "shubh",
      language: "hi-IN",
      llm_model: "sarvam-105b",
      tts_provider: "sarvam",
      max_duration_seconds: 300,
      variables: { name: "Asha" },
    },
    badBody: { voice: 5, language: "fr-FR", tts_provider: "parrot", max_duration_seconds: 29, llm: "any" },
  },
  listSessions: {
    query: "limit=5",
    badQueries: [
      ["limit=0", "limit"],
      ["cursor=nonsense", "cursor"],
      ["colour=red", "colour"],
    ],
  },
  getSession: ofSession,
  changeSession: {
    id: FAR_SESSION,
    unknownId: "call_0",
    body: { system_prompt: "Be brief.", variables: { name: "Asha" }, language: "ta-IN", voice: "kavitha" },
    badBody: { voice: "", language: "fr-FR" },
  },
  endSession: { id: FAR_SESSION, unknownId: "call_0" },
  getSessionTranscript: ofSession,
  followCalls: {},
  makeSoftphoneToken: {
    body: { identity: "asha_1", ttl_seconds: 60, incoming: true },
    badBody: { identity: "asha@home", ttl_seconds: 59, incoming: "yes", app: "AP1" },
  },
  listDeadLetters: {},
  redriveDeadLetter: {
    id: LETTER,
    unknownId: "call.ended.call_0",
    body: { url: "https://customer.example/new" },
    badBody: { url: "no address" },
  },
  logIn: { body: { key: "read" }, badBody: { key: "" } },
  getLogin: { key: "read" },
  logOut: {},
  getHealth: {},
  isAlive: {},
  isReady: {},
  readMetrics: {},
};

const folder = mkdtempSync(join(tmpdir(), "durvani-api-"));
afterAll(() => rmSync(folder, { recursive: true }));
const wav = join(folder, "call.wav");
writeFileSync(wav, Buffer.concat([wavHeader(2, 8000, 400), Buffer.alloc(400, 1)]));
const journal = join(folder, "call.jsonl");
const journalled = [{ atMs: 0, in: { kind: "final", utterance: 1, text: "hello" } }];
writeFileSync(journal, recordingText({ id: CALL as CallId, entries: journalled }));

const openedAs = (id: string, carrier: CarrierName): BookEntry => {
  const entry = opened(callId(id));
  return entry.kind === "open" ? { ...entry, opening: { ...entry.opening, carrier } } : entry;
};

const WRITE_UPS = (callId: CallId): Pick<StoredCall, "summary" | "translation" | "retranscription"> => ({
  summary: {
    callId,
    summary: "They asked for their order.",
    outcome: "resolved",
    sentiment: "neutral",
    extracted: { order: 7 },
    usage: { model: "m", tokens: { prompt: 2, cached: 0, completion: 1 } },
  },
  translation: {
    callId,
    language: "en-IN",
    model: "m",
    characters: 7,
    complete: true,
    lines: [{ by: "caller", text: "नमस्ते", atMs: 1, translation: "Hello" }],
  },
  retranscription: {
    callId,
    kind: "written",
    model: "m",
    language: "hi-IN",
    audioMs: 900,
    lines: [{ speaker: "0", text: "नमस्ते", fromMs: 0, toMs: 900 }],
  },
});

type Route = { readonly method: string; readonly url: string };

/** A gateway that knows a call, a recording and a dead letter; and every route that its server has. */
async function stage(): Promise<{
  readonly at: World;
  readonly routes: readonly Route[];
  readonly document: ApiDocument;
}> {
  const routes: Route[] = [];
  const watch = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook("onRoute", ({ method, url, websocket }) => {
      for (const one of [method].flat()) routes.push({ method: websocket ? "SOCKET" : one, url });
    });
  };
  diagnostics.subscribe("fastify.initialization", watch);
  const at = await world({ keys });
  diagnostics.unsubscribe("fastify.initialization", watch);
  const id = callId(CALL);
  const entries = [opened(id), { kind: "answered", at: 1 } as const, turn(1), decision(1), closed()];
  for (const entry of entries) at.memory.books.push({ id, entry });
  at.memory.books.push({ id: callId(FAR), entry: opened(callId(FAR)) });
  at.memory.elsewhere.set(callId(FAR), { ok: true });
  for (const [session, entries] of [
    [SESSION, [openedAs(SESSION, "web"), turn(1), closed()]],
    [FAR_SESSION, [openedAs(FAR_SESSION, "web")]],
  ] as const)
    for (const entry of entries) at.memory.books.push({ id: callId(session), entry });
  at.memory.elsewhere.set(callId(FAR_SESSION), { ok: true });
  at.memory.books.push({ id, entry: { kind: "recording", url: `/v1/calls/${CALL}/recording` } });
  at.memory.recordings.set(CALL, wav);
  at.memory.journals.set(CALL, journal);
  at.memory.writeUps.set(id, WRITE_UPS(id));
  at.memory.deadLetters.push({
    ...{ id: LETTER, callId: "call_1" as CallId, kind: "call.ended", url: "https://customer.example/hook" },
    ...{ createdAt: 1, attempts: 12, deadAt: 2, error: "the receiver answered 500" },
  });
  const document = (await (await fetch(`${at.origin}/openapi.json`)).json()) as ApiDocument;
  return { at, routes, document };
}

type Listed = DocumentedOperation & { readonly method: string; readonly path: string };
const listed = ({ paths }: ApiDocument): readonly Listed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  );

const { at: probe, document: DOCUMENT, routes: ROUTES } = await stage();
await probe.gateway.close();

/** Fails unless the answer is one that the document promises. */
async function answersAsDocumented(answer: Response, { responses, operationId }: Listed): Promise<unknown> {
  const documented = responses[answer.status];
  if (!documented) throw new Error(`${operationId}: ${answer.status} is not documented`);
  if (answer.status === 204) return expect([documented.content, await answer.text()]).toEqual([{}, ""]);
  const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
  const schema = documented.content[type]?.schema;
  if (!schema) throw new Error(`${operationId}: ${answer.status} is not documented as ${type}`);
  const whole = { ...schema, $defs: DOCUMENT.components.schemas };
  const here = JSON.parse(JSON.stringify(whole).replaceAll('"#/components/schemas/', '"#/$defs/'));
  const body = await bodyOf(answer, type);
  const found = z.fromJSONSchema(here).safeParse(body);
  expect(found.success, `${operationId} ${answer.status}: ${found.error && z.prettifyError(found.error)}`).toBe(true);
  return body;
}

async function bodyOf(answer: Response, type: string): Promise<unknown> {
  if (type === "application/json") return answer.json();
  if (type !== "text/event-stream") return answer.text();
  const reader = answer.body?.getReader();
  const first = Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
  const [, event, data] = /^event: (.*)\ndata: (.*)\n\n/.exec(first) ?? [];
  return { event, data: JSON.parse(data ?? "") };
}

type Sent = { readonly key?: string; readonly id?: string; readonly query?: string; readonly body?: unknown };

function ask({ origin }: World, { method, path }: Listed, { key, id, query, body }: Sent): Promise<Response> {
  const url = origin + path.replace(/\{\w+\}/, id ?? "") + (query === undefined ? "" : `?${query}`);
  return fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

const fieldsOf = (body: unknown): readonly string[] =>
  (body as { error: { details: { fields: { field: string }[] } } }).error.details.fields.map(({ field }) => field);

describe("the API is as /openapi.json says", () => {
  test("every route under /v1 is documented, and every documented one is there", () => {
    const [sockets, routes] = [true, false].map((wanted) =>
      ROUTES.filter(({ method, url }) => url.startsWith("/v1") && (method === "SOCKET") === wanted),
    );
    const followed = DOCUMENT.paths["/v1/events"]?.["get"]?.description;
    for (const { url } of sockets ?? []) expect(followed).toContain(`\`${url.replaceAll(/:(\w+)/g, "{$1}")}\``);
    const there = (routes ?? []).map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
    const documented = listed(DOCUMENT).map(({ method, path }) => `${method} ${path}`);
    expect(there.length).toBeGreaterThan(7);
    expect(documented.filter((one) => one.includes(" /v1")).sort()).toEqual(there.sort());
    expect(documented.filter((one) => !one.includes(" /v1"))).toEqual(["GET /healthz", "GET /readyz", "GET /metrics"]);
  });

  test("each is exercised here, and what the document refers to is in it", () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(
      listed(DOCUMENT)
        .map(({ operationId }) => operationId)
        .sort(),
    );
    for (const { operationId, parameters, requestBody } of listed(DOCUMENT)) {
      const { unknownId, badBody, badQueries } = EXAMPLES[operationId] ?? {};
      const places = parameters.map((parameter) => parameter.in);
      expect([unknownId !== undefined, badQueries !== undefined, badBody !== undefined], operationId).toEqual([
        places.includes("path"),
        places.includes("query"),
        requestBody !== undefined,
      ]);
    }
    const refs = [...JSON.stringify(DOCUMENT).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(refs.length).toBeGreaterThan(10);
    const known = Object.keys(DOCUMENT.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(refs)].sort()).toEqual(known.sort());
    expect(DOCUMENT).toMatchObject({ openapi: "3.1.0", servers: [{ url: "https://voice.example.test" }] });
    expect(JSON.stringify(DOCUMENT)).not.toContain("$defs");
  });

  describe.each(listed(DOCUMENT).map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s",
    (_name, operation) => {
      const scope = operation.security[0]?.key[0];
      const {
        id,
        unknownId,
        body,
        badBody,
        query,
        badQueries = [],
        key = scope,
      } = EXAMPLES[operation.operationId] ?? {};
      const good: Sent = { ...(key && { key }), ...(id && { id }), ...(query && { query }), body };

      test("answers as documented", async () => {
        const { at } = await stage();
        const answer = await ask(at, operation, good);
        expect(answer.status).toBeLessThan(300);
        expect(answer.headers.get("cache-control")).toMatch(/^(no-store|private, no-cache)$/);
        await answersAsDocumented(answer, operation);
        for (const { name, required } of operation.parameters)
          if (required) expect(operation.path).toContain(`{${name}}`);
      });

      if (scope)
        test("refuses who has no key, an unknown one, or one of another scope", async () => {
          const { at } = await stage();
          const { key: _, ...keyless } = good;
          const refused = [
            [401, keyless],
            [401, { ...good, key: "stranger" }],
            [403, { ...good, key: WRONG[scope ?? ""] ?? "" }],
          ] as const;
          for (const [status, sent] of refused) {
            const answer = await ask(at, operation, sent);
            expect(answer.status).toBe(status);
            await answersAsDocumented(answer, operation);
          }
          expect(at.memory.redriven).toEqual([]);
        });

      if (unknownId)
        test("does not find what is not there", async () => {
          const { at } = await stage();
          for (const other of [unknownId ?? "", "no-such-thing", "..%2F..%2Fetc"]) {
            const answer = await ask(at, operation, { ...good, id: other });
            expect([other, answer.status]).toEqual([other, 404]);
            await answersAsDocumented(answer, operation);
          }
        });

      if (badQueries.length > 0)
        test("names what is wrong with a query", async () => {
          const { at } = await stage();
          for (const [bad, field] of badQueries) {
            const answer = await ask(at, operation, { ...good, query: bad });
            expect([bad, answer.status]).toEqual([bad, 400]);
            expect(fieldsOf(await answersAsDocumented(answer, operation))).toEqual([field]);
          }
        });

      if (badBody)
        test("names what is wrong with a body", async () => {
          const { at } = await stage();
          const wrong = await ask(at, operation, { ...good, body: badBody });
          expect(wrong.status).toBe(422);
          expect(fieldsOf(await answersAsDocumented(wrong, operation))).toEqual(Object.keys(badBody ?? {}));
          const unreadable = await ask(at, operation, { ...good, body: "{" });
          expect(unreadable.status).toBe(400);
          await answersAsDocumented(unreadable, operation);
        });

      if (operation.responses["503"]?.description.includes("database") && scope)
        test("says so while the database is down", async () => {
          const { at } = await stage();
          at.memory.databaseUp = false;
          const answer = await ask(at, operation, good);
          expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
          await answersAsDocumented(answer, operation);
        });
    },
  );
});

test("what is nowhere or cannot be read is refused in the same shape", async () => {
  const { at } = await stage();
  const answer = await fetch(`${at.origin}/v1/nowhere`);
  expect([answer.status, await answer.json()]).toEqual([
    404,
    { error: { code: "not_found", message: "nothing is here" } },
  ]);
  for (const [path, status] of [
    ["/v1/calls/%zz", 400],
    [`/v1/calls/${"a".repeat(200)}`, 414],
  ] as const) {
    const unread = await fetch(at.origin + path);
    expect([unread.status, await unread.json()]).toEqual([
      status,
      { error: { code: expect.any(String), message: "the request could not be read" } },
    ]);
  }
});

test("/docs tells of every route, and takes nothing from elsewhere", async () => {
  const { at, document } = await stage();
  const answer = await fetch(`${at.origin}/docs`);
  const page = await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  for (const { method, path, parameters } of listed(document)) {
    expect(page).toContain(`<code>${method} ${path}</code>`);
    for (const { name } of parameters) expect(page).toContain(`<code>${name}</code>`);
  }
  for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="schema-${name}"`);
  const style = createHash("sha256")
    .update(/<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? "")
    .digest("base64");
  expect(answer.headers.get("content-security-policy")).toBe(
    `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(page).not.toMatch(/<script|<link|<img|style=|\son\w+=|undefined|\[object/);
  const hosts = [...page.matchAll(/https?:\/\/[^/'"<\s]+/g)].map(([host]) => host);
  expect(new Set(hosts)).toEqual(new Set(["https://voice.example.test"]));
});
