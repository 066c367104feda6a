import { SarvamAIClient } from "sarvamai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { frames, KEY, said, toPcm } from "./sarvam-client.ts";

/** The official SDK knows nothing of us: what it understands, Sarvam's own customers understand. */

let simulator: SarvamSimulator;
let sarvam: SarvamAIClient;
beforeEach(async () => {
  simulator = await startSarvam({ keys: [KEY], firstAudioMs: 5, speed: 500, firstWordMs: 1, wordMs: 1 });
  sarvam = new SarvamAIClient({ apiSubscriptionKey: KEY, baseUrl: simulator.url });
});
afterEach(() => simulator.close());

/** Keeps what a socket of the SDK hands out, and waits for what the test waits for. */
function collect<T>(socket: { on(name: "message", then: (message: T) => void): void }): {
  readonly messages: T[];
  until(match: (message: T) => boolean): Promise<T>;
} {
  const messages: T[] = [];
  let check: () => void = () => {};
  socket.on("message", (message) => {
    messages.push(message);
    check();
  });
  const until = (match: (message: T) => boolean): Promise<T> =>
    new Promise((resolve) => {
      check = () => {
        const found = messages.find(match);
        if (found !== undefined) resolve(found);
      };
      check();
    });
  return { messages, until };
}

test("the official SDK transcribes over the streaming socket", async () => {
  const socket = await sarvam.speechToTextStreaming.connect({
    "language-code": "hi-IN",
    model: "saaras:v3",
    sample_rate: "8000",
    input_audio_codec: "pcm_s16le",
    vad_signals: "true",
    flush_signal: "true",
    reconnectAttempts: 0,
  });
  const heard = collect(socket);
  await socket.waitForOpen();
  socket.setPrompt("orders");
  for (const frame of frames(toPcm(said("hi-question", 0)), 640)) {
    socket.transcribe({ audio: frame.toString("base64"), sample_rate: 8000, encoding: "audio/wav" });
  }
  socket.flush();
  const message = await heard.until(({ type }) => type === "data");
  expect(message.data).toMatchObject({ transcript: "मेरा ऑर्डर कहाँ है?", language_code: "hi-IN" });
  expect(heard.messages.map(({ type }) => type)).toEqual(["events", "events", "data"]);
  expect(simulator.wire.sockets[0]?.headers["sec-websocket-protocol"]).toBe(`api-subscription-key.${KEY}`);
  socket.close();
});

test("the official SDK transcribes over the realtime socket", async () => {
  const socket = await sarvam.speechToTextRealtimeStreaming.connect({
    language_code: "auto",
    encoding: "mulaw",
    sample_rate: "8000",
    "Api-Subscription-Key": KEY,
    reconnectAttempts: 0,
  });
  const heard = collect(socket);
  await socket.waitForOpen();
  for (const frame of frames(said("en-question"), 160)) {
    socket.sendRealtimeAudioInput({ event: "audio_input", audio: frame.toString("base64") });
  }
  const final = await heard.until((message) => message.event === "transcript.final");
  expect(final).toMatchObject({ text: "What are your opening hours?", utterance_idx: 0 });
  socket.sendRealtimePing({ event: "ping" });
  await heard.until((message) => message.event === "pong");
  socket.sendRealtimeEnd({ event: "end" });
  await heard.until((message) => message.event === "session.end");
  const kinds = new Set(heard.messages.map((message) => message.event));
  expect([...kinds].sort()).toEqual([
    "pong",
    "session.begin",
    "session.end",
    "transcript.final",
    "transcript.partial",
    "vad.speech_end",
    "vad.speech_start",
  ]);
});

test("the official SDK transcribes over the translating socket", async () => {
  const socket = await sarvam.speechToTextTranslateStreaming.connect({
    sample_rate: "8000",
    input_audio_codec: "pcm_s16le",
    reconnectAttempts: 0,
  });
  const heard = collect(socket);
  await socket.waitForOpen();
  for (const frame of frames(toPcm(said("en-bye", 900)), 640)) {
    socket.translate({ audio: frame.toString("base64"), sample_rate: 8000, encoding: "audio/wav" });
  }
  expect((await heard.until(({ type }) => type === "data")).data).toMatchObject({ transcript: "Thank you, goodbye." });
  socket.close();
});

test("the official SDK speaks over the TTS socket", async () => {
  const socket = await sarvam.textToSpeechStreaming.connect({
    model: "bulbul:v3",
    send_completion_event: "true",
    reconnectAttempts: 0,
  });
  const heard = collect(socket);
  await socket.waitForOpen();
  socket.configureConnection({
    language_code: "hi-IN",
    speaker: "shubh",
    output_audio_codec: "mulaw",
    speech_sample_rate: 8000,
  });
  socket.ping();
  socket.convert("नमस्ते, मैं आपकी क्या मदद करूँ?");
  socket.flush();
  await heard.until(({ type }) => type === "event");
  expect(heard.messages.at(-1)).toMatchObject({ type: "event", data: { event_type: "final" } });
  expect(heard.messages[0]).toMatchObject({ type: "audio", data: { content_type: "audio/mulaw" } });
  socket.close();
});

test("the SDK's own default speaker is refused by bulbul:v3, as by the real server", async () => {
  const socket = await sarvam.textToSpeechStreaming.connect({ model: "bulbul:v3", reconnectAttempts: 0 });
  const heard = collect(socket);
  await socket.waitForOpen();
  socket.configureConnection({ language_code: "hi-IN" });
  const refusal = await heard.until(({ type }) => type === "error");
  expect(refusal.data).toMatchObject({ message: "400: Speaker 'anushka' is not compatible with model bulbul:v3" });
  socket.close();
});

test("the official SDK's REST calls are answered: chat, translation, language, speech, transcription", async () => {
  const chat = await sarvam.chat.completions({
    model: "sarvam-105b",
    messages: [{ role: "user", content: "Where is my order?" }],
  });
  expect(JSON.stringify(chat)).toContain("Your order is on its way.");
  const translated = await sarvam.text.translate({
    input: "Good morning",
    source_language_code: "en-IN",
    target_language_code: "hi-IN",
  });
  expect(translated.translated_text).toBe("[hi-IN] Good morning");
  const language = await sarvam.text.identifyLanguage({ input: "வணக்கம்" });
  expect(language).toMatchObject({ language_code: "ta-IN", script_code: "Taml" });
  const speech = await sarvam.textToSpeech.convert({
    text: "नमस्ते",
    language_code: "hi-IN",
    model: "bulbul:v3",
    speaker: "shubh",
    speech_sample_rate: 8000,
  });
  const wav = Buffer.from(speech.audios[0] ?? "", "base64");
  expect(wav.toString("latin1", 0, 4)).toBe("RIFF");
  expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
});
