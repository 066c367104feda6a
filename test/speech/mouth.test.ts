import { expect, test } from "vitest";
import { answering, bench, openMouth, payloadOf, speaking, until, VOICE } from "./tts-bench.ts";

test("S0.16: opening a mouth connects and configures the socket and its warm spare before anything is spoken", async () => {
  const { server, counts } = await bench();
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
  expect(counts).toEqual({ tts_sockets_opened: 2 });
});

test("S0.11: on the wire each socket gets its config once and first, then each text and its flush", async () => {
  const { server, mouth } = await bench();
  server.script.onMessage = answering;
  expect(await speaking(mouth, "नमस्ते।", "कैसे हैं?").outcome).toBe("ended");
  const raw = server.talked[0]?.raw ?? [];
  expect(JSON.parse(raw[0] ?? "")).toEqual({
    type: "config",
    data: {
      target_language_code: "hi-IN",
      speaker: "shubh",
      speech_sample_rate: 8000,
      output_audio_codec: "mulaw",
      min_buffer_size: 50,
      max_chunk_length: 150,
    },
  });
  expect(raw.slice(1)).toEqual([
    '{"type":"text","data":{"text":"नमस्ते।"}}',
    '{"type":"flush"}',
    '{"type":"text","data":{"text":"कैसे हैं?"}}',
    '{"type":"flush"}',
  ]);
});

test("S0.12, S0.13: language, voice, pace, bitrate and buffering of the agent reach the config", async () => {
  const voice = {
    ...VOICE,
    language: "od-IN",
    pace: 1.2,
    temperature: 0.4,
    bitrate: "64k",
    minBufferSize: 40,
    maxChunkLength: 90,
  } as const;
  const { server } = await bench({ voice, format: { encoding: "linear16", rate: 16000 } });
  await until(() => expect(server.peers[0]?.raw).toHaveLength(1));
  expect(JSON.parse(server.peers[0]?.raw[0] ?? "").data).toEqual({
    target_language_code: "od-IN",
    speaker: "shubh",
    speech_sample_rate: 16000,
    output_audio_codec: "linear16",
    pace: 1.2,
    temperature: 0.4,
    output_audio_bitrate: "64k",
    min_buffer_size: 40,
    max_chunk_length: 90,
  });
});

test("S0.15: the socket is asked for completion events, names the model, carries the key in a header and is not compressed", async () => {
  const { server } = await bench();
  const peer = await until(() => {
    const first = server.peers[0];
    if (!first) throw new Error("no socket yet");
    return first;
  });
  const url = new URL(peer.url, "http://x");
  expect([url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
    "/text-to-speech/ws",
    { model: "bulbul:v3", send_completion_event: "true" },
  ]);
  expect([peer.headers["api-subscription-key"], peer.compressed]).toEqual(["sk_test", false]);
});

test("S0.14: each chunk is yielded as it arrives, as the very string that came, before the next one and before the final", async () => {
  const { server, mouth } = await bench();
  const reply = speaking(mouth, "one");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  server.talked[0]?.audio("AQIDBA==");
  await until(() => expect(reply.heard).toEqual([{ kind: "audio", payload: "AQIDBA==" }]));
  server.talked[0]?.audio("BQ==");
  await until(() => expect(reply.heard).toHaveLength(2));
  server.talked[0]?.final();
  expect(await reply.outcome).toBe("ended");
  expect(reply.heard.slice(1)).toEqual([
    { kind: "audio", payload: "BQ==" },
    { kind: "said", index: 0 },
  ]);
});

test("S1: finals are counted per flush, so a reply of three texts is not cut at the first final", async () => {
  const { server, mouth } = await bench();
  const reply = speaking(mouth, "a", "b", "c");
  await until(() => expect(server.talked[0]?.flushes).toBe(3));
  for (const text of ["a", "b", "c"]) {
    server.talked[0]?.audio(payloadOf(text));
    server.talked[0]?.final();
  }
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0", "<b>", "said 1", "<c>", "said 2"]);
});

test("S1: texts go out as they come, while earlier ones still sound and though nobody reads the audio", async () => {
  const { server, mouth } = await bench();
  const reply = speaking(mouth);
  reply.texts.put("first");
  await until(() => expect(server.talked[0]?.texts).toEqual(["first"]));
  server.talked[0]?.audio(payloadOf("first"));
  reply.texts.put("second");
  await until(() => expect(server.talked[0]?.texts).toEqual(["first", "second"]));
  expect(reply.short).not.toContain("said 0");
});

test("S1: one connection speaks many replies", async () => {
  const { server, mouth } = await bench();
  server.script.onMessage = answering;
  for (const words of ["one", "two", "three"]) {
    const reply = speaking(mouth, words);
    expect(await reply.outcome).toBe("ended");
    expect(reply.short).toEqual([`<${words}>`, "said 0"]);
  }
  expect(server.attempts).toBe(2);
  expect(server.talked[0]?.texts).toEqual(["one", "two", "three"]);
});

test("S1, I27: an idle socket and its spare are pinged every 20 s, and not again when the call is over", async () => {
  const { server, clock, call } = await bench();
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
  await clock.advance(19_999);
  expect(server.peers.flatMap((peer) => peer.types)).not.toContain("ping");
  await clock.advance(40_001);
  const alive = ["config", "ping", "ping", "ping"];
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([alive, alive]));
  expect(server.peers[0]?.raw[1]).toBe('{"type":"ping"}');
  call.abort();
  expect(clock.pending).toBe(0);
  await until(() => expect(server.peers.map((peer) => peer.closed)).toEqual([1000, 1000]));
});

test("S1: without a final, 3 s without audio after the last flush count as said", async () => {
  const { server, mouth, clock } = await bench();
  const reply = speaking(mouth, "a", "b");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  server.talked[0]?.audio(payloadOf("a"));
  await until(() => expect(reply.heard).toHaveLength(1));
  await clock.advance(2000);
  server.talked[0]?.audio(payloadOf("b"));
  await until(() => expect(reply.heard).toHaveLength(2));
  await clock.advance(2999);
  expect(reply.heard).toHaveLength(2);
  await clock.advance(1);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "<b>", "said 0", "said 1"]);
});

test("S1: what a socket says after its texts were presumed said is not taken for the next reply", async () => {
  const { server, mouth, clock } = await bench();
  const first = speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  server.talked[0]?.audio(payloadOf("a"));
  await until(() => expect(first.heard).toHaveLength(1));
  await clock.advance(3000);
  expect(await first.outcome).toBe("ended");
  const second = speaking(mouth, "b");
  server.talked[0]?.audio(payloadOf("late"));
  await until(() => expect(server.talked[1]?.flushes).toBe(1));
  server.talked[1]?.audio(payloadOf("b"));
  server.talked[1]?.final();
  expect(await second.outcome).toBe("ended");
  expect(second.short).toEqual(["<b>", "said 0"]);
});

test("a text without a letter or a digit is said without asking the provider, who would refuse it or never answer", async () => {
  const { server, mouth } = await bench();
  server.script.onMessage = answering;
  const reply = speaking(mouth, " ", "a", "👍", "…", "२४", "।\n");
  expect(await reply.outcome).toBe("ended");
  expect(reply.short.filter((part) => part.startsWith("said"))).toEqual(
    [0, 1, 2, 3, 4, 5].map((index) => `said ${index}`),
  );
  expect(server.talked[0]?.texts).toEqual(["a", "२४"]);
});

test("S1: a text beyond 2500 characters goes in several messages and one flush", async () => {
  const { server, mouth } = await bench();
  server.script.onMessage = answering;
  const long = "शब्द ".repeat(700);
  expect(await speaking(mouth, long).outcome).toBe("ended");
  expect(server.talked[0]?.types).toEqual(["config", "text", "text", "flush"]);
  expect(server.talked[0]?.texts.join("")).toBe(long);
});

test("S1: a header-only first chunk is dropped, a header before samples is cut off, empty audio is ignored", async () => {
  const { server, mouth } = await bench();
  const header = Buffer.alloc(44);
  header.write("RIFF\xff\xff\xff\xffWAVEfmt ", "latin1");
  header.writeUInt32LE(16, 16);
  header.write("data\xff\xff\xff\xff", 36, "latin1");
  const reply = speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  server.talked[0]?.audio(header.toString("base64"));
  server.talked[0]?.audio("");
  server.talked[0]?.audio(Buffer.concat([header, Buffer.from("samples")]).toString("base64"));
  server.talked[0]?.final();
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["samples", "said 0"]);
});

test("a provider that sends nonsense is counted and survived", async () => {
  const { server, mouth, counts } = await bench();
  const reply = speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  for (const nonsense of ["<html>", "[]", '{"type":"audio"}', '{"type":"event","data":{}}'])
    server.talked[0]?.send(nonsense);
  server.talked[0]?.audio("not base64!");
  server.talked[0]?.send({ type: "pong" });
  server.talked[0]?.audio(payloadOf("a"));
  server.talked[0]?.final();
  server.talked[0]?.final();
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0"]);
  expect(counts["tts_malformed"]).toBe(5);
});

test("audio and finals that belong to no text do not disturb the next reply", async () => {
  const { server, mouth, counts } = await bench();
  server.script.onMessage = answering;
  expect(await speaking(mouth, "a").outcome).toBe("ended");
  server.talked[0]?.audio(payloadOf("stray"));
  server.talked[0]?.final();
  server.talked[0]?.send("the last of the strays");
  await until(() => expect(counts["tts_malformed"]).toBe(1));
  const reply = speaking(mouth, "b");
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<b>", "said 0"]);
  server.script.onMessage = () => {};
  const third = speaking(mouth, "c");
  await until(() => expect(server.talked[0]?.texts).toEqual(["a", "b", "c"]));
  third.stop.abort();
  await until(() => expect(server.talked[0]?.closed).toBe(1000));
});

test("more than a minute of audio for one sentence is cut off and counted", async () => {
  const { server, mouth, counts } = await bench();
  const reply = speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  const tenSeconds = Buffer.alloc(80_000, 0xff).toString("base64");
  for (let index = 0; index < 8; index += 1) server.talked[0]?.audio(tenSeconds);
  server.talked[0]?.final();
  expect(await reply.outcome).toBe("ended");
  expect(reply.heard).toHaveLength(7);
  expect(counts["tts_audio_capped"]).toBe(2);
});

test("a voice the model cannot speak with is refused when the mouth is opened, by the name of the field", () => {
  expect(() => openMouth("http://127.0.0.1:9", { voice: { ...VOICE, pitch: 0.2 } })).toThrow(/pitch/);
});

test("two replies at once are our own mistake and are refused", async () => {
  const { server, mouth } = await bench();
  speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  expect(String(await speaking(mouth, "b").outcome)).toMatch(/one reply at a time/);
});
