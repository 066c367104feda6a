import { expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import type { AudioFormat } from "../../src/audio/format.ts";
import { audioOf, comeBack, earBench, frame, frames, kinds, MULAW, sha256 } from "./ear-bench.ts";
import { eventually } from "./ear-server.ts";

test("S0.6, I31: the key travels in a header, never in the address; no sub-protocol and no compression are offered", async () => {
  const bench = await earBench();
  bench.listen();
  const { headers, target } = await bench.server.socket(0);
  expect(headers["api-subscription-key"]).toBe("sk_test_secret");
  expect(target).not.toContain("sk_test");
  expect(headers["sec-websocket-protocol"]).toBeUndefined();
  expect(headers["sec-websocket-extensions"]).toBeUndefined();
});

test.each<[AudioFormat, string, Record<string, string>]>([
  [MULAW, "hi-IN", { encoding: "mulaw", sample_rate: "8000", language_code: "hi-IN" }],
  [
    { encoding: "linear16", rate: 8000 },
    "od-IN",
    { encoding: "linear16", sample_rate: "8000", language_code: "or-IN" },
  ],
  [
    { encoding: "linear16", rate: 16000 },
    "unknown",
    { encoding: "linear16", sample_rate: "16000", language_code: "auto" },
  ],
  [
    { encoding: "linear16", rate: 24000 },
    "ta-IN",
    { encoding: "linear16", sample_rate: "16000", language_code: "ta-IN" },
  ],
])("a line of %o in %s is declared in the address", async (format, language, declared) => {
  const bench = await earBench({ realtime: { streamType: "fast", silenceDurationMs: 400 } });
  bench.listen(format, language);
  const { path, query } = await bench.server.socket(0);
  expect(path).toBe("/speech-to-text-realtime/ws");
  expect(Object.fromEntries(query)).toEqual({
    model: "saaras:v3-realtime",
    mode: "transcribe",
    endpointing: "vad",
    stream_type: "fast",
    silence_duration_ms: "400",
    ...declared,
  });
});

test("the line's base64 text is spliced as it came: same bytes, same order, no codec, also for what came before the socket was open", async () => {
  const bench = await earBench();
  const runs = codecRuns();
  const { ear } = bench.listen();
  const said = frames(0, 100);
  for (const payload of said.slice(0, 60)) ear.hear(payload);
  const socket = await bench.server.socket(0);
  await eventually(() => expect(socket.received).toHaveLength(60));
  for (const payload of said.slice(60)) ear.hear(payload);
  await eventually(() => expect(socket.received).toHaveLength(100));
  expect(socket.received[7]).toBe(`{"event":"audio_input","audio":"${said[7]}"}`);
  expect(sha256(audioOf(socket.received))).toBe(sha256(said));
  expect(codecRuns()).toBe(runs);
});

test("a 24 kHz line reaches the ear as two thirds of its samples", async () => {
  const bench = await earBench();
  const { ear } = bench.listen({ encoding: "linear16", rate: 24000 });
  for (let index = 0; index < 10; index += 1) ear.hear(frame(index, 960));
  const socket = await bench.server.socket(0);
  await eventually(() => expect(socket.received).toHaveLength(10));
  const bytes = audioOf(socket.received).reduce((sum, audio) => sum + Buffer.from(audio, "base64").length, 0);
  expect(bytes).toBe(6400);
});

test("S0.7, I8: partials and finals are passed on as they come; each partial is the whole text so far", async () => {
  const bench = await earBench();
  const { heard } = bench.listen();
  const socket = await bench.server.socket(0);
  socket.say({ event: "session.begin", request_id: "r", config: { sample_rate: "8000" } });
  socket.say({ event: "vad.speech_start", utterance_idx: 0, confidence: 0.9 });
  socket.say({ event: "transcript.partial", utterance_idx: 0, text: "मेरा" });
  socket.say({ event: "transcript.partial", utterance_idx: "0", text: "मेरा नाम" });
  socket.say({ event: "vad.speech_end", utterance_idx: 0 });
  socket.say({ event: "transcript.final", utterance_idx: 0, text: "मेरा नाम राज है", language: "or-IN" });
  socket.say({ event: "vad.speech_start", utterance_idx: 1 });
  await eventually(() => expect(heard).toHaveLength(6));
  expect(heard).toEqual([
    { kind: "speech-started", utterance: 1 },
    { kind: "partial", utterance: 1, text: "मेरा" },
    { kind: "partial", utterance: 1, text: "मेरा नाम" },
    { kind: "speech-ended", utterance: 1 },
    { kind: "final", utterance: 1, text: "मेरा नाम राज है", language: "od-IN" },
    { kind: "speech-started", utterance: 2 },
  ]);
});

test("I7, I11: finals before the end, after it, twice, late and blank are all passed on at once, with their utterance", async () => {
  const bench = await earBench();
  const { heard } = bench.listen();
  const socket = await bench.server.socket(0);
  const final = (utterance_idx: number, text: string) => ({ event: "transcript.final", utterance_idx, text });
  socket.say({ event: "vad.speech_start", utterance_idx: 0 });
  socket.say(final(0, "one"));
  socket.say({ event: "vad.speech_end", utterance_idx: 0 });
  socket.say(final(0, "one!"));
  socket.say({ event: "vad.speech_start", utterance_idx: 1 });
  socket.say({ event: "vad.speech_end", utterance_idx: 1 });
  socket.say(final(0, "one."));
  socket.say(final(1, ""));
  await eventually(() => expect(heard).toHaveLength(8));
  expect(heard.flatMap((event) => (event.kind === "final" ? [[event.utterance, event.text]] : []))).toEqual([
    [1, "one"],
    [1, "one!"],
    [1, "one."],
    [2, ""],
  ]);
  // The clock never moved: no message waited for another.
  expect(bench.clock.now()).toBe(0);
});

test("unknown events are counted, malformed and binary ones survived", async () => {
  const bench = await earBench();
  const { heard } = bench.listen();
  const socket = await bench.server.socket(0);
  socket.say({ event: "weather.report", sunny: true });
  for (const text of ["{", "null", "[]", '{"event":7}', '{"event":"transcript.final","text":5}']) socket.say(text);
  socket.say({ event: "transcript.final", utterance_idx: -1, text: "x" });
  socket.ws.send(Buffer.from([1, 2, 3]));
  socket.say({ event: "error", code: "invalid_config", message: "no such mode", is_fatal: false });
  socket.say({ event: "transcript.final", utterance_idx: 0, text: "still here" });
  await eventually(() => expect(heard).toEqual([{ kind: "final", utterance: 1, text: "still here" }]));
  expect(bench.counted.get("stt_unknown_messages")).toBe(1);
  expect(bench.counted.get("stt_malformed_messages")).toBe(6);
  expect(bench.server.sockets).toHaveLength(1);
});

test("I27: a ping goes out every 20 s, long before the server's 60 s are over", async () => {
  const bench = await earBench();
  bench.listen();
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened{realtime}")).toBe(1));
  await bench.clock.advance(59_000);
  await eventually(() => expect(socket.received).toEqual(['{"event":"ping"}', '{"event":"ping"}']));
});

test("a server that answered pings and falls silent is left for a new connection", async () => {
  const bench = await earBench();
  const listening = bench.listen();
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(1));
  await bench.clock.advance(20_000);
  await eventually(() => expect(socket.received).toHaveLength(1));
  socket.say({ event: "pong" });
  socket.say({ event: "unheard.of" });
  await eventually(() => expect(bench.counted.get("stt_unknown_messages")).toBe(1));
  await bench.clock.advance(40_000);
  await comeBack(bench, listening);
  expect(listening.heard[0]).toMatchObject({ kind: "ear-note", note: expect.stringContaining("no answer to a ping") });
});

test("what would break out of its string never gets into a message", async () => {
  const bench = await earBench();
  const { ear } = bench.listen();
  for (const payload of ['AAAA"}', "AA\\A", ""]) ear.hear(payload);
  ear.hear(frame(1));
  const socket = await bench.server.socket(0);
  await eventually(() => expect(audioOf(socket.received)).toEqual([frame(1)]));
  expect(bench.counted.get("stt_frames_dropped")).toBe(2);
});

test("aborting closes the socket, ends the iteration and leaves no timer", async () => {
  const bench = await earBench();
  const { ear, over, stop, heard } = bench.listen();
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(1));
  stop.abort();
  await over;
  ear.hear(frame(1));
  await eventually(() => expect(socket.closed).toBe(true));
  expect(bench.clock.pending).toBe(0);
  expect(heard).toEqual([]);
});

test("aborting while it connects, and before it began, opens nothing", async () => {
  const bench = await earBench();
  const early = bench.listen();
  early.stop.abort();
  await early.over;
  const never = bench.speech.listen({ format: MULAW, language: "hi-IN" }, AbortSignal.abort());
  for await (const event of never) expect.unreachable(event.kind);
  await bench.clock.advance(60_000);
  await eventually(() => expect(bench.server.sockets.every(({ closed }) => closed)).toBe(true));
  expect(bench.clock.pending).toBe(0);
  expect(bench.counted.get("stt_sockets_opened") ?? 0).toBe(0);
});

test("aborting between two tries ends them", async () => {
  const bench = await earBench();
  const { over, stop, heard } = bench.listen();
  (await bench.server.socket(0)).drop();
  await eventually(() => expect(kinds(heard)).toEqual(["ear-note"]));
  stop.abort();
  await over;
  expect(bench.clock.pending).toBe(0);
  await bench.clock.advance(60_000);
  expect(bench.server.sockets).toHaveLength(1);
});

test("a server that stops reading delays nobody: the oldest audio is dropped and counted, the newest arrives", async () => {
  const bench = await earBench();
  const { ear } = bench.listen({ encoding: "linear16", rate: 16000 });
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(1));
  socket.ws.pause();
  const many = 400;
  for (let index = 0; index < many; index += 1) ear.hear(frame(index, 90_000));
  const dropped = bench.counted.get("stt_frames_dropped") ?? 0;
  expect(dropped).toBeGreaterThan(0);
  socket.ws.resume();
  await eventually(() => {
    ear.hear(frame(many, 320));
    expect(audioOf(socket.received).at(-1)).toBe(frame(many, 320));
  });
  const firsts = new Set(audioOf(socket.received));
  expect(firsts.size).toBe(many + 1 - (bench.counted.get("stt_frames_dropped") ?? 0));
});

test("the language and the line must be ones that Sarvam can hear", async () => {
  const bench = await earBench();
  const { signal } = new AbortController();
  expect(() => bench.speech.listen({ format: MULAW, language: "fr-FR" }, signal)).toThrow(/fr-FR.*hi-IN/);
  expect(() => bench.speech.listen({ format: { encoding: "mulaw", rate: 24000 }, language: "hi-IN" }, signal)).toThrow(
    /24 kHz/,
  );
  await expect(earBench({ realtime: { threshold: 2 } })).rejects.toThrow(/threshold/);
});
