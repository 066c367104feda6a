import { expect, test, vi } from "vitest";
import { warmCall } from "../../src/call/call.ts";
import { createLog } from "../../src/kit/log.ts";
import { speech } from "./speech.ts";
import { ask, SESSIONS, sessionWorld } from "./web.ts";
import { dial, type World } from "./world.ts";

const CONFIG = { type: "config", system_prompt: "You sell shoes.", language: "en-IN", max_duration_seconds: 60 };
const open = (at: World, key = "desk", headers: Record<string, string> = {}) =>
  dial(at, `/ws/voice-agent?key=${key}`, headers);

test("S4.20: a key in the address, a configuration, and then sound both ways on one socket", async () => {
  const { stt, tts, told } = speech();
  const at = await sessionWorld({ warmCall, stt, tts });
  const peer = await open(at);
  const binary: Buffer[] = [];
  peer.socket.on("message", (data, isBinary) => isBinary && binary.push(data as Buffer));
  peer.send(CONFIG);
  await vi.waitFor(() => expect(binary.length).toBeGreaterThan(0));
  const ready = JSON.parse(peer.messages[0] ?? "");
  expect(ready).toMatchObject({
    ...{ type: "ready", id: expect.stringMatching(/^call_/), status: "created", llm_model: "sarvam-105b" },
    ...{ language: "en-IN", max_duration_seconds: 60, sample_rate: 16000 },
  });
  expect(ready).not.toHaveProperty("token");
  peer.socket.send(Buffer.from([1, 2, 3, 4]));
  await vi.waitFor(() => expect(told.heard).toEqual(["AQIDBA=="]));
  const { body } = await ask(at, "GET", `${SESSIONS}/${ready.id}`);
  expect(body).toMatchObject({ status: "active" });
  expect(at.memory.entries("open")).toMatchObject([{ opening: { carrier: "web" } }]);

  // Once it had the time to play the greeting it has heard it, though it never says so.
  await at.clock.advance(4_000);
  const heard = { type: "transcript", who: "agent", text: "Hello! How may I help you today?", final: true };
  await vi.waitFor(() =>
    expect(peer.messages.filter((text) => text.includes('"final":true')).map((text) => JSON.parse(text))).toEqual([
      heard,
    ]),
  );

  peer.socket.send(JSON.stringify({ type: "stop" }));
  await peer.closed;
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["caller-hung-up"]));
});

test("8 kHz, where it is asked for", async () => {
  const at = await sessionWorld();
  const peer = await open(at);
  peer.send({ ...CONFIG, sample_rate: 8000 });
  await vi.waitFor(() =>
    expect(at.calls[0]?.signals).toEqual([{ kind: "started", format: { encoding: "linear16", rate: 8000 } }]),
  );
});

test.each([
  [{ ...CONFIG, sample_rate: 44100 }, 1008, "sample_rate"],
  [{ ...CONFIG, type: "start" }, 1008, "type"],
  [{ ...CONFIG, max_duration_seconds: 5 }, 1008, "max_duration_seconds"],
  [{ ...CONFIG, llm_model: "gpt-9" }, 1008, "llm_model: there is no such model"],
  [{ ...CONFIG, colour: "red" }, 1008, "colour"],
])("S4.20: the configuration %o is refused with a reason", async (config, code, why) => {
  const at = await sessionWorld();
  const peer = await open(at);
  peer.send(config);
  expect(await peer.closed).toBe(code);
  expect(peer.messages.map((text) => JSON.parse(text))).toEqual([
    { type: "error", code: "unprocessable", message: expect.stringContaining(why), details: expect.any(Object) },
  ]);
  expect(at.calls).toEqual([]);
});

test.each([["not JSON"], [Buffer.from([0, 1])]])("a first message that is %o is refused", async (first) => {
  const at = await sessionWorld();
  const peer = await open(at);
  peer.socket.send(first);
  expect(await peer.closed).toBe(1008);
  expect(JSON.parse(peer.messages[0] ?? "")).toMatchObject({ type: "error" });
});

test("a client without a configuration is let go after 5 s, and one that finds no room may come again", async () => {
  const at = await sessionWorld({ maxCalls: 1 });
  const silent = await open(at);
  const first = await open(at);
  first.send(CONFIG);
  await vi.waitFor(() => expect(at.calls).toHaveLength(1));
  const second = await open(at);
  second.send(CONFIG);
  expect(await second.closed).toBe(1013);
  await at.clock.advance(5_000);
  expect(await silent.closed).toBe(1008);
  expect(first.socket.readyState).toBe(first.socket.OPEN);
});

test("a configuration that comes too late begins nothing", async () => {
  const at = await sessionWorld();
  const late = await open(at);
  // It does not see yet that it is let go.
  late.socket.pause();
  await at.clock.advance(5_000);
  late.send(CONFIG);
  late.socket.resume();
  expect(await late.closed).toBe(1008);
  expect(at.calls).toEqual([]);
});

test("S4.10: without a key, with a stranger's, or from a stranger's page, nobody comes in", async () => {
  const at = await sessionWorld();
  await expect(dial(at, "/ws/voice-agent")).rejects.toThrow("401");
  await expect(dial(at, "/ws/voice-agent?key=desk&key=desk")).rejects.toThrow("401");
  await expect(open(at, "stranger")).rejects.toThrow("401");
  await expect(open(at, "desk", { origin: "https://evil.example.test" })).rejects.toThrow("403");
  await open(at, "desk", { origin: "https://shop.example.test" });
});

test("no log holds the key, whether the client comes in or not", async () => {
  const lines: string[] = [];
  const log = createLog("trace", { write: (line: string) => void lines.push(line) });
  const at = await sessionWorld({ log });
  const peer = await open(at);
  peer.send(CONFIG);
  await vi.waitFor(() => expect(at.calls).toHaveLength(1));
  const broken = await open(at);
  broken.send({ type: "config", voice: 5 });
  await broken.closed;
  await expect(open(at, "stranger-secret")).rejects.toThrow("401");
  await fetch(`${at.origin}/ws/voice-agent?key=desk`);
  peer.socket.close();
  await vi.waitFor(() => expect(lines.join("")).toContain("a call ended"));
  expect(lines.join("")).not.toMatch(/key=|desk|stranger-secret/);
});

test("whoever comes without a WebSocket is told so", async () => {
  const at = await sessionWorld();
  expect((await fetch(`${at.origin}/ws/voice-agent?key=desk`)).status).toBe(426);
});
