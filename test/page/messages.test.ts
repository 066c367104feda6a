import { expect, test } from "vitest";
import { decodeMulaw, encodeMulaw } from "../../src/audio/g711.ts";
import { web } from "../../src/carrier/web.ts";
import * as messages from "../../src/page/client/messages.ts";

const gateway = web({ publicUrl: "https://durvani.example.test", origins: [] });
const STREAM = { id: "web", chunk: 0, atMs: 0 };
const PCM = { encoding: "audio/l16", sampleRate: 16_000 } as const;
const MULAW = { encoding: "audio/x-mulaw", sampleRate: 8_000 } as const;
const ALL = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);

test("what the gateway writes is read", () => {
  const written = [
    gateway.encode({ kind: "play", payload: "AAEC" }, STREAM),
    gateway.encode({ kind: "mark", mark: "g1:0" }, STREAM),
    gateway.encode({ kind: "clear" }, STREAM),
    gateway.show?.({ kind: "transcript", who: "user", text: "नमस्ते", final: true }, STREAM),
    gateway.show?.({ kind: "state", state: "thinking" }, STREAM),
    gateway.show?.({ kind: "event", name: "cart", data: [1] }, STREAM),
  ];
  expect(written.map((text) => messages.read(String(text)))).toEqual([
    { event: "media", payload: "AAEC" },
    { event: "mark", name: "g1:0" },
    { event: "clear" },
    { event: "transcript", who: "user", text: "नमस्ते", final: true },
    { event: "state", state: "thinking" },
    { event: "event", name: "cart", data: [1] },
  ]);
});

test("what the client writes, the gateway reads", () => {
  expect(gateway.decode(messages.connected())).toBeUndefined();
  expect(gateway.decode(messages.start(PCM))).toMatchObject({
    ...{ kind: "started", format: { encoding: "linear16", rate: 16_000 } },
  });
  expect(gateway.decode(messages.start(MULAW))).toMatchObject({ format: { encoding: "mulaw", rate: 8_000 } });
  expect(gateway.decode(messages.media("AAEC", 20.4))).toEqual({ kind: "audio", payload: "AAEC", atMs: 20 });
  expect(gateway.decode(messages.mark("g1:0"))).toEqual({ kind: "played", mark: "g1:0" });
  expect(gateway.decode(messages.written("hello"))).toEqual({ kind: "text", text: "hello" });
  expect(gateway.decode(messages.stop())).toEqual({ kind: "stopped", reason: "stop" });
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "7",
  '{"event":1}',
  '{"event":"media"}',
  '{"event":"mark","mark":{}}',
  '{"event":"transcript"}',
])("what is no message (%s) is told from one", (text) => {
  expect(messages.read(text)).toEqual({ event: "malformed" });
});

test("messages and states that gateways may have one day are passed over", () => {
  expect(messages.read('{"event":"latency","ms":5}')).toBeUndefined();
  expect(messages.read('{"event":"state","state":"dancing"}')).toBeUndefined();
});

test("PCM goes out and comes in bit by bit, in pieces of any length", () => {
  const long = Int16Array.from({ length: 200_000 }, (_, index) => index);
  const part = long.subarray(3);
  const back = messages.samplesOf(messages.payloadOf(part, PCM), PCM) ?? new Int16Array();
  expect(Buffer.from(back.buffer).equals(Buffer.from(part.slice().buffer))).toBe(true);
  expect(messages.samplesOf("AAEC", PCM)).toHaveLength(1);
  expect(messages.samplesOf("no base64!", PCM)).toBeUndefined();
});

test("µ-law is what the gateway's own codec says", () => {
  const theirs = encodeMulaw(Buffer.from(ALL.buffer));
  expect(Buffer.from(messages.payloadOf(ALL, MULAW), "base64").equals(theirs)).toBe(true);
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const decoded = messages.samplesOf(Buffer.from(bytes).toString("base64"), MULAW) ?? new Int16Array();
  expect(Buffer.from(decoded.buffer).equals(decodeMulaw(bytes))).toBe(true);
});
