import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type SarvamOptions, type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { type Client, dial, KEY, type Message, MULAW, TTS, type } from "./sarvam-client.ts";

let simulator: SarvamSimulator;
const QUICK = { firstAudioMs: 1, speed: 1000 };
const start = async (options: Partial<SarvamOptions> = {}): Promise<SarvamSimulator> => {
  simulator = await startSarvam({ keys: [KEY], ...QUICK, ...options });
  return simulator;
};
afterEach(() => simulator.close());

const SENTENCE = "नमस्ते, मैं आपकी क्या सहायता कर सकती हूँ? कृपया अपना सवाल बताइए।";
const say = (client: Client, text: string): void => client.send({ type: "text", data: { text } });
const flush = (client: Client): void => client.send({ type: "flush" });
const data = (message: Message): Record<string, unknown> => Object(message["data"]);
const sound = (client: Client): Buffer =>
  Buffer.concat(
    client.messages.filter(type("audio")).map((message) => Buffer.from(String(data(message)["audio"]), "base64")),
  );
const configured = async (change: object = {}, path = TTS): Promise<Client> => {
  const client = await dial(simulator, path);
  client.send({ ...MULAW, data: { ...MULAW.data, ...change } });
  return client;
};

test("text becomes headerless µ-law of 65 ms per character, and one final per flush", async () => {
  await start();
  const client = await configured();
  say(client, SENTENCE);
  flush(client);
  await client.until(type("event"));
  const expected = [...SENTENCE].length * 65 * 8;
  expect(Math.abs(sound(client).length - expected) / expected).toBeLessThan(0.05);
  expect(sound(client).toString("latin1", 0, 4)).not.toBe("RIFF");
  expect(data(client.messages.find(type("audio")) ?? {})["content_type"]).toBe("audio/mulaw");
  say(client, "दूसरा वाक्य।");
  flush(client);
  await client.until(() => client.messages.filter(type("event")).length === 2);
  expect(client.messages.filter(type("event")).map((message) => data(message)["event_type"])).toEqual([
    "final",
    "final",
  ]);
});

test("the same text sounds the same, another text another way, and both are as loud as speech", async () => {
  await start();
  const { synthesise } = await import("../../src/simulator/sarvam/tts-voice.ts");
  const settings = {
    model: "bulbul:v3",
    speaker: "shubh",
    language: "hi-IN",
    codec: "linear16",
    rate: 8000,
    pace: 1,
    minBuffer: 50,
    maxChunk: 150,
  } as const;
  const one = synthesise(SENTENCE, settings, 65);
  expect(synthesise(SENTENCE, { ...settings, language: "en-IN" }, 65).equals(one)).toBe(true);
  expect(synthesise(`${SENTENCE} और`, settings, 65).subarray(0, one.length).equals(one)).toBe(false);
  let power = 0;
  for (let at = 0; at < one.length; at += 2) power += one.readInt16LE(at) ** 2;
  const db = 10 * Math.log10(power / (one.length / 2) / 32_768 ** 2);
  expect(db).toBeGreaterThan(-27);
  expect(db).toBeLessThan(-12);
});

test("the first audio takes about 130 ms and the rest comes four to six times faster than it plays", async () => {
  const clock = new VirtualClock();
  await start({ clock, firstAudioMs: 130, speed: 5 });
  const at: number[] = [];
  let bytes = 0;
  simulator.wire.on((event) => {
    if (event.kind !== "tts-audio-sent") return;
    at.push(event.atMs);
    bytes += event.bytes;
  });
  const client = await configured();
  const heard = simulator.wire.next("flush-received");
  say(client, SENTENCE.repeat(3));
  flush(client);
  await heard;
  await clock.advance(100);
  expect(at).toEqual([]);
  await clock.advance(60);
  expect(at).toHaveLength(1);
  const done = simulator.wire.next("tts-final-sent");
  await clock.advance(10_000);
  const tookMs = (await done).atMs - (at[0] ?? 0);
  expect(bytes / 8 / tookMs).toBeGreaterThan(4);
  expect(bytes / 8 / tookMs).toBeLessThan(6);
});

test("short text waits for a flush or for enough characters", async () => {
  await start();
  const client = await configured();
  say(client, "नमस्ते।");
  client.send({ type: "ping" });
  await simulator.wire.next("ping-received");
  expect(client.messages).toEqual([]);
  say(client, " यह वाक्य इतना लम्बा है कि अब बोला जाएगा, बिना किसी फ्लश के।");
  await client.until(type("audio"));
  expect(client.messages.some(type("event"))).toBe(false);
});

test("a new config speaks what is buffered with the old settings first", async () => {
  await start();
  const client = await configured();
  say(client, "पुराना।");
  client.send({ type: "config", data: { ...MULAW.data, output_audio_codec: "linear16" } });
  say(client, "नया।");
  flush(client);
  await client.until(type("event"));
  const types = client.messages.filter(type("audio")).map((message) => data(message)["content_type"]);
  expect(types.filter((name, index) => name !== types[index - 1])).toEqual(["audio/mulaw", "audio/pcm"]);
});

test("v3 wav is a bare header with endless sizes, then PCM; v2 wav is a whole file each time", async () => {
  await start();
  const v3 = await configured({ output_audio_codec: "wav" });
  const v2 = await configured({ output_audio_codec: "wav", speaker: "anushka" }, TTS.replace("v3", "v2"));
  for (const client of [v3, v2]) {
    say(client, SENTENCE);
    flush(client);
    await client.until(type("event"));
  }
  const parts = (client: Client): Buffer[] =>
    client.messages.filter(type("audio")).map((message) => Buffer.from(String(data(message)["audio"]), "base64"));
  expect(parts(v3)[0]).toHaveLength(44);
  expect(parts(v3)[0]?.readUInt32LE(40)).toBe(0xffffffff);
  expect(parts(v3)[1]?.toString("latin1", 0, 4)).not.toBe("RIFF");
  expect(
    parts(v2).every((part) => part.toString("latin1", 0, 4) === "RIFF" && part.readUInt32LE(40) === part.length - 44),
  ).toBe(true);
});

test("no final without the flag, however it is spelled with it", async () => {
  await start();
  const loud = await configured({}, TTS.replace("=true", "=True"));
  const mute = await configured({}, "/text-to-speech/ws?model=bulbul:v3");
  for (const client of [mute, loud]) {
    say(client, "बस।");
    flush(client);
    await client.until(type("audio"));
  }
  await loud.until(type("event"));
  expect(mute.messages.some(type("event"))).toBe(false);
});

test.each([
  [{ speaker: "anushka" }, "400: Speaker 'anushka' is not compatible with model bulbul:v3", undefined],
  [{ speech_sample_rate: 11_025 }, "Unsupported speech_sample_rate, expected one of 8000, 16000, 22050, 24000", 400],
  [{ output_audio_codec: "pcm" }, "400: Unsupported output_audio_codec 'pcm'", undefined],
  [{ target_language_code: "fr-FR" }, "target_language_code: fr-FR is not supported", 422],
  [{ pace: 9 }, "pace must be between 0.5 and 2", 422],
  [{ colour: "red" }, "Unknown field colour", 422],
])("the config %j is refused, and text has no config then", async (change, message, code) => {
  await start();
  const client = await configured(change);
  say(client, SENTENCE);
  await client.until(() => client.messages.length === 2);
  expect(data(client.messages[0] ?? {})["message"]).toBe(message);
  expect(data(client.messages[0] ?? {})["code"]).toBe(code);
  expect(client.messages[1]).toMatchObject({
    type: "error",
    data: { code: 422, message: "config must be sent before text" },
  });
});

test("too long a text, an unknown type, broken JSON and a flush before config are told, and nothing else breaks", async () => {
  await start();
  const client = await dial(simulator, TTS);
  flush(client);
  client.send({ ...MULAW, data: { ...MULAW.data, speech_sample_rate: "8000" } });
  say(client, "अ".repeat(2501));
  client.send({ type: "clear" });
  client.socket.send("{");
  say(client, "ठीक।");
  flush(client);
  await client.until(type("event"));
  expect(client.messages.filter(type("error"))).toHaveLength(4);
  expect(client.messages.some(type("audio"))).toBe(true);
});

test("a model that does not exist ends the socket", async () => {
  const client = await dial(await start(), "/text-to-speech/ws?model=bulbul:v4");
  expect(await client.ended).toMatchObject({ code: 1003, reason: "400: Model 'bulbul:v4' is not supported" });
});

test("a client that leaves in mid-sentence stops the synthesis at once", async () => {
  const clock = new VirtualClock();
  await start({ clock, speed: 1 });
  const client = await configured();
  say(client, SENTENCE);
  await simulator.wire.next("text-received");
  await clock.advance(200);
  await client.until(type("audio"));
  const closed = simulator.wire.next("socket-closed");
  client.socket.close(1000);
  const { socket } = await closed;
  const sent = socket.audioOut.length;
  await clock.advance(20_000);
  expect(socket).toMatchObject({ aborted: true, closedBy: "client", closeCode: 1000 });
  expect(socket.audioOut).toHaveLength(sent);
  expect(clock.pending).toBe(0);
});

test("long text is cut at sentence ends into pieces no longer than asked", async () => {
  await start();
  const { pieces, takeText } = await import("../../src/simulator/sarvam/tts-text.ts");
  expect(pieces("One two. Three four. Five", 12)).toEqual(["One two.", "Three four.", "Five"]);
  expect(pieces("abcdefghij klm", 5)).toEqual(["abcde", "fghij", "klm"]);
  expect(takeText("Done. And mo", 8, false)).toEqual({ now: "Done.", rest: " And mo" });
  expect(takeText("short", 8, false)).toEqual({ now: "", rest: "short" });
});
