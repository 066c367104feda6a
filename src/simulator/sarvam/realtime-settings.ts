import { REALTIME_LANGUAGES, STT_MODES } from "./languages.ts";
import type { SampleEncoding } from "./samples.ts";
import type { VadSettings } from "./vad.ts";

export type RealtimeSettings = {
  readonly model: string;
  readonly encoding: SampleEncoding;
  readonly sampleRate: number;
  readonly timestamps: boolean;
  readonly prefixPaddingMs: number;
  language: string;
  prompt: string | undefined;
  streamType: string;
  mode: string;
  endpointing: string;
  threshold: number;
  silenceMs: number;
  minSpeechMs: number;
};

const ENCODINGS: Readonly<Record<string, SampleEncoding>> = {
  linear16: "linear16",
  linear32: "linear32",
  mulaw: "mulaw",
  alaw: "alaw",
};

/** What may be asked for where there is a list. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  language_code: REALTIME_LANGUAGES,
  model: ["saaras:v3-realtime", "saaras:v4-realtime", "saaras:v4"],
  stream_type: ["fast", "balanced", "simulated"],
  mode: STT_MODES,
  endpointing: ["vad", "manual"],
  encoding: Object.keys(ENCODINGS),
  sample_rate: ["8000", "16000"],
  return_timestamps: ["true", "false"],
};
const NUMBERS = ["threshold", "prefix_padding_ms", "silence_duration_ms", "min_speech_duration_ms"];

/** Reads the query of the realtime socket; a text says what is wrong with it. */
export function realtimeSettings(query: Readonly<Record<string, string>>): RealtimeSettings | string {
  const problem = problemWith(query);
  if (problem) return problem;
  const number = (name: string, usual: number): number => (query[name] === undefined ? usual : Number(query[name]));
  return {
    model: query["model"] ?? "saaras:v3-realtime",
    encoding: ENCODINGS[query["encoding"] ?? "linear16"] ?? "linear16",
    sampleRate: number("sample_rate", 16_000),
    timestamps: query["return_timestamps"] === "true",
    prefixPaddingMs: number("prefix_padding_ms", 300),
    language: query["language_code"] ?? "auto",
    prompt: query["prompt"],
    streamType: query["stream_type"] ?? "balanced",
    mode: query["mode"] ?? "transcribe",
    endpointing: query["endpointing"] ?? "vad",
    threshold: number("threshold", 0.3),
    silenceMs: number("silence_duration_ms", 500),
    minSpeechMs: number("min_speech_duration_ms", 250),
  };
}

function problemWith(query: Readonly<Record<string, string>>): string | undefined {
  if (query["language_code"] === undefined) return "language_code is required";
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = query[name];
    if (value !== undefined && !allowed.includes(value)) return `Invalid ${name}: ${value}`;
  }
  for (const name of NUMBERS) {
    const value = query[name];
    if (value !== undefined && !isAmount(name, Number(value))) return `Invalid ${name}: ${value}`;
  }
  if (query["keyterms"] !== undefined && (query["model"] ?? "").startsWith("saaras:v4") === false) {
    return "keyterms is only supported with saaras:v4";
  }
  return undefined;
}

/** Whether a `config.update` may set `name` to `value`. */
export function isUpdatable(name: string, value: unknown): boolean {
  if (name === "prompt") return typeof value === "string";
  if (name === "stream_type") return value === "fast" || value === "balanced";
  if (NUMBERS.includes(name) && name !== "prefix_padding_ms") return isAmount(name, Number(value));
  const settable = ["language_code", "mode", "endpointing"].includes(name);
  return settable && (CHOICES[name] ?? []).includes(String(value));
}

const isAmount = (name: string, value: number): boolean =>
  Number.isFinite(value) && value >= 0 && (name !== "threshold" || value <= 1);

/** `threshold` 0.3 is -40 dBFS: telephone speech lies 10 to 30 dB above it, line noise 10 dB and more below. */
export function realtimeVad(settings: RealtimeSettings): VadSettings {
  const startDb = -55 + settings.threshold * 50;
  const endCount = Math.max(1, Math.ceil(settings.silenceMs / 20));
  const startFrames = Math.max(1, Math.ceil(settings.minSpeechMs / 20));
  return { frameSteps: 2, startDb, stayDb: startDb - 5, startFrames, endCount, endWindow: endCount };
}

/** `config` of `session.begin`. */
export function shownSettings(settings: RealtimeSettings): Readonly<Record<string, unknown>> {
  return {
    model: settings.model,
    language_code: settings.language,
    encoding: settings.encoding,
    sample_rate: settings.sampleRate,
    stream_type: settings.streamType,
    mode: settings.mode,
    prompt: settings.prompt ?? null,
    turn_detection: settings.endpointing,
    threshold: settings.threshold,
    prefix_padding_ms: settings.prefixPaddingMs,
    silence_duration_ms: settings.silenceMs,
    min_speech_duration_ms: settings.minSpeechMs,
    return_timestamps: settings.timestamps,
  };
}
