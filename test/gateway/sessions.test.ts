import { describe, expect, test, vi } from "vitest";
import { warmCall } from "../../src/call/call.ts";
import type { CallId } from "../../src/record/record.ts";
import { speech } from "./speech.ts";
import { ask, create, join, SESSIONS, sessionWorld, socketOf, startAs, told, wishedAgents } from "./web.ts";
import { connect, dial, media, type World } from "./world.ts";

const PROMPT = { system_prompt: "You sell shoes." };
/** The conversation of the session that was made last, once its stream has begun. */
const begun = (at: World) =>
  vi.waitFor(() => {
    const call = at.calls.at(-1);
    if (!call?.signals.some(({ kind }) => kind === "started")) throw new Error("not started yet");
    return call;
  });

describe("making a session", () => {
  test("S4.7, S4.9, S4.10: a key and a prompt give an id, a socket of ours, its token and a status", async () => {
    const at = await sessionWorld();
    const wanted = { voice: "priya", language: "en-IN", llm_model: "sarvam-105b", tts_provider: "sarvam" };
    const { status, body } = await create(at, { ...PROMPT, ...wanted, max_duration_seconds: 60 });
    expect(status).toBe(201);
    expect(body).toEqual({
      ...{ id: expect.stringMatching(/^call_/), status: "created", agent: "session", ...wanted },
      ...{ max_duration_seconds: 60, token: expect.stringMatching(/^[\w-]{43}$/) },
      ws_url: `wss://voice.example.test/web/media/${body.token}`,
      created_at: at.clock.wall(),
      expires_at: at.clock.wall() + 60_000,
    });
    expect(at.calls[0]?.parts.agent).toMatchObject({ limits: { maxDurationMs: 60_000 }, voice: { speaker: "priya" } });
    expect((await ask(at, "POST", SESSIONS, { key: "stranger", body: PROMPT })).status).toBe(401);
  });

  test("S4.9: nothing need be said: five minutes, in Hindi, with the standard model, which is named", async () => {
    const at = await sessionWorld();
    expect((await create(at)).body).toMatchObject({
      ...{ llm_model: "sarvam-105b", tts_provider: "sarvam", language: "hi-IN", voice: "shubh" },
      max_duration_seconds: 300,
    });
  });

  test.each([
    [{ max_duration_seconds: 29 }, "max_duration_seconds"],
    [{ max_duration_seconds: 3601 }, "max_duration_seconds"],
    [{ tts_provider: "polly" }, "tts_provider"],
    [{ voice: "anushka" }, "voice"],
    [{ voice: "No One" }, "voice"],
    [{ language: "fr-FR" }, "language"],
    [{ llm_model: "gpt-9" }, "llm_model"],
    [{ agent: "nobody" }, "agent"],
    [{ system_prompt: "Hello {{name}}." }, "system_prompt"],
    [{ first_message: "Hello {{name}}." }, "greeting"],
    [{ temperature: 1 }, "temperature"],
  ])("S4.9, S4.22: %o is refused, and says which field is wrong", async (wrong, field) => {
    const at = await sessionWorld();
    const { status, body } = await create(at, { ...PROMPT, ...wrong });
    expect([status, body.error.details.fields.map((one: { field: string }) => one.field)]).toEqual([422, [field]]);
    expect(at.calls).toEqual([]);
  });

  test("S4.22: a voice provider that is not there is told which one is", async () => {
    const { body } = await create(await sessionWorld(), { tts_provider: "polly" });
    expect(body.error.message).toBe("tts_provider: there is only sarvam");
  });

  test("S4.5, S4.21: a model that is not ours is 422 with those that are; one under maintenance is 503 and says so", async () => {
    const models = { kimi: { baseUrl: "http://127.0.0.1:1/v1", status: "under maintenance" } };
    const at = await sessionWorld({ agents: wishedAgents({ models }) });
    const unknown = await create(at, { llm_model: "gpt-9" });
    expect(unknown.body.error.message).toBe("llm_model: there is no such model; there are sarvam-105b, kimi");
    const away = await create(at, { llm_model: "kimi" });
    expect([away.status, away.headers.get("retry-after"), away.body.error]).toEqual([
      503,
      "5",
      {
        code: "unavailable",
        message: "the model kimi cannot be used now: under maintenance",
        details: { llm_model: "kimi", status: "under maintenance" },
      },
    ]);
  });

  test("where there is no room it is 503", async () => {
    const at = await sessionWorld({ maxCalls: 1 });
    expect((await create(at)).status).toBe(201);
    const { status, body } = await create(at);
    expect([status, body.error.message]).toEqual([503, "no room for another call: full"]);
  });
});

describe("the socket of a session", () => {
  test("S4.7, S4.13: who opens it is greeted at once, and both sound and words reach the page", async () => {
    const { stt, tts, told: voice } = speech();
    const at = await sessionWorld({ warmCall, stt, tts });
    const session = await create(at, { ...PROMPT, language: "en-IN" });
    expect(voice).toMatchObject({ ears: 1, mouths: 1 });
    const peer = await join(at, session);
    await vi.waitFor(() => expect(told(peer, "media").length).toBeGreaterThan(0));
    const greeting = "Hello! How may I help you today?";
    await vi.waitFor(() => {
      expect(told(peer, "transcript")).toContainEqual({
        ...{ event: "transcript", streamSid: "web", who: "agent" },
        ...{ text: greeting, final: false },
      });
    });
    // All that is played before its mark was heard when the page says so.
    await at.clock.advance(3_000);
    const [mark] = told(peer, "mark");
    peer.send({ event: "mark", mark: mark.mark });
    await vi.waitFor(() => expect(told(peer, "transcript").at(-1)).toMatchObject({ text: greeting, final: true }));
    expect(told(peer, "state").map(({ state }) => state)).toEqual(["thinking", "speaking", "listening"]);
  });

  test.each([
    ["audio/x-mulaw", 8000, { encoding: "mulaw", rate: 8000 }],
    ["audio/l16", 16000, { encoding: "linear16", rate: 16000 }],
    ["audio/l16", 8000, { encoding: "linear16", rate: 8000 }],
  ] as const)("S4.7: it takes %s at %i", async (encoding, rate, format) => {
    const at = await sessionWorld();
    const peer = await join(at, await create(at), startAs(encoding, rate));
    const call = await begun(at);
    expect(call.signals).toEqual([{ kind: "started", format }]);
    peer.send(media(0, "AAEC"));
    await vi.waitFor(() => expect(call.heard).toEqual(["AAEC"]));
  });

  test("its ticket is good once", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    await join(at, session);
    await expect(dial(at, socketOf(session))).rejects.toThrow("401");
    await expect(dial(at, "/web/media/made-up")).rejects.toThrow("401");
  });

  test("a page of a stranger's is refused, and the ticket stays good for ours", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    const from = (origin: string) => dial(at, socketOf(session), { origin });
    await expect(from("https://evil.example.test")).rejects.toThrow("401");
    await from("https://shop.example.test");
  });

  test("nobody comes: the session is over, and its ticket no good any more", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    await at.clock.advance(60_000);
    await expect(dial(at, socketOf(session))).rejects.toThrow("401");
    const { body } = await ask(at, "GET", `${SESSIONS}/${session.body.id}`);
    expect(body).toMatchObject({ status: "ended", how: "never-connected", ended_at: at.clock.wall() });
  });

  test("what is written counts as said", async () => {
    const at = await sessionWorld();
    const peer = await join(at, await create(at));
    const call = await begun(at);
    peer.send({ event: "text", text: "What does it cost?" });
    await vi.waitFor(() => expect(call.signals.at(-1)).toEqual({ kind: "text", text: "What does it cost?" }));
  });

  test("an event of the customer's own reaches the page, and where there is none it is 409", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    const send = () =>
      ask(at, "POST", `/v1/calls/${session.body.id}/events`, { body: { name: "cart", data: { items: 2 } } });
    expect((await send()).status).toBe(409);
    const peer = await join(at, session);
    await begun(at);
    expect((await send()).status).toBe(202);
    const event = { event: "event", streamSid: "web", name: "cart", data: { items: 2 } };
    await vi.waitFor(() => expect(told(peer, "event")).toEqual([event]));

    await connect(at);
    const telephone = at.memory.books.findLast(({ entry }) => entry.kind === "open")?.id;
    const other = await ask(at, "POST", `/v1/calls/${telephone}/events`, { body: { name: "cart" } });
    expect(other.status).toBe(409);
  });
});

describe("sessions there are", () => {
  test("S4.8, S4.11: they are listed newest first with how they stand, page by page, and telephone calls are not among them", async () => {
    const at = await sessionWorld();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await create(at)).body.id);
      await at.clock.advance(1000);
    }
    await connect(at);
    await join(at, await create(at));
    const fourth = (await begun(at)).parts.facts?.id;
    await ask(at, "DELETE", `${SESSIONS}/${ids[0]}`);
    const page = async (query: string) => (await ask(at, "GET", `${SESSIONS}?limit=2${query}`)).body;
    const first = await page("");
    expect(first.sessions).toMatchObject([
      { id: fourth, status: "active" },
      { id: ids[0], status: "ended", how: "ended-by-request" },
    ]);
    const second = await page(`&cursor=${first.next_cursor}`);
    expect(second.sessions).toMatchObject([
      { id: ids[1], status: "created" },
      { id: ids[2], status: "created" },
    ]);
    expect(second.next_cursor).toBeUndefined();
  });

  test("one that is still on its way into the books is listed all the same", async () => {
    const at = await sessionWorld();
    const { id } = (await create(at)).body;
    at.memory.books.length = 0;
    expect((await ask(at, "GET", SESSIONS)).body.sessions).toMatchObject([{ id, status: "created" }]);
  });

  test("one that the books say was opened a moment before it was made is listed once", async () => {
    const at = await sessionWorld();
    const { id } = (await create(at)).body;
    for (const entry of at.memory.entries("open"))
      if (entry.kind === "open") Object.assign(entry.opening, { openedAt: entry.opening.openedAt - 1 });
    expect((await ask(at, "GET", SESSIONS)).body.sessions.map((one: { id: string }) => one.id)).toEqual([id]);
  });

  test("deleting one from several places at once is fine with all of them", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    await join(at, session);
    await begun(at);
    const path = `${SESSIONS}/${session.body.id}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(at, "DELETE", path)));
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(5).fill([200, "ended"]));
  });

  test("S4.11: deleting one ends it: its socket is closed, and it stays in the books", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    const peer = await join(at, session);
    await begun(at);
    const path = `${SESSIONS}/${session.body.id}`;
    for (let twice = 0; twice < 2; twice++) {
      const { status, body } = await ask(at, "DELETE", path);
      expect([status, body.status, body.how]).toEqual([200, "ended", "ended-by-request"]);
    }
    expect(await peer.closed).toBe(1000);
    expect((await ask(at, "GET", path)).body).toMatchObject({ status: "ended", llm_model: "sarvam-105b" });
    expect(at.memory.ends()).toEqual(["ended-by-request"]);
  });

  test("S4.11: one that nobody has joined can be deleted, and then nobody can", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    const { status, body } = await ask(at, "DELETE", `${SESSIONS}/${session.body.id}`);
    expect([status, body.status]).toEqual([200, "ended"]);
    await expect(dial(at, socketOf(session))).rejects.toThrow("401");
  });

  test("S4.12: what was said is told while it goes on and afterwards, the agent's words as they were heard", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    await join(at, session);
    const call = await begun(at);
    const transcript = async () => (await ask(at, "GET", `${SESSIONS}/${session.body.id}/transcript`)).body;
    expect(await transcript()).toEqual({ id: session.body.id, status: "active", segments: [] });
    call.turn(1, "hello");
    const segments = [
      { who: "user", text: "hello", final: true, at_ms: 0 },
      { who: "agent", text: "a", final: false, at_ms: 0 },
    ];
    expect(await transcript()).toEqual({ id: session.body.id, status: "active", segments });
  });

  test("a telephone call is no session", async () => {
    const at = await sessionWorld();
    await connect(at);
    const id = at.memory.books[0]?.id;
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/transcript", undefined],
      ["DELETE", "", undefined],
      ["PATCH", "", { voice: "priya" }],
    ] as const)
      expect((await ask(at, method, `${SESSIONS}/${id}${path}`, body && { body })).status).toBe(404);
    expect(at.memory.ends()).toEqual([]);
  });

  test("another process's is ended and changed there", async () => {
    const at = await sessionWorld();
    const id = "call_0far" as CallId;
    const opening = { id, carrier: "web", carrierCallId: id, from: "", to: "", agent: "a", language: "hi-IN" } as const;
    at.memory.books.push({ id, entry: { kind: "open", opening: { ...opening, openedAt: 1 } } });
    at.memory.elsewhere.set(id, { ok: true });
    expect((await ask(at, "GET", `${SESSIONS}/${id}`)).body).toEqual({
      ...{ id, status: "created", agent: "a", language: "hi-IN", created_at: 1 },
    });
    const change = { system_prompt: "Be brief." };
    expect((await ask(at, "PATCH", `${SESSIONS}/${id}`, { body: change })).status).toBe(200);
    expect((await ask(at, "DELETE", `${SESSIONS}/${id}`)).status).toBe(200);
    expect(at.memory.asked.map(({ what }) => what)).toEqual([{ do: "session", ...change }, { do: "hang-up" }]);
  });
});

describe("changing a session", () => {
  const change = async (at: World, id: string, body: object) => ask(at, "PATCH", `${SESSIONS}/${id}`, { body });

  test("another voice and language from the next sentence on", async () => {
    const at = await sessionWorld();
    const session = await create(at);
    await join(at, session);
    const call = await begun(at);
    const { status, body } = await change(at, session.body.id, { voice: "priya", language: "ta-IN" });
    expect([status, body.voice, body.language]).toEqual([200, "priya", "ta-IN"]);
    expect((await change(at, session.body.id, { language: "te-IN" })).body).toMatchObject({ voice: "priya" });
    expect(call.orders).toEqual([
      { do: "retune", tuning: { speaks: "ta-IN", speaker: "priya" } },
      { do: "retune", tuning: { speaks: "te-IN", speaker: "priya" } },
    ]);
  });

  test("where anything is wrong nothing changes", async () => {
    const at = await sessionWorld();
    const session = await create(at, { system_prompt: "You are {{name}}.", variables: { name: "Tara" } });
    const { id } = session.body;
    expect((await change(at, id, { voice: "priya" })).body.error.message).toBe("nobody is on the line yet");
    // What is only said to the model needs nobody on the line.
    expect((await change(at, id, { variables: { name: "Mira" } })).status).toBe(200);
    await join(at, session);
    const call = await begun(at);
    const wrong = await change(at, id, { voice: "priya", system_prompt: "You are {{whom}}." });
    expect([wrong.status, wrong.body.error.message]).toEqual([
      422,
      "system_prompt: {{whom}} has no value among the variables",
    ]);
    const mute = await change(at, id, { voice: "anushka", system_prompt: "Be brief." });
    expect([mute.status, mute.body.error.message]).toEqual([422, expect.stringMatching(/^voice: .*bulbul:v2/)]);
    expect((await change(at, id, {})).status).toBe(422);
    expect(call.orders).toEqual([]);
    await ask(at, "DELETE", `${SESSIONS}/${id}`);
    expect((await change(at, id, { system_prompt: "Be brief." })).status).toBe(409);
  });

  test("an agent that thinks with no model has no prompt to change", async () => {
    const at = await sessionWorld();
    const session = await create(at, { agent: "durvani" });
    expect(session.body).not.toHaveProperty("llm_model");
    const { status, body } = await change(at, session.body.id, { system_prompt: "Be brief." });
    expect([status, body.error.message]).toEqual([409, expect.stringContaining("no model")]);
  });
});

describe("asking twice with one Idempotency-Key", () => {
  const once = (at: World, body: object, key = "k1") => create(at, body, { "idempotency-key": key });

  test("gives the same session, and says so", async () => {
    const at = await sessionWorld();
    const [first, meanwhile] = await Promise.all([once(at, PROMPT), once(at, PROMPT)]);
    const later = await once(at, PROMPT);
    for (const again of [meanwhile, later]) expect(again.body).toEqual(first.body);
    expect([first, meanwhile, later].map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([
      ...[null, "true", "true"],
    ]);
    expect(at.calls).toHaveLength(1);
    expect((await once(at, PROMPT, "k2")).body.id).not.toBe(first.body.id);
  });

  test("with another body is 409, and another's key is another", async () => {
    const at = await sessionWorld();
    const first = await once(at, PROMPT);
    expect((await once(at, { ...PROMPT, voice: "priya" })).status).toBe(409);
    const shop = await ask(at, "POST", SESSIONS, { key: "shop", body: PROMPT, headers: { "idempotency-key": "k1" } });
    expect([shop.status, shop.body.id === first.body.id]).toEqual([201, false]);
    expect((await once(at, PROMPT, "k".repeat(256))).status).toBe(400);
  });

  test("after a day, or a failure, makes another", async () => {
    const at = await sessionWorld({ maxCalls: 1 });
    const first = await once(at, PROMPT);
    expect((await once(at, PROMPT, "k2")).status).toBe(503);
    await ask(at, "DELETE", `${SESSIONS}/${first.body.id}`);
    expect((await once(at, PROMPT, "k2")).status).toBe(201);
    await at.clock.advance(24 * 3_600_000 - 1);
    expect((await once(at, PROMPT)).body.id).toBe(first.body.id);
    await at.clock.advance(1);
    expect((await once(at, PROMPT)).body.id).not.toBe(first.body.id);
  });
});
