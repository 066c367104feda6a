import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type SarvamOptions, type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { dial, event, KEY, quiet, REALTIME, said, sendRealtime, toPcm } from "./sarvam-client.ts";

let simulator: SarvamSimulator;
const start = async (options: Partial<SarvamOptions> = {}): Promise<SarvamSimulator> => {
  simulator = await startSarvam({ keys: [KEY], ...options });
  return simulator;
};
afterEach(() => simulator.close());

test("a realtime session begins at once with the settings that are in force", async () => {
  const client = await dial(await start(), `${REALTIME}&silence_duration_ms=400`);
  const begin = await client.until(event("session.begin"));
  expect(begin["request_id"]).toMatch(/^\d{8}_[0-9a-f-]{36}$/);
  expect(begin["config"]).toMatchObject({
    model: "saaras:v3-realtime",
    encoding: "mulaw",
    sample_rate: 8000,
    stream_type: "balanced",
    turn_detection: "vad",
    silence_duration_ms: 400,
    min_speech_duration_ms: 250,
  });
});

test.each(["hi-question", "en-question", "en-interrupt", "hi-thanks", "en-bye", "hi-bye", "unknown"])(
  "the committed voice %s is understood in its own words and language, with growing partials",
  async (name) => {
    const { voice } = await import("../../src/simulator/voices.ts");
    const client = await dial(await start(), REALTIME);
    sendRealtime(client, Buffer.concat([quiet(333), said(name)]));
    const final = await client.until(event("transcript.final"));
    await client.until(event("vad.speech_end"));
    expect(final).toMatchObject({ utterance_idx: 0, text: voice(name).text, language: voice(name).language });
    expect(final["language_confidence"]).toBeGreaterThan(0.5);
    const partials = client.messages.filter(event("transcript.partial"));
    expect(partials.length).toBeGreaterThanOrEqual(2);
    expect(String(partials.at(-1)?.["text"]).length).toBeGreaterThan(String(partials[0]?.["text"]).length);
    expect(client.messages.findIndex(event("vad.speech_start"))).toBe(1);
  },
);

test("speech is found in µ-law, A-law and linear samples at both rates", async () => {
  await start();
  const { encodeSamples, SampleReader } = await import("../../src/simulator/sarvam/samples.ts");
  const samples = new SampleReader("mulaw").read(said("en-question"));
  const doubled = new Int16Array(samples.length * 2).map((_, index) => samples[index >> 1] ?? 0);
  const wide = Buffer.alloc(samples.length * 4);
  for (const [index, sample] of samples.entries()) wide.writeInt32LE(sample * 65_536, index * 4);
  const ways: [string, Buffer][] = [
    ["encoding=alaw&sample_rate=8000", encodeSamples(samples, "alaw")],
    ["encoding=linear16&sample_rate=8000", encodeSamples(samples, "linear16")],
    ["encoding=linear16&sample_rate=16000", encodeSamples(doubled, "linear16")],
    ["encoding=linear32&sample_rate=8000", wide],
  ];
  for (const [query, bytes] of ways) {
    const client = await dial(simulator, `/speech-to-text-realtime/ws?language_code=auto&${query}`);
    sendRealtime(client, bytes, 1001);
    expect(await client.until(event("transcript.final")), query).toMatchObject({
      text: "What are your opening hours?",
    });
  }
});

test("digital silence, line noise and a cough start nothing", async () => {
  const client = await dial(await start(), REALTIME);
  const noise = Buffer.from(Array.from({ length: 16_000 }, (_, index) => 0xf8 - ((index * 7919) % 5)));
  sendRealtime(client, Buffer.concat([quiet(2000), noise, said("cough", 1500)]));
  client.send({ event: "ping" });
  await client.until(event("pong"));
  expect(client.messages.map((message) => message["event"])).toEqual(["session.begin", "pong"]);
});

test("a shorter minimum hears the cough, and its transcript is blank", async () => {
  const client = await dial(await start(), `${REALTIME}&min_speech_duration_ms=80`);
  sendRealtime(client, said("cough"));
  expect(await client.until(event("transcript.final"))).toMatchObject({ text: "" });
});

test("speech start and end are told by the audio alone, at the durations asked for", async () => {
  const client = await dial(await start(), `${REALTIME}&silence_duration_ms=300&min_speech_duration_ms=200`);
  const tone = Buffer.from(Array.from({ length: 8000 }, (_, index) => (index % 16 < 8 ? 0x90 : 0x10)));
  const told: [string, number][] = [];
  let sent = 0;
  for (const frame of [
    ...Array.from({ length: 50 }, (_, at) => tone.subarray(at * 160, at * 160 + 160)),
    ...Array(50).fill(quiet(20)),
  ]) {
    sendRealtime(client, frame);
    client.send({ event: "ping" });
    sent += 20;
    await client.until(
      (message) => message["event"] === "pong" && client.messages.filter(event("pong")).length * 20 >= sent,
    );
    const kinds = client.messages.map((message) => String(message["event"]));
    for (const kind of ["vad.speech_start", "vad.speech_end"]) {
      if (kinds.includes(kind) && !told.some(([name]) => name === kind)) told.push([kind, sent]);
    }
  }
  expect(told).toEqual([
    ["vad.speech_start", 200],
    ["vad.speech_end", 1300],
  ]);
});

test("with no script, speech that nobody knows still yields words in the language asked for", async () => {
  const client = await dial(await start(), REALTIME.replace("auto", "ta-IN"));
  const tone = Buffer.from(Array.from({ length: 8000 }, (_, index) => (index % 16 < 8 ? 0x90 : 0x10)));
  sendRealtime(client, Buffer.concat([tone, quiet(700)]));
  const final = await client.until(event("transcript.final"));
  expect(final["text"]).toMatch(/\p{Script=Tamil}/u);
  expect(final["language"]).toBe("ta-IN");
});

test("scripted words are taken in order, across sockets, and then the voices are recognised again", async () => {
  await start({ script: ["one", { text: "दो", language: "hi-IN" }] });
  const first = await dial(simulator, REALTIME);
  sendRealtime(first, said("en-bye"));
  expect(await first.until(event("transcript.final"))).toMatchObject({ text: "one" });
  const second = await dial(simulator, REALTIME);
  sendRealtime(second, Buffer.concat([said("en-bye"), said("en-bye")]));
  const finals = (index: number) =>
    second.until((message) => event("transcript.final")(message) && message["utterance_idx"] === index);
  expect(await finals(0)).toMatchObject({ text: "दो", language: "hi-IN" });
  expect(await finals(1)).toMatchObject({ text: "Thank you, goodbye." });
});

test("finals come within 150 ms of the end of speech, before it or after", async () => {
  const clock = new VirtualClock();
  const offsets: number[] = [];
  await start({ clock });
  for (const offset of [-150, 150]) {
    simulator.faults.finalOffsetMs = offset;
    const client = await dial(simulator, REALTIME);
    sendRealtime(client, said("en-bye"));
    await client.until(event("vad.speech_end"));
    if (offset > 0) {
      expect(client.messages.some(event("transcript.final"))).toBe(false);
      await clock.advance(150);
    }
    await client.until(event("transcript.final"));
    const order = client.messages.map((message) => message["event"]);
    offsets.push(order.indexOf("transcript.final") - order.indexOf("vad.speech_end"));
  }
  expect(offsets).toEqual([-1, 1]);
});

test("manual endpointing listens from speech_start to speech_end only, and flush ends it too", async () => {
  const client = await dial(await start(), `${REALTIME}&endpointing=manual`);
  sendRealtime(client, said("en-bye"));
  client.send({ event: "speech_start" });
  sendRealtime(client, said("en-question", 100));
  client.send({ event: "speech_end" });
  expect(await client.until(event("transcript.final"))).toMatchObject({ text: "What are your opening hours?" });
  client.send({ event: "speech_start" });
  sendRealtime(client, said("hi-bye", 100));
  client.send({ event: "flush" });
  await client.until((message) => message["utterance_idx"] === 1 && message["text"] === "धन्यवाद, अलविदा।");
  expect(client.messages.some(event("vad.speech_start"))).toBe(false);
});

test("words said right after a final that came early are an utterance of their own", async () => {
  await start();
  simulator.faults.finalOffsetMs = -150;
  const client = await dial(simulator, REALTIME);
  sendRealtime(client, Buffer.concat([said("en-bye", 400), said("en-question")]));
  await client.until((message) => event("vad.speech_end")(message) && message["utterance_idx"] === 1);
  const finals = client.messages.filter(event("transcript.final"));
  expect(finals.map((message) => [message["utterance_idx"], message["text"]])).toEqual([
    [0, "Thank you, goodbye."],
    [1, "What are your opening hours?"],
  ]);
});

test("an update of the language waits for the end of the utterance, an update of the VAD does not", async () => {
  await start();
  simulator.faults.finalOffsetMs = 0;
  const client = await dial(simulator, REALTIME);
  sendRealtime(client, said("en-question", 0).subarray(0, 8000));
  await client.until(event("vad.speech_start"));
  client.send({ event: "config.update", language_code: "hi-IN", silence_duration_ms: 300 });
  expect(await client.until(event("config.updated"))).toEqual({
    event: "config.updated",
    applied: ["silence_duration_ms"],
  });
  sendRealtime(client, quiet(320));
  await client.until((message) => JSON.stringify(message["applied"]) === '["language_code"]');
  const order = client.messages.map((message) => message["event"]);
  expect(order.lastIndexOf("config.updated")).toBeGreaterThan(order.indexOf("vad.speech_end"));
  client.send({ event: "config.update", stream_type: "simulated" });
  expect(await client.until(event("error"))).toMatchObject({ code: "invalid_config", is_fatal: false });
});

test("simulated streams have no partials", async () => {
  const client = await dial(await start(), `${REALTIME}&stream_type=simulated`);
  sendRealtime(client, said("en-question"));
  await client.until(event("transcript.final"));
  expect(client.messages.some(event("transcript.partial"))).toBe(false);
});

test("end is answered with the audio seconds and close 1000", async () => {
  const client = await dial(await start(), REALTIME);
  sendRealtime(client, quiet(1500));
  client.send({ event: "end" });
  expect(await client.until(event("session.end"))).toMatchObject({ audio_duration_s: 1.5, total_utterances: 0 });
  expect((await client.ended).code).toBe(1000);
});

test.each([
  ["language_code=or-IN&sample_rate=44100", "Invalid sample_rate: 44100"],
  ["language_code=od-IN", "Invalid language_code: od-IN"],
  ["encoding=mulaw", "language_code is required"],
  ["language_code=hi-IN&model=saaras:v9", "Invalid model: saaras:v9"],
  ["language_code=hi-IN&keyterms=%5B%5D", "keyterms is only supported with saaras:v4"],
])("the query %s is refused with a fatal error and 4000", async (query, message) => {
  const client = await dial(await start(), `/speech-to-text-realtime/ws?${query}`);
  expect(await client.ended).toMatchObject({ code: 4000, reason: message });
  expect(client.messages).toEqual([
    { event: "error", code: "invalid_config", is_fatal: true, message, status_code: 400 },
  ]);
});

test("unknown events and broken JSON are complained about and survived", async () => {
  const client = await dial(await start(), REALTIME);
  client.socket.send("not json");
  client.send({ type: "flush" });
  client.send({ event: "ping" });
  await client.until(event("pong"));
  expect(client.messages.filter(event("error"))).toHaveLength(2);
});

test("a socket that says nothing for 60 s is closed with 1008, and a ping keeps it", async () => {
  const clock = new VirtualClock();
  await start({ clock });
  const client = await dial(simulator, REALTIME);
  await client.until(event("session.begin"));
  await clock.advance(50_000);
  client.send({ event: "ping" });
  await client.until(event("pong"));
  await clock.advance(50_000);
  expect(simulator.wire.open()).toBe(1);
  await clock.advance(10_000);
  expect(await client.ended).toMatchObject({ code: 1008 });
});

test("the wire log keeps every payload byte as it came, and binary audio is heard as well", async () => {
  const client = await dial(await start(), REALTIME);
  const bytes = said("en-bye");
  client.socket.send(bytes.subarray(0, 999));
  sendRealtime(client, bytes.subarray(999));
  await client.until(event("transcript.final"));
  const [record] = simulator.wire.sockets;
  expect(Buffer.concat(record?.audioIn ?? []).equals(bytes)).toBe(true);
  expect(record?.query["encoding"]).toBe("mulaw");
  expect(toPcm(bytes).length).toBe(bytes.length * 2);
});
