import { describe, expect, test } from "vitest";
import { plivo } from "../../src/carrier/plivo.ts";
import { dialectContract } from "./contract.ts";
import { recorded, webhook } from "./fixtures.ts";
import { type Element, parseXml } from "./xml.ts";

const token = "0123456789abcdef0123456789abcdef";
const dialect = plivo({ authToken: token, publicUrl: "https://gw.example.test/" });

const element = (name: string, attributes: Element["attributes"], ...children: Element["children"]): Element => ({
  name,
  attributes,
  children,
});

dialectContract(
  "Plivo",
  dialect,
  [
    {
      file: "plivo.jsonl",
      format: { encoding: "mulaw", rate: 8000 },
      story: ["started", "audio", "key", "played", "audio", "stopped"],
    },
  ],
  {
    wire: {
      play: (payload) => ({ event: "playAudio", media: { contentType: "audio/x-mulaw", sampleRate: 8000, payload } }),
      mark: (name, streamId) => ({ event: "checkpoint", streamId, name }),
      clear: (streamId) => ({ event: "clearAudio", streamId }),
      echo: (name, streamId) => ({ event: "playedStream", sequenceNumber: 20, streamId, name }),
    },
    stopReasons: ["stop"],
    minBytes: 1,
    alignBytes: 1,
    callField: "CallUUID",
    statusField: "CallStatus",
    fromField: "From",
    toField: "To",
    answerType: "application/xml",
    handOver: {
      say: (text) => element("Speak", {}, text),
      dial: (number, attributes) => element("Dial", attributes, element("Number", {}, number)),
      conference: (room, attributes, action) => element("Conference", { ...attributes, ...action }, room),
    },
    bareNumbers: true,
    answered: { field: "Machine", human: "false", machine: "true" },
  },
);

describe("messages", () => {
  const start = JSON.parse(recorded("plivo.jsonl")[0] ?? "");
  const params = (extra_headers: unknown) => dialect.decode(JSON.stringify({ ...start, extra_headers }));

  test.each([
    ["{X-PH-tenant: t_42, X-PH-agent: front-desk}", { tenant: "t_42", agent: "front-desk" }],
    ["tenant=t_42;agent=front-desk", { tenant: "t_42", agent: "front-desk" }],
    ["tenant=t_42,agent=a=b", { tenant: "t_42", agent: "a=b" }],
    ["{}", {}],
    ["", {}],
    ["nonsense", {}],
    [undefined, {}],
    [{ tenant: "t_42" }, {}],
  ])("extra headers of %j are the parameters %j", (text, expected) => {
    expect(params(text)).toMatchObject({ kind: "started" });
    expect(params(text)).toHaveProperty("params", expected);
  });

  test("a start of another codec or rate is a complaint, not noise in the caller's ear", () => {
    for (const mediaFormat of [
      { encoding: "audio/x-l16", sampleRate: 8000 },
      { encoding: "audio/x-mulaw", sampleRate: 16000 },
      undefined,
    ]) {
      expect(dialect.decode(JSON.stringify({ ...start, start: { ...start.start, mediaFormat } }))).toMatchObject({
        kind: "malformed",
      });
    }
  });

  test("that the queue was cleared is known, and means nothing to the call", () => {
    expect(dialect.decode('{"event":"clearedAudio","streamId":"s"}')).toBeUndefined();
  });

  test("our own voice on the outbound track is not the caller's", () => {
    expect(dialect.decode('{"event":"media","media":{"track":"outbound","payload":"//8="}}')).toBeUndefined();
  });
});

describe("XML", () => {
  const url = "wss://gw.example.test/plivo/media/TICKET";

  test("opens the stream alone, both ways, in µ-law, and asks again when it is over", () => {
    expect(parseXml(dialect.answer(url, { call: "c42" }).body).children).toEqual([
      {
        name: "Stream",
        attributes: {
          bidirectional: "true",
          keepCallAlive: "true",
          audioTrack: "inbound",
          contentType: "audio/x-mulaw;rate=8000",
          statusCallbackUrl: "https://gw.example.test/plivo/stream-status",
          statusCallbackMethod: "POST",
          extraHeaders: "call=c42",
        },
        children: [url],
      },
      {
        name: "Redirect",
        attributes: { method: "POST" },
        children: ["https://gw.example.test/plivo/after-stream"],
      },
    ]);
  });

  const headers = (params: Record<string, string>) => {
    const [stream] = parseXml(dialect.answer(url, params).body).children;
    return typeof stream === "object" ? stream.attributes["extraHeaders"] : undefined;
  };

  test("parameters that Plivo would not take are left out", () => {
    expect(headers({ a: "1", call: "call_01", note: "a b", b: "2" })).toBe("a=1,b=2");
    expect(headers({ call: "call_01" })).toBeUndefined();
    expect(headers({ long: "x".repeat(508), b: "2" })).toBe("b=2");
    expect(headers({ long: "x".repeat(507), b: "2" })).toBe(`long=${"x".repeat(507)}`);
  });

  test("turns a call away as busy", () => {
    expect(parseXml(dialect.busy().body).children).toEqual([element("Hangup", { reason: "busy" })]);
  });
});

describe("reports", () => {
  test.each([
    ["StartStream", false],
    ["StopStream", true],
    ["DegradedStream", false],
    // Plivo connects again.
    ["DroppedStream", false],
  ])("a stream's %s: over is %j", (Event, over) => {
    const params = { CallUUID: "c1", CallStatus: "completed", Event };
    expect(dialect.report(params)).toEqual({ carrierCallId: "c1", over, status: Event });
  });

  test.each([
    ["timeout", "no-answer"],
    ["cancel", "canceled"],
  ])("a call's end in Plivo's own word %s", (CallStatus, state) => {
    expect(dialect.report({ CallUUID: "c1", Event: "Hangup", CallStatus })).toMatchObject({ over: true, state });
  });
});

describe("signatures", () => {
  const signed = (url: string, signature: string, params?: Record<string, string>) =>
    webhook({
      method: params ? "POST" : "GET",
      url,
      params: params ?? {},
      headers: { "x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": "12345" },
    });
  const body = { CallUUID: "u-1", From: "15550100001" };
  const answer = "https://voice.example.test/plivo/answer";
  const ring = signed(answer, "CzVPGgLFDYou/fJ9a5SR58cPttEuzem8odgIP7QcZ50=", body);

  test("the reference's signed requests are let in", () => {
    expect(dialect.admitWebhook(ring)).toEqual({ ok: true });
    expect(
      dialect.admitWebhook(signed(`${answer}?b=2&a=1`, "7PwP98v9Xp8EirwsmOYSeAIrP5AtpjX84iAOqs2XZ1U=", body)),
    ).toEqual({ ok: true });
  });

  test.each([
    ["https://voice.example.test/plivo/ws?b=2&a=1", "6/aeo0khRbkx943ndnbDA8T7vgOF4iLAzdeIKTvMozc="],
    ["https://voice.example.test/plivo/ws", "gs3wVAOy+YHl0+ewY5ZUWJ9uyJ+ZyhhVkzvkNpJawnI="],
  ])("the reference's signed upgrade of %s is let in", (url, signature) => {
    expect(dialect.admitUpgrade(signed(url, signature))).toEqual({ ok: true, signed: true });
    expect(dialect.admitUpgrade(signed(`${url}x`, signature))).toMatchObject({ ok: false, status: 401 });
    expect(dialect.admitWebhook(signed(url, signature))).toEqual({ ok: true });
  });

  const nonce = { "x-plivo-signature-v3-nonce": "12345" };
  const good = "CzVPGgLFDYou/fJ9a5SR58cPttEuzem8odgIP7QcZ50=";

  test.each([
    ["a list in one header", { "x-plivo-signature-v3": `AAAA, ${good}` }],
    ["the header twice", { "x-plivo-signature-v3": ["AAAA", good] }],
    ["the main account's", { "x-plivo-signature-v3": "AAAA", "x-plivo-signature-ma-v3": good }],
  ])("one good signature is enough: %s", (_, headers) => {
    expect(dialect.admitWebhook({ ...ring, headers: { ...nonce, ...headers } })).toEqual({ ok: true });
  });

  test.each([
    ["a parameter changed", { params: { ...body, From: "15550100009" } }],
    ["a parameter added", { params: { ...body, Extra: "x" } }],
    ["no parameters", { params: {} }],
    ["another path", { url: "https://voice.example.test/plivo/other" }],
    ["a query", { url: `${answer}?a=1` }],
    ["another host", { url: "https://evil.example.test/plivo/answer" }],
    ["another scheme", { url: "http://voice.example.test/plivo/answer" }],
    ["another method", { method: "PUT" }],
    ["another nonce", { headers: { ...ring.headers, "x-plivo-signature-v3-nonce": "12346" } }],
    ["no nonce", { headers: { "x-plivo-signature-v3": good } }],
    ["no signature", { headers: nonce }],
    ["half a signature", { headers: { ...nonce, "x-plivo-signature-v3": good.slice(0, 20) } }],
  ])("the same with %s is refused", (_, change) => {
    expect(dialect.admitWebhook({ ...ring, ...change })).toMatchObject({ ok: false, status: 401 });
  });

  test.each([undefined, ""])("with the token %j nothing can be checked: 503 that says why", (authToken) => {
    const bare = plivo({ authToken, publicUrl: "https://gw.example.test" });
    expect(bare.admitWebhook(ring)).toEqual({ ok: false, status: 503, why: "PLIVO_AUTH_TOKEN is not set" });
    expect(bare.admitUpgrade(ring)).toMatchObject({ ok: false, status: 503 });
    expect(bare.admitUpgrade(webhook({ method: "GET" }))).toEqual({ ok: true, signed: false });
  });

  test("I31: no refusal and no answer repeats a credential", () => {
    const said = JSON.stringify([
      dialect.admitWebhook({ ...ring, params: {} }),
      dialect.admitUpgrade(ring),
      dialect.answer("wss://gw.example.test/plivo/media/t", { agent: "a" }),
    ]);
    expect(said).not.toContain(token);
    expect(said).not.toContain(good);
  });
});
