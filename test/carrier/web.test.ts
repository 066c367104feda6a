import { describe, expect, test } from "vitest";
import { web } from "../../src/carrier/web.ts";
import { mediaMarkClear, socketContract } from "./contract.ts";
import { recorded, webhook } from "./fixtures.ts";

const publicUrl = "https://gw.example.test";
const dialect = web({ publicUrl, origins: ["https://shop.example.test"] });
const stream = { id: "web", chunk: 0, atMs: 0 };

describe("the web line keeps the contract of dialects, as far as it is about the socket:", () => {
  const story = ["started", "audio", "key", "played", "audio", "stopped"] as const;
  socketContract(
    dialect,
    [
      { file: "web.jsonl", format: { encoding: "mulaw", rate: 8000 }, story },
      { file: "web-l16.jsonl", format: { encoding: "linear16", rate: 16000 }, story },
    ],
    { wire: mediaMarkClear(["streamSid"]), stopReasons: ["stop"], minBytes: 1, alignBytes: 1 },
  );
});

const decode = (message: object) => dialect.decode(JSON.stringify(message));
const startOf = (start: object) => decode({ event: "start", start });
const MULAW = { encoding: "audio/x-mulaw", sampleRate: 8000 };

describe("what a page sends", () => {
  test("a start needs no ids: the ticket says which call it is", () => {
    const format = { encoding: "mulaw", rate: 8000 };
    expect(startOf({ mediaFormat: MULAW })).toEqual({ kind: "started", streamId: "web", format, params: {} });
    expect(startOf({ mediaFormat: MULAW, callSid: "call_1", streamSid: "s" })).toMatchObject({
      carrierCallId: "call_1",
      streamId: "s",
    });
  });

  test.each([
    [8000, 8000],
    [16000, 16000],
    ["16000", 16000],
  ])("PCM16 at %j", (sampleRate, rate) => {
    expect(startOf({ mediaFormat: { encoding: "audio/l16", sampleRate } })).toMatchObject({
      format: { encoding: "linear16", rate },
    });
  });

  test.each([[48000], ["16000"]])("Opus made of sound at %j, which becomes PCM16 at 16 kHz", (sampleRate) => {
    expect(startOf({ mediaFormat: { encoding: "audio/opus", sampleRate, channels: 1 } })).toMatchObject({
      format: { encoding: "linear16", rate: 16000 },
      comesAs: "opus",
    });
  });

  test("sound that no line carries is a complaint, and no noise in anybody's ear", () => {
    for (const mediaFormat of [
      { encoding: "audio/x-mulaw", sampleRate: 16000 },
      { encoding: "audio/l16", sampleRate: 48000 },
      { encoding: "audio/opus", sampleRate: 44100 },
      { encoding: "audio/vorbis", sampleRate: 48000 },
      {},
      "audio/l16",
    ])
      expect(startOf({ mediaFormat })).toMatchObject({ kind: "malformed" });
  });

  test("words may be written instead of said", () => {
    expect(decode({ event: "text", text: "  नमस्ते " })).toEqual({ kind: "text", text: "नमस्ते" });
    for (const text of [undefined, "", "  ", 5, {}, "x".repeat(4_001)])
      expect(decode({ event: "text", text })).toMatchObject({ kind: "malformed" });
  });
});

describe("what a page is sent", () => {
  test("frames of 60 ms, in whole samples", () => {
    expect(dialect.framing({ encoding: "linear16", rate: 16000 })).toMatchObject({
      frameBytes: 1920,
      alignBytes: 2,
      padByte: 0,
    });
    expect(dialect.framing({ encoding: "linear16", rate: 8000 })).toMatchObject({ frameBytes: 960, alignBytes: 2 });
  });

  test("who said what, how the agent is, and events of the customer's own", () => {
    const shown = (showing: Parameters<NonNullable<typeof dialect.show>>[0]) =>
      JSON.parse(dialect.show?.(showing, stream) ?? "");
    expect(shown({ kind: "transcript", who: "user", text: 'say "hi"', final: false })).toEqual({
      ...{ event: "transcript", streamSid: "web" },
      ...{ who: "user", text: 'say "hi"', final: false },
    });
    expect(shown({ kind: "state", state: "listening" })).toEqual({
      event: "state",
      streamSid: "web",
      state: "listening",
    });
    expect(shown({ kind: "event", name: "cart", data: { items: [2] } })).toEqual({
      ...{ event: "event", streamSid: "web" },
      ...{ name: "cart", data: { items: [2] } },
    });
  });
});

describe("whose page may come in", () => {
  const from = (origin: string | string[] | undefined, at = dialect) =>
    at.admitUpgrade(webhook({ method: "GET", headers: origin === undefined ? {} : { origin } }));

  test("ours, those that CORS_ORIGINS names, and programs, which name none", () => {
    for (const origin of [publicUrl, "https://shop.example.test", undefined])
      expect(from(origin)).toEqual({ ok: true, signed: false });
  });

  test.each([
    ["https://evil.example.test"],
    ["http://gw.example.test"],
    ["https://gw.example.test:8443"],
    ["https://gw.example.test.evil.test"],
    ["http://localhost:3000"],
    ["null"],
    [""],
    [[publicUrl, "https://evil.example.test"]],
  ])("not %j", (origin) => {
    expect(from(origin)).toMatchObject({ ok: false, status: 401 });
  });

  test("on one's own machine, by any of its names", () => {
    const local = web({ publicUrl: "http://127.0.0.1:3000", origins: [] });
    for (const origin of ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])
      expect(from(origin, local)).toMatchObject({ ok: true });
    for (const origin of ["http://localhost:3001", "https://localhost:3000", "http://192.168.0.2:3000"])
      expect(from(origin, local)).toMatchObject({ ok: false });
  });
});

test("there are no webhooks: nothing rings, and nothing is reported", () => {
  expect(dialect.admitWebhook(webhook({}))).toMatchObject({ ok: false, status: 401 });
  expect(dialect.ring({ CallSid: "c" })).toMatchObject({ kind: "malformed" });
  expect(dialect.report({ CallSid: "c", CallStatus: "completed" })).toMatchObject({ kind: "malformed" });
  expect(dialect.machine({ CallSid: "c", AnsweredBy: "human" })).toMatchObject({ kind: "malformed" });
  expect(
    [dialect.answer("wss://x/y", {}), dialect.busy(), dialect.afterStream({ kind: "hang-up" })].map(({ body }) => body),
  ).toEqual(['{"url":"wss://x/y"}', '{"error":"busy"}', "{}"]);
});

test("damaged texts are survived, too", () => {
  const [line = ""] = recorded("web.jsonl");
  for (const text of [line, '{"event":"text"', '{"event":"text","text":["a"]}', '{"event":"text","text":null}'])
    expect(() => dialect.decode(text)).not.toThrow();
});
