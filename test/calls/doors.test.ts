import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { until } from "../rig.ts";
import { ask, ECHO, greeted, hangUp, type Story, startStory } from "./story.ts";

const BRISK = { voiceMsPerChar: 10 };

/** A `POST /twilio/voice` as Twilio sends it, `signed` as told. */
function ringTwilio({ running, publicUrl, secrets }: Story, callSid: string, signature?: string): Promise<Response> {
  const form = {
    CallSid: callSid,
    AccountSid: "AC1",
    From: "+919800000001",
    To: "+918000000002",
    CallStatus: "ringing",
  };
  const right = getExpectedTwilioSignature(secrets.authToken, `${publicUrl}/twilio/voice`, form);
  return fetch(`${running.url}/twilio/voice`, {
    method: "POST",
    headers: { "x-twilio-signature": signature ?? right },
    body: new URLSearchParams(form),
  });
}

const mediaPath = (twiml: string): string => /wss:\/\/[^/]+(\/twilio\/media\/[\w-]+)/.exec(twiml)?.[1] ?? "";

/** The status with which an upgrade is refused; 101 if it is not, and then the socket is closed again. */
function upgrade({ running }: Story, path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const socket = new WebSocket(running.url.replace("http", "ws") + path, { headers });
  return new Promise((resolve, reject) => {
    socket.on("open", () => {
      socket.close();
      resolve(101);
    });
    socket.on("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.on("error", reject);
  });
}

const statusOf = ({ outcome }: TwinCall): number => ("status" in outcome ? outcome.status : 0);
const count = async (story: Story, sql: string): Promise<number> => {
  const [row] = await story.sql<{ n: string }>(sql);
  return Number(row?.n);
};

describe.concurrent("who may enter", () => {
  let story: Story;
  let bare: Story;
  beforeAll(async () => {
    story = await startStory({ simulator: BRISK });
    bare = await startStory({
      env: { TWILIO_AUTH_TOKEN: "", EXOTEL_STREAM_USER: "", EXOTEL_STREAM_PASSWORD: "" },
      simulator: BRISK,
    });
  });
  afterAll(async () => {
    await story[Symbol.asyncDispose]();
    await bare[Symbol.asyncDispose]();
  });

  test.sequential("I29: a webhook with a forged, an empty or no signature is 401 and opens nothing, on both carriers", async () => {
    const calls = await Promise.all([
      story.dialTwilio({ signWebhooks: "wrong" }),
      story.dialTwilio({ signWebhooks: "none" }),
      story.dialTwilio({ signWebhooks: "none", method: "GET" }),
      story.dialExotel({ webhookProof: "wrong" }),
      story.dialExotel({ webhookProof: "none" }),
    ]);
    expect(calls.map(statusOf)).toEqual([401, 401, 401, 401, 401]);
    expect((await ringTwilio(story, "CA0", "")).status).toBe(401);
    expect(story.simulator.wire.sockets).toEqual([]);
    expect(await count(story, "select count(*) as n from calls")).toBe(0);
  });

  test.sequential("I29: where no secret is set, nobody is let in, whatever they sign with", async () => {
    const calls = await Promise.all([
      bare.dialTwilio({ authToken: "" }),
      bare.dialTwilio({ authToken: "undefined" }),
      bare.dialExotel({ user: "", password: "" }),
    ]);
    expect(calls.map(({ outcome }) => outcome.kind)).toEqual(["webhook-failed", "webhook-failed", "busy"]);
    expect(
      calls.flatMap(({ log }) =>
        log.flatMap((e) => (e.kind === "webhook-answered" && e.name !== "status" ? [e.status] : [])),
      ),
    ).toEqual([503, 503, 503]);
    expect(await upgrade(bare, "/exotel/media")).toBe(401);
    expect(bare.simulator.wire.sockets).toEqual([]);
  });

  test.sequential("I30: a ticket that nobody gave out is 401 on every media path before any provider's socket opens", async () => {
    const statuses = await Promise.all(
      ["/twilio/media/forged", "/exotel/media/forged", "/exotel/media", "/twilio/media/"].map((path) =>
        upgrade(story, path),
      ),
    );
    expect(statuses).toEqual([401, 401, 401, 401]);
    expect(story.simulator.wire.sockets).toEqual([]);
    expect(story.simulator.wire.refused).toEqual([]);
  });

  test.sequential("I30: a ticket is used up by its stream, of no use at the other carrier's door, and opens nothing a second time", async () => {
    const calls = await Promise.all([story.dialTwilio(), story.dialExotel()]);
    await Promise.all(calls.map(greeted));
    const sockets = story.simulator.wire.sockets.length;
    expect(await Promise.all(calls.map((call) => call.redeemAgain()))).toEqual([401, 401]);
    const path = mediaPath(await (await ringTwilio(story, "CA-elsewhere")).text());
    const opened = until("its own sockets", () => story.simulator.wire.sockets.length === sockets + 3);
    await opened;
    expect(await upgrade(story, path.replace("twilio", "exotel"))).toBe(401);
    expect(story.simulator.wire.sockets).toHaveLength(sockets + 3);
    expect(story.running.gateway.liveCalls).toBe(3);
    // The good ticket is still good at the right door.
    expect(await upgrade(story, path)).toBe(101);
    await Promise.all(calls.map(hangUp));
    expect(await story.ended({ callSid: "CA-elsewhere" })).toMatchObject({ end_how: "never-connected" });
  });

  test.sequential("I30: an upgrade signed wrongly is 401; one that is not signed is let in by its ticket, and counted", async () => {
    const forged = await story.dialTwilio({ signUpgrade: "wrong" });
    expect(forged.outcome).toEqual({ kind: "upgrade-refused", status: 401 });
    const before = await story.metric("upgrades_unsigned", { carrier: "twilio" });
    const unsigned = await story.dialTwilio({ signUpgrade: "none" });
    await greeted(unsigned);
    await hangUp(unsigned);
    expect(await story.metric("upgrades_unsigned", { carrier: "twilio" })).toBe(before + 1);
    const wrongPair = await story.dialExotel({ upgradeProof: "wrong" });
    expect(wrongPair.outcome).toEqual({ kind: "upgrade-refused", status: 401 });
  });

  test.sequential("C2-13: a webhook that comes ten times at once is one call, one answer and one stream", async () => {
    const sid = `CA${"d".repeat(32)}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ringTwilio(story, sid).then((answer) => answer.text())),
    );
    expect(new Set(answers).size).toBe(1);
    expect(
      await until("the call in the books", () =>
        count(story, `select count(*) as n from calls where carrier_call_id = '${sid}'`),
      ),
    ).toBe(1);
    expect(await upgrade(story, mediaPath(answers[0] ?? ""))).toBe(101);
    await story.ended({ callSid: sid });
    // It is over: Twilio asking again is told to hang up, and no call begins.
    expect(await (await ringTwilio(story, sid)).text()).not.toContain("<Stream");
    expect(await count(story, `select count(*) as n from calls where carrier_call_id = '${sid}'`)).toBe(1);
  });

  test.sequential("C2-12: a frame that is too large, or in too many fragments, closes its own socket and nothing else", async () => {
    const calls = await Promise.all([
      story.dialTwilio({ faults: { garbage: "huge" } }),
      story.dialExotel({ faults: { garbage: "huge" } }),
      story.dialTwilio(),
      story.dialTwilio(),
    ]);
    const [large, larger, fragmented, healthy] = calls;
    if (!large || !larger || !fragmented || !healthy) throw new Error("too few calls");
    await Promise.all([fragmented, healthy].map(greeted));
    const socket = await fragmentsOn(story);
    expect(socket).toBe(1008);
    await Promise.all([large.over, larger.over]);
    expect([large.outcome, larger.outcome]).toMatchObject([{ code: 1009 }, { code: 1009 }]);
    await ask(healthy, "en-question");
    await Promise.all([hangUp(healthy), hangUp(fragmented)]);
    for (const call of [large, larger]) expect(await story.ended(call)).toMatchObject({ end_how: "carrier-lost" });
    expect(await story.ended(healthy)).toMatchObject({ end_how: "caller-hung-up" });
  });
});

/** Opens a call's media socket by hand and sends one message in a thousand pieces; the code it is closed with. */
async function fragmentsOn(story: Story): Promise<number> {
  const path = mediaPath(await (await ringTwilio(story, `CA${"f".repeat(32)}`)).text());
  const socket = new WebSocket(story.running.url.replace("http", "ws") + path, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const closed = new Promise<number>((resolve) => socket.once("close", (code) => resolve(code)));
  socket.on("error", () => undefined); // the close that follows is what is looked at
  for (let i = 0; i < 1000; i++) socket.send("x", { fin: false });
  return closed;
}

describe.concurrent("a full house", () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory({ env: { MAX_CALLS: "2" }, simulator: BRISK });
  });
  afterAll(() => story[Symbol.asyncDispose]());

  test.sequential("I21: beyond MAX_CALLS Twilio hears busy and Exotel 503, and the refused calls leave nothing behind", async () => {
    const calls = await Promise.all([story.dialTwilio(), story.dialExotel()]);
    await Promise.all(calls.map(greeted));
    const sockets = story.simulator.wire.sockets.length;
    const refused = await Promise.all([story.dialTwilio(), story.dialExotel(), story.dialTwilio()]);
    await Promise.all(refused.map(({ over }) => over));
    expect(refused.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "busy", why: '<Reject reason="busy"/>' },
      { kind: "busy", why: expect.stringContaining("503") },
      { kind: "busy", why: '<Reject reason="busy"/>' },
    ]);
    expect(story.running.gateway.liveCalls).toBe(2);
    expect(story.simulator.wire.sockets).toHaveLength(sockets);
    expect(await count(story, "select count(*) as n from calls")).toBe(2);
    expect(await story.metric("rings", { answer: "busy" })).toBe(3);
    expect(await story.metric("calls_opened")).toBe(2);
    await Promise.all(calls.map(hangUp));
    await Promise.all(calls.map((call) => story.ended(call)));
    const next = await story.dialTwilio();
    await greeted(next);
    await hangUp(next);
  });

  test.sequential("S0.21: a call is read with a key that may read, 403 with another, 401 with none; health is for everybody", async () => {
    const call = await story.dialTwilio();
    await greeted(call);
    await ask(call, "en-question");
    await hangUp(call);
    const { id } = await story.ended(call);
    const { keys } = story;
    const statuses = [undefined, "wrong", keys.controller, keys.reader].map((key) =>
      story.get(`/v1/calls/${id}`, key).then(({ status }) => status),
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 403, 200]);
    const read = await until("the transcript", async () => {
      const body: unknown = await (await story.get(`/v1/calls/${id}`, keys.reader)).json();
      return typeof body === "object" && body !== null && "transcript" in body && body;
    });
    const { text } = voice("en-question");
    expect(read).toMatchObject({
      id,
      status: "ended",
      end: { how: "caller-hung-up" },
      turns: [
        { userText: "", agentHeard: ECHO.greeting },
        { userText: text, agentGenerated: text, agentHeard: text },
      ],
      decisions: expect.arrayContaining([expect.objectContaining({ what: "ended" })]),
      transcript: { lines: [{ by: "agent" }, { by: "caller", text }, { by: "agent", text }] },
    });
    expect((await story.get("/v1/calls/call_0", keys.reader)).status).toBe(404);
    expect((await story.get("/metrics")).status).toBe(401);
    expect(await (await story.get("/healthz")).json()).toMatchObject({ status: "ok" });
    expect(await (await story.get("/readyz")).json()).toMatchObject({ status: "ready", liveCalls: 0 });
  });
});
