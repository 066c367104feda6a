import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { noFaults } from "../../src/simulator/sarvam/faults.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import {
  type Client,
  dial,
  event,
  KEY,
  MULAW,
  REALTIME,
  STREAMING,
  said,
  sendRealtime,
  sendStreaming,
  TTS,
  toPcm,
  type,
} from "./sarvam-client.ts";

let simulator: SarvamSimulator;
let clock: VirtualClock;
beforeEach(async () => {
  clock = new VirtualClock();
  simulator = await startSarvam({ keys: [KEY], clock, maxSttSockets: 2, maxTtsSockets: 1 });
});
afterEach(() => simulator.close());

const bytesOf = (client: Client): number[] =>
  client.messages
    .filter(type("audio"))
    .map((message) => Buffer.from(String(Object(message["data"])["audio"]), "base64").length);

/** A configured TTS socket that has been given two seconds of text. */
async function speaking(): Promise<Client> {
  const client = await dial(simulator, TTS);
  const flushed = simulator.wire.next("flush-received");
  client.send(MULAW);
  client.send({ type: "text", data: { text: "यह एक लम्बा वाक्य है जो बोला जा रहा है।" } });
  client.send({ type: "flush" });
  await flushed;
  return client;
}

async function realtimeSaid(): Promise<Client> {
  const client = await dial(simulator, REALTIME);
  const ended = simulator.wire.next("speech-end-sent");
  sendRealtime(client, said("en-bye"));
  await ended;
  return client;
}

const pong = async (client: Client): Promise<void> => {
  client.send({ event: "ping" });
  await client.until(event("pong"));
};
const finals = (client: Client): unknown[] => client.messages.filter(event("transcript.final")).map(({ text }) => text);

test.each([REALTIME, STREAMING, TTS])(
  "%s: a wrong or missing key is refused with 403 and the body Forbidden",
  async (path) => {
    for (const headers of [{}, { "api-subscription-key": "wrong" }]) {
      const refused = await dial(simulator, path, { headers });
      expect(await refused.ended).toMatchObject({ status: 403, reason: "Forbidden" });
    }
    expect(simulator.wire.refused.map(({ status }) => status)).toEqual([403, 403]);
    expect(simulator.wire.sockets).toEqual([]);
  },
);

test("the key is taken from a header of any case or from the sub-protocol, which is echoed only when offered", async () => {
  const upper = await dial(simulator, REALTIME, { headers: { "API-SUBSCRIPTION-KEY": KEY } });
  const inProtocol = await dial(simulator, TTS, { headers: {}, protocols: [`api-subscription-key.${KEY}`] });
  expect(upper.socket.protocol).toBe("");
  expect(inProtocol.socket.protocol).toBe(`api-subscription-key.${KEY}`);
  expect(simulator.wire.sockets[0]?.headerNames).toContain("API-SUBSCRIPTION-KEY");
});

test("the reserved keys meet their ends: quota, rate and nobeta", async () => {
  const as = (key: string, path: string): Promise<Client> =>
    dial(simulator, path, { headers: { "api-subscription-key": key } });
  expect(await (await as("quota", REALTIME)).ended).toMatchObject({ code: 1003 });
  const streaming = await as("quota", STREAMING);
  expect(await streaming.ended).toMatchObject({ code: 1003 });
  expect(streaming.messages[0]).toMatchObject({ type: "error", data: { code: "insufficient_quota_error" } });
  expect(await (await as("quota", TTS)).ended).toMatchObject({ code: 1003 });
  expect(await (await as("rate", TTS)).ended).toMatchObject({ status: 429 });
  expect(await (await as("nobeta", REALTIME)).ended).toMatchObject({ code: 4000 });
});

test("more sockets than the account may have are refused with 429, until one closes", async () => {
  const first = await dial(simulator, REALTIME);
  await dial(simulator, STREAMING);
  expect((await (await dial(simulator, REALTIME)).ended).status).toBe(429);
  expect(simulator.wire.open()).toBe(2);
  const closed = simulator.wire.next("socket-closed");
  first.socket.close();
  await closed;
  expect((await dial(simulator, REALTIME)).socket.readyState).toBe(1);
});

test("upgrade faults hit the sockets they are aimed at, as often as they are told", async () => {
  Object.assign(simulator.faults, { refuseUpgrade: 503, sockets: ["tts"], upgrades: 1 });
  expect((await dial(simulator, REALTIME)).socket.readyState).toBe(1);
  expect((await (await dial(simulator, TTS)).ended).status).toBe(503);
  expect((await dial(simulator, TTS)).socket.readyState).toBe(1);
});

test("an upgrade can be stalled", async () => {
  simulator.faults.stallUpgradeMs = 5000;
  const dialling = dial(simulator, TTS);
  while (clock.pending === 0) await clock.advance(0);
  await clock.advance(4999);
  expect(simulator.wire.open()).toBe(0);
  await clock.advance(1);
  expect((await dialling).socket.readyState).toBe(1);
});

test.each([1003, 1008, 1011, 1013, 4000, 4008, 1006])(
  "a socket can be closed with %i after it opened",
  async (code) => {
    simulator.faults.closeAfterOpen = { code, reason: "because", afterMs: 100 };
    const client = await dial(simulator, REALTIME);
    await client.until(event("session.begin"));
    await clock.advance(100);
    expect(await client.ended).toMatchObject({ code, reason: code === 1006 ? "" : "because" });
  },
);

test("sockets of a kind can be dropped or closed in the middle of a call", async () => {
  const ear = await dial(simulator, REALTIME);
  const mouth = await dial(simulator, TTS);
  expect(simulator.drop("stt-realtime")).toBe(1);
  expect((await ear.ended).code).toBe(1006);
  expect(mouth.socket.readyState).toBe(1);
  expect(simulator.closeSockets(1013, "busy")).toBe(1);
  expect(await mouth.ended).toMatchObject({ code: 1013, reason: "busy" });
  expect(simulator.wire.sockets.map(({ closedBy }) => closedBy)).toEqual(["simulator", "simulator"]);
});

test("finals can be withheld, repeated, late or blank", async () => {
  simulator.faults.noFinals = true;
  const none = await realtimeSaid();
  await clock.advance(5000);
  await pong(none);
  expect(finals(none)).toEqual([]);
  none.socket.terminate();

  Object.assign(simulator.faults, noFaults(), {
    duplicateFinals: 3,
    lateFinalMs: 4000,
    finalOffsetMs: 0,
    blankTranscript: true,
  });
  const late = await realtimeSaid();
  await clock.advance(3999);
  await pong(late);
  expect(finals(late)).toEqual([]);
  await clock.advance(200);
  await late.until(() => finals(late).length === 4);
  expect(finals(late)).toEqual(["", "", "", ""]);
});

test("the streaming transcript can come before END_SPEECH", async () => {
  simulator.faults.reorderEnd = true;
  const client = await dial(simulator, STREAMING);
  const started = simulator.wire.next("speech-start-sent");
  sendStreaming(client, toPcm(said("en-bye", 900)));
  await started;
  while (clock.pending < 3) await clock.advance(0);
  await clock.advance(300);
  await client.until(() => client.messages.length === 3);
  expect(client.messages.map((message) => message["type"])).toEqual(["events", "data", "events"]);
});

test("speech events can be withheld", async () => {
  Object.assign(simulator.faults, { noVadEvents: true, finalOffsetMs: 0 });
  const client = await dial(simulator, REALTIME);
  sendRealtime(client, said("en-bye"));
  await client.until(event("transcript.final"));
  expect(client.messages.some(event("vad.speech_start"))).toBe(false);
});

test("frames that are no JSON, and binary ones, come once per socket", async () => {
  Object.assign(simulator.faults, { nonJsonFrame: true, binaryFrame: true });
  const client = await dial(simulator, REALTIME);
  await pong(client);
  expect(client.strange).toEqual(["<html>upstream error</html>", "binary"]);
  expect(client.messages.map((message) => message["event"])).toEqual(["session.begin", "pong"]);
});

test("TTS can be slow, can stall in mid-sentence and can drop the connection", async () => {
  simulator.faults.slowTtsMs = 3000;
  const slow = await speaking();
  await clock.advance(2999);
  expect(simulator.wire.sockets[0]?.audioOut).toEqual([]);
  await clock.advance(10_000);
  await slow.until(type("event"));
  slow.socket.terminate();
  await slow.ended;

  Object.assign(simulator.faults, noFaults(), { stallTtsAfterChunks: 2 });
  await simulatorIsFree();
  const stalled = await speaking();
  await clock.advance(30_000);
  await stalled.until(() => bytesOf(stalled).length === 2);
  expect(stalled.messages.some(type("event"))).toBe(false);
  stalled.socket.terminate();

  Object.assign(simulator.faults, noFaults(), { dropTtsAfterChunks: 1 });
  await simulatorIsFree();
  const dropped = await speaking();
  await clock.advance(30_000);
  expect((await dropped.ended).code).toBe(1006);
  expect(bytesOf(dropped)).toHaveLength(1);
});

/** Only one TTS socket is allowed here. */
async function simulatorIsFree(): Promise<void> {
  while (simulator.wire.open("tts") > 0) await clock.advance(0);
}

test("TTS can put a RIFF header in front, leave out its final, answer with an error, and cut audio into crumbs or slabs", async () => {
  Object.assign(simulator.faults, { riffHeader: true, noCompletion: true, chunkBytes: 100_000 });
  const slab = await speaking();
  await clock.advance(10_000);
  await slab.until(type("audio"));
  const [message] = slab.messages;
  expect(Buffer.from(String(Object(message?.["data"])["audio"]), "base64").toString("latin1", 0, 4)).toBe("RIFF");
  expect(slab.messages).toHaveLength(1);
  slab.socket.terminate();

  Object.assign(simulator.faults, noFaults(), { chunkBytes: 7 });
  await simulatorIsFree();
  const crumbs = await speaking();
  await clock.advance(10_000);
  await crumbs.until(type("event"));
  expect(Math.max(...bytesOf(crumbs))).toBe(7);
  crumbs.socket.terminate();

  Object.assign(simulator.faults, noFaults(), { ttsError: "500: synthesis failed" });
  await simulatorIsFree();
  const failing = await speaking();
  expect((await failing.until(type("error")))["data"]).toMatchObject({ message: "500: synthesis failed" });
});

test("the wire log tells events as they happen, with the simulator's time", async () => {
  const kinds: string[] = [];
  const off = simulator.wire.on(({ kind }) => kinds.push(kind));
  await clock.advance(42);
  const started = simulator.wire.next("speech-start-sent", ({ utterance }) => utterance === 0);
  await realtimeSaid();
  expect((await started).atMs).toBe(42);
  off();
  expect(kinds[0]).toBe("socket-opened");
  expect(new Set(kinds)).toContain("audio-received");
  expect(new Set(kinds)).toContain("partial-sent");
});

test("permessage-deflate is refused, unless it is switched on", async () => {
  const { WebSocket } = await import("ws");
  const squeezing = await startSarvam({ keys: [KEY], compress: true });
  for (const [server, extensions] of [
    [simulator, ""],
    [squeezing, "permessage-deflate"],
  ] as const) {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}${TTS}`, {
      headers: { "api-subscription-key": KEY },
    });
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.extensions).toBe(extensions);
    socket.terminate();
  }
  await squeezing.close();
});
