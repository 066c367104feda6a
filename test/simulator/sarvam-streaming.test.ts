import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { wavHeader } from "../../src/simulator/sarvam/samples.ts";
import { type SarvamOptions, type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { dial, KEY, type Message, quiet, STREAMING, said, sendStreaming, toPcm, type } from "./sarvam-client.ts";

let simulator: SarvamSimulator;
const start = async (options: Partial<SarvamOptions> = {}): Promise<SarvamSimulator> => {
  simulator = await startSarvam({ keys: [KEY], ...options });
  return simulator;
};
afterEach(() => simulator.close());

const signal = (name: string) => (message: Message) =>
  message["type"] === "events" && JSON.stringify(message["data"]).includes(`"${name}"`);

test("speech is told as START_SPEECH, END_SPEECH and, 160 to 240 ms later, its transcript", async () => {
  const clock = new VirtualClock();
  const client = await dial(await start({ clock }), STREAMING);
  sendStreaming(client, toPcm(said("hi-question", 900)));
  const end = await client.until(signal("END_SPEECH"));
  expect(end["data"]).toEqual({ signal_type: "END_SPEECH", occured_at: expect.any(Number) });
  await clock.advance(159);
  expect(client.messages.some(type("data"))).toBe(false);
  await clock.advance(82);
  const { data } = await client.until(type("data"));
  expect(data).toMatchObject({
    transcript: "मेरा ऑर्डर कहाँ है?",
    language_code: "hi-IN",
    language_probability: 0.94,
    timestamps: null,
    diarized_transcript: null,
    metrics: { processing_latency: 0.13, audio_duration: expect.any(Number) },
  });
  expect(client.messages.map((message) => message["type"])).toEqual(["events", "events", "data"]);
});

test("without vad_signals there are no events, and no probability unless the language is unknown", async () => {
  const client = await dial(
    await start(),
    STREAMING.replace("unknown", "en-IN").replace("vad_signals=true", "vad_signals=false"),
  );
  sendStreaming(client, toPcm(said("en-question", 900)));
  expect((await client.until(type("data")))["data"]).toMatchObject({
    transcript: "What are your opening hours?",
    language_probability: null,
  });
  expect(client.messages).toHaveLength(1);
});

test("flush ends the segment at once, only where flush_signal was asked for, and says nothing when there is none", async () => {
  await start();
  const deaf = await dial(simulator, STREAMING.replace("flush_signal=true", "flush_signal=false"));
  const client = await dial(simulator, STREAMING);
  for (const each of [deaf, client]) {
    each.send({ type: "flush" });
    sendStreaming(each, toPcm(said("en-bye", 0)));
    each.send({ type: "flush" });
  }
  expect((await client.until(type("data")))["data"]).toMatchObject({ transcript: "Thank you, goodbye." });
  expect(client.messages.map((message) => message["type"])).toEqual(["events", "events", "data"]);
  expect(deaf.messages.map((message) => message["type"])).toEqual(["events"]);
});

test("WAV messages are read through their header", async () => {
  const client = await dial(await start(), "/speech-to-text/ws?language-code=unknown&sample_rate=8000");
  for (const part of [said("en-question", 900)]) {
    const pcm = toPcm(part);
    const audio = Buffer.concat([wavHeader(8000, pcm.length), pcm]).toString("base64");
    client.send({ audio: { data: audio, sample_rate: "8000", encoding: "audio/wav" } });
  }
  expect((await client.until(type("data")))["data"]).toMatchObject({ transcript: "What are your opening hours?" });
});

test("8000 in the message but not in the URL is an error and a close", async () => {
  const client = await dial(await start(), STREAMING.replace("sample_rate=8000&", ""));
  sendStreaming(client, toPcm(quiet(40)));
  expect((await client.ended).code).toBe(1003);
  expect(client.messages[0]).toMatchObject({ type: "error", data: { code: "invalid_request_error" } });
});

test("a message without audio is an error that says so, and a close", async () => {
  const client = await dial(await start(), STREAMING);
  client.send({ data: "AAAA", sample_rate: 8000 });
  expect(await client.ended).toMatchObject({ code: 1003, reason: "audio must not be None" });
});

test.each([
  ["language_code=hi-IN", "Unknown parameter language_code, did you mean language-code"],
  ["model=saaras:v3", "language-code is required"],
  ["language-code=or-IN", "Invalid language-code: or-IN"],
  ["language-code=hi-IN&input_audio_codec=mulaw", "Invalid input_audio_codec: mulaw"],
  ["language-code=hi-IN&model=saaras:v3&keyterms=%5B%5D", "keyterms is only supported with saaras:v4"],
  ["language-code=hi-IN&min_speech_frames=x", "Invalid min_speech_frames: x"],
])("the query %s is refused", async (query, message) => {
  const client = await dial(await start(), `/speech-to-text/ws?${query}`);
  expect(await client.ended).toMatchObject({ code: 1003, reason: message });
});

test("every query parameter of the reference is accepted, and the fine ones are obeyed", async () => {
  const fine =
    "&high_vad_sensitivity=true&positive_speech_threshold=0.6&negative_speech_threshold=0.4&min_speech_frames=2&first_turn_min_speech_frames=2&negative_frames_count=5&negative_frames_window=6&start_speech_volume_threshold=-60&interrupt_min_speech_frames=2&pre_speech_pad_frames=9&num_initial_ignored_frames=1&mode=transcribe";
  const client = await dial(await start(), STREAMING + fine);
  sendStreaming(client, toPcm(said("cough", 240)));
  await client.until(signal("END_SPEECH"));
  expect((await client.until(type("data")))["data"]).toMatchObject({ transcript: "" });
});

test("frames to be ignored at the beginning are ignored", async () => {
  const client = await dial(await start(), `${STREAMING}&num_initial_ignored_frames=100`);
  sendStreaming(client, toPcm(Buffer.concat([said("en-bye", 1716), said("hi-bye", 900)])));
  expect((await client.until(type("data")))["data"]).toMatchObject({ transcript: "धन्यवाद, अलविदा।" });
});

test("the translating socket knows saaras:v2.5 only and no language", async () => {
  await start();
  const client = await dial(
    simulator,
    "/speech-to-text-translate/ws?model=saaras:v2.5&sample_rate=8000&input_audio_codec=pcm_s16le",
  );
  client.send({ type: "config", prompt: "orders" });
  sendStreaming(client, toPcm(said("en-question", 900)));
  expect((await client.until(type("data")))["data"]).not.toHaveProperty("diarized_transcript");
  const wrong = await dial(simulator, "/speech-to-text-translate/ws?mode=translate");
  expect((await wrong.ended).code).toBe(1003);
});

test("60 s of silence cut the connection without a close frame", async () => {
  const clock = new VirtualClock();
  const client = await dial(await start({ clock }), STREAMING);
  await clock.advance(60_000);
  expect((await client.ended).code).toBe(1006);
});
