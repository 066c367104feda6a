import { expect, test } from "vitest";
import { configUpdate, type RealtimeQuery, realtimeUrl } from "../../src/speech/sarvam/stt-realtime-query.ts";
import { type StreamingQuery, streamingUrl } from "../../src/speech/sarvam/stt-streaming-query.ts";

const BASE = "https://api.sarvam.ai";
const streaming: StreamingQuery = { language: "hi-IN", model: "saaras:v4", sampleRate: 8000 };
const realtime: RealtimeQuery = { language: "hi-IN", model: "saaras:v4", encoding: "mulaw", sampleRate: 8000 };

const streamingQuery = (change: Partial<StreamingQuery>): URLSearchParams =>
  new URL(streamingUrl(BASE, { ...streaming, ...change })).searchParams;
const realtimeQuery = (change: Partial<RealtimeQuery>): URLSearchParams =>
  new URL(realtimeUrl(BASE, { ...realtime, ...change })).searchParams;

/** What the compiler would not let through, as it may come out of a file. */
const badly = (build: (base: string, query: never) => string, query: object) => (): string =>
  build(BASE, query as never);

test.each<[Partial<StreamingQuery>, string, string, unknown]>([
  [{ language: "unknown" }, "language-code", "unknown", "xx-IN"],
  [{ model: "saaras:v3" }, "model", "saaras:v3", "saarika:v2.5"],
  [{ mode: "codemix" }, "mode", "codemix", "sing"],
  [{ sampleRate: 16000 }, "sample_rate", "16000", 24000],
  [{ inputAudioCodec: "pcm_s16le" }, "input_audio_codec", "pcm_s16le", "mulaw"],
  [{ highVadSensitivity: true }, "high_vad_sensitivity", "true", "true"],
  [{ vadSignals: false }, "vad_signals", "false", 1],
  [{ flushSignal: true }, "flush_signal", "true", "yes"],
  [{ positiveSpeechThreshold: 0.7 }, "positive_speech_threshold", "0.7", 1.1],
  [{ negativeSpeechThreshold: 0.45 }, "negative_speech_threshold", "0.45", -0.1],
  [{ minSpeechFrames: 2 }, "min_speech_frames", "2", 2.5],
  [{ firstTurnMinSpeechFrames: 8 }, "first_turn_min_speech_frames", "8", -8],
  [{ negativeFramesCount: 18 }, "negative_frames_count", "18", "18"],
  [{ negativeFramesWindow: 24 }, "negative_frames_window", "24", Number.NaN],
  [{ startSpeechVolumeThreshold: -32.5 }, "start_speech_volume_threshold", "-32.5", "-32 dB"],
  [{ interruptMinSpeechFrames: 3 }, "interrupt_min_speech_frames", "3", -1],
  [{ preSpeechPadFrames: 9 }, "pre_speech_pad_frames", "9", 0.5],
  [{ numInitialIgnoredFrames: 0 }, "num_initial_ignored_frames", "0", null],
  [{ keyterms: ["Durvani", "दूरवाणी"] }, "keyterms", '["Durvani","दूरवाणी"]', ["x".repeat(65)]],
])("S2: streaming %o goes into the address as %s=%s; %o is refused by name", (change, name, value, bad) => {
  const query = streamingQuery(change);
  expect(query.get(name)).toBe(value);
  expect(query.size).toBe(name in streamingNames() ? 3 : 4);
  const [field = ""] = Object.keys(change);
  expect(badly(streamingUrl, { ...streaming, [field]: bad })).toThrow(field);
});

const streamingNames = (): object => Object.fromEntries(streamingQuery({}));

test.each<[Partial<RealtimeQuery>, string, string, unknown]>([
  [{ language: "od-IN" }, "language_code", "or-IN", "hindi"],
  [{ model: "saaras:v3-realtime" }, "model", "saaras:v3-realtime", "saaras:v3"],
  [{ streamType: "fast" }, "stream_type", "fast", "quick"],
  [{ mode: "translit" }, "mode", "translit", ""],
  [{ prompt: "bank & loans" }, "prompt", "bank & loans", 7],
  [{ endpointing: "manual" }, "endpointing", "manual", "auto"],
  [{ encoding: "alaw" }, "encoding", "alaw", "opus"],
  [{ sampleRate: 16000 }, "sample_rate", "16000", 48000],
  [{ returnTimestamps: true }, "return_timestamps", "true", "true"],
  [{ threshold: 0.3 }, "threshold", "0.3", 3],
  [{ prefixPaddingMs: 300 }, "prefix_padding_ms", "300", -1],
  [{ silenceDurationMs: 450 }, "silence_duration_ms", "450", 0.5],
  [{ minSpeechDurationMs: 250 }, "min_speech_duration_ms", "250", "250"],
  [{ keyterms: ["EMI"] }, "keyterms", '["EMI"]', Array.from({ length: 51 }, () => "x")],
  [{ lidGateSeconds: 1.5 }, "lid_gate_seconds", "1.5", -1],
  [{ lidConfidenceThreshold: 0.8 }, "lid_confidence_threshold", "0.8", 80],
])("realtime %o goes into the address as %s=%s; %o is refused by name", (change, name, value, bad) => {
  expect(realtimeQuery(change).get(name)).toBe(value);
  const [field = ""] = Object.keys(change);
  expect(badly(realtimeUrl, { ...realtime, [field]: bad })).toThrow(field);
});

test("S2: every language is written as its socket spells it: Odia and the unknown one differ", () => {
  expect(streamingQuery({ language: "od-IN" }).get("language-code")).toBe("od-IN");
  expect(realtimeQuery({ language: "unknown" }).get("language_code")).toBe("auto");
  for (const language of ["kok-IN", "doi-IN", "en-IN"] as const) {
    expect(streamingQuery({ language }).get("language-code")).toBe(language);
    expect(realtimeQuery({ language }).get("language_code")).toBe(language);
  }
});

test("keyterms need a v4 model, and unknown parameters are refused", () => {
  expect(badly(streamingUrl, { ...streaming, model: "saaras:v3", keyterms: ["x"] })).toThrow(/only the saaras:v4/);
  expect(badly(realtimeUrl, { ...realtime, model: "saaras:v3-realtime", keyterms: ["x"] })).toThrow(
    /only the saaras:v4/,
  );
  expect(badly(streamingUrl, { ...streaming, language_code: "hi-IN" })).toThrow(/language_code/);
});

test("the address is the origin's, with ws for http and wss for https", () => {
  expect(streamingUrl("https://api.sarvam.ai", streaming)).toMatch(/^wss:\/\/api\.sarvam\.ai\/speech-to-text\/ws\?/);
  expect(realtimeUrl("http://127.0.0.1:99", realtime)).toMatch(
    /^ws:\/\/127\.0\.0\.1:99\/speech-to-text-realtime\/ws\?/,
  );
});

test("a config.update names only what changes, in the wire's own words", () => {
  const update = configUpdate({
    language: "od-IN",
    prompt: "",
    silenceDurationMs: 300,
    streamType: "fast",
    threshold: 0,
  });
  expect(JSON.parse(update)).toEqual({
    event: "config.update",
    language_code: "or-IN",
    prompt: "",
    silence_duration_ms: 300,
    stream_type: "fast",
    threshold: 0,
  });
  expect(() => configUpdate({ threshold: 5 })).toThrow(/threshold/);
  expect(badly((_base, change) => configUpdate(change), { streamType: "simulated" })).toThrow(/streamType/);
});
