import { STREAMING_LANGUAGES, STT_MODES } from "./languages.ts";
import type { VadSettings } from "./vad.ts";

export type StreamingSettings = {
  readonly language: string;
  readonly rate: number;
  /** Raw PCM; otherwise each message is a WAV file, or raw bytes that were declared to be one. */
  readonly raw: boolean;
  readonly vadSignals: boolean;
  readonly flushSignal: boolean;
  readonly ignoredFrames: number;
  /** For the first speech and for all that follows. */
  readonly first: VadSettings;
  readonly next: VadSettings;
};

type Query = Readonly<Record<string, string>>;

const FLAGS = ["true", "false"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  "language-code": STREAMING_LANGUAGES,
  model: ["saaras:v3", "saaras:v4"],
  mode: STT_MODES,
  sample_rate: ["8000", "16000"],
  input_audio_codec: ["wav", "pcm_s16le", "pcm_l16", "pcm_raw"],
  high_vad_sensitivity: FLAGS,
  vad_signals: FLAGS,
  flush_signal: FLAGS,
};
const NUMBERS: Readonly<Record<string, number>> = {
  positive_speech_threshold: 0.7,
  negative_speech_threshold: 0.45,
  min_speech_frames: 2,
  first_turn_min_speech_frames: 8,
  negative_frames_count: 18,
  negative_frames_window: 24,
  start_speech_volume_threshold: -96,
  interrupt_min_speech_frames: 2,
  pre_speech_pad_frames: 9,
  num_initial_ignored_frames: 0,
};
/** The preset only ends speech sooner; its real numbers are unpublished. */
const SENSITIVE: Readonly<Record<string, number>> = { negative_frames_count: 10, negative_frames_window: 14 };

/** Reads the query of `/speech-to-text/ws`, or of the translating one; a text says what is wrong with it. */
export function streamingSettings(query: Query, translate: boolean): StreamingSettings | string {
  const problem = translate ? problemWithTranslate(query) : problemWith(query);
  if (problem) return problem;
  const preset = query["high_vad_sensitivity"] === "true" ? { ...NUMBERS, ...SENSITIVE } : NUMBERS;
  const number = (name: string): number => Number(query[name] ?? preset[name] ?? 0);
  const startDb = Math.max(loudness(number("positive_speech_threshold")), number("start_speech_volume_threshold"));
  const next: VadSettings = {
    frameSteps: 3,
    startDb,
    stayDb: Math.min(startDb, loudness(number("negative_speech_threshold"))),
    startFrames: Math.max(1, number("min_speech_frames")),
    endCount: Math.max(1, number("negative_frames_count")),
    endWindow: Math.max(number("negative_frames_window"), number("negative_frames_count")),
  };
  return {
    language: translate ? "unknown" : (query["language-code"] ?? "unknown"),
    rate: Number(query["sample_rate"] ?? 16_000),
    raw: (query["input_audio_codec"] ?? "wav") !== "wav",
    vadSignals: query["vad_signals"] === "true",
    flushSignal: query["flush_signal"] === "true",
    ignoredFrames: number("num_initial_ignored_frames"),
    first: { ...next, startFrames: Math.max(1, number("first_turn_min_speech_frames")) },
    next,
  };
}

/** The usual 0.7 is -40 dBFS, 0.45 is about -45. */
const loudness = (threshold: number): number => -55 + (threshold * 15) / 0.7;

function problemWith(query: Query): string | undefined {
  if (query["language_code"] !== undefined) return "Unknown parameter language_code, did you mean language-code";
  if (query["language-code"] === undefined) return "language-code is required";
  return problemWithValues(query, CHOICES) ?? problemWithKeyterms(query);
}

function problemWithTranslate(query: Query): string | undefined {
  const foreign = ["language-code", "language_code", "mode"].find((name) => query[name] !== undefined);
  if (foreign) return `Unknown parameter ${foreign}`;
  return problemWithValues(query, { ...CHOICES, model: ["saaras:v2.5"] });
}

function problemWithValues(query: Query, choices: typeof CHOICES): string | undefined {
  const known = (name: string): boolean => name in choices || name in NUMBERS || name === "keyterms";
  for (const [name, value] of Object.entries(query)) {
    if (!known(name)) return `Unknown parameter ${name}`;
    if (choices[name] && !choices[name].includes(value)) return `Invalid ${name}: ${value}`;
    if (name in NUMBERS && (value === "" || !Number.isFinite(Number(value)))) return `Invalid ${name}: ${value}`;
  }
  return undefined;
}

function problemWithKeyterms(query: Query): string | undefined {
  const text = query["keyterms"];
  if (text === undefined) return undefined;
  if (query["model"] !== "saaras:v4") return "keyterms is only supported with saaras:v4";
  try {
    const terms: unknown = JSON.parse(text);
    const fine = Array.isArray(terms) && terms.length <= 50 && terms.every((term) => String(term).length <= 64);
    return fine ? undefined : "keyterms: at most 50 terms of at most 64 characters";
  } catch {
    return "keyterms must be a JSON list";
  }
}
