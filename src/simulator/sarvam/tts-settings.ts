import type { JsonObject } from "./channel.ts";
import { SPEECH_LANGUAGES } from "./languages.ts";

export type SpeechCodec = "linear16" | "mulaw" | "alaw" | "wav" | "mp3";

export type SpeechSettings = {
  readonly model: string;
  readonly speaker: string;
  readonly language: string;
  readonly codec: SpeechCodec;
  readonly rate: number;
  readonly pace: number;
  readonly minBuffer: number;
  readonly maxChunk: number;
};

/** How a refusal is worded: `code` is absent where the real server leaves it out. */
export type Refusal = { readonly message: string; readonly code?: number };

const V2 = "anushka manisha vidya arya abhilash karun hitesh".split(" ");
const V3 =
  "shubh aditya ritu priya neha rahul pooja rohan simran kavya amit dev ishita shreya ratan varun manan sumit roopa kabir aayan ashutosh advait anand tanya tarun sunny mani gokul vijay shruti suhani mohit kavitha rehan soham rupali".split(
    " ",
  );

type Range = readonly [number, number];
type Model = {
  readonly speaks: (speaker: string) => boolean;
  readonly speaker: string;
  readonly rate: number;
  readonly pace: Range;
  readonly pitch?: Range;
  readonly loudness?: Range;
};

const MODELS: Readonly<Record<string, Model>> = {
  "bulbul:v2": {
    speaks: (speaker) => V2.includes(speaker),
    speaker: "anushka",
    rate: 22_050,
    pace: [0.3, 3],
    pitch: [-0.75, 0.75],
    loudness: [0.3, 3],
  },
  "bulbul:v3": { speaks: (speaker) => V3.includes(speaker), speaker: "shubh", rate: 24_000, pace: [0.5, 2] },
  "bulbul:v4-flash": {
    // 222 names such as `simran_en_customer`, renamed now and then: only their form is known here.
    speaks: (speaker) => /^[a-z]+_[a-z]+(_[a-z]+)+$/.test(speaker),
    speaker: "shubh_en_narration_gentle",
    rate: 24_000,
    pace: [0.5, 2],
    pitch: [-0.5, 0.5],
    loudness: [0.1, 2.5],
  },
};

const CODECS = ["mp3", "linear16", "mulaw", "alaw", "opus", "flac", "aac", "wav"];
const MADE: readonly SpeechCodec[] = ["linear16", "mulaw", "alaw", "wav", "mp3"];
const BITRATES = ["32k", "64k", "96k", "128k", "192k"];
const RATES = [8000, 16_000, 22_050, 24_000];
const REST_RATES = [...RATES, 32_000, 44_100, 48_000];
const KNOWN = new Set(
  "language_code target_language_code speaker model pace pitch loudness temperature speech_sample_rate output_audio_codec output_audio_bitrate enable_preprocessing min_buffer_size max_chunk_length dict_id enable_cached_responses send_completion_event text inputs".split(
    " ",
  ),
);

export const isModel = (model: string): boolean => model in MODELS;

/** Reads a `config` (or the body of a REST request, with its other default codec and more rates). */
export function speechSettings(
  data: JsonObject,
  model: string,
  { codec: usualCodec = "mp3", rest = false }: { readonly codec?: string; readonly rest?: boolean } = {},
): SpeechSettings | Refusal {
  const rules = MODELS[model];
  if (!rules) return { message: `400: Model '${model}' is not supported` };
  const rate = Number(data["speech_sample_rate"] ?? rules.rate);
  const codec = String(data["output_audio_codec"] ?? usualCodec);
  const problem =
    wrongField(data) ??
    wrongVoice(data, model, rules) ??
    wrongAudio(data, rate, rest ? REST_RATES : RATES, codec) ??
    wrongAmounts(data, rules);
  if (problem) return problem;
  const made = MADE.find((name) => name === codec);
  if (!made) return { message: `400: The simulator does not make ${codec}` };
  return {
    model,
    speaker: String(data["speaker"] ?? rules.speaker),
    language: String(data["target_language_code"] ?? data["language_code"]),
    codec: made,
    rate,
    pace: Number(data["pace"] ?? 1),
    minBuffer: Number(data["min_buffer_size"] ?? 50),
    maxChunk: Number(data["max_chunk_length"] ?? 150),
  };
}

function wrongField(data: JsonObject): Refusal | undefined {
  const name = Object.keys(data).find((field) => !KNOWN.has(field));
  return name === undefined ? undefined : { message: `Unknown field ${name}`, code: 422 };
}

function wrongVoice(data: JsonObject, model: string, rules: Model): Refusal | undefined {
  const language = data["target_language_code"] ?? data["language_code"];
  if (!SPEECH_LANGUAGES.includes(String(language))) {
    return { message: `target_language_code: ${String(language)} is not supported`, code: 422 };
  }
  const speaker = String(data["speaker"] ?? rules.speaker);
  if (rules.speaks(speaker)) return undefined;
  return { message: `400: Speaker '${speaker}' is not compatible with model ${model}` };
}

function wrongAudio(data: JsonObject, rate: number, rates: readonly number[], codec: string): Refusal | undefined {
  if (!rates.includes(rate)) {
    return { message: `Unsupported speech_sample_rate, expected one of ${rates.join(", ")}`, code: 400 };
  }
  if (!CODECS.includes(codec)) return { message: `400: Unsupported output_audio_codec '${codec}'` };
  const bitrate = data["output_audio_bitrate"];
  if (bitrate === undefined || BITRATES.includes(String(bitrate))) return undefined;
  return { message: `Unsupported output_audio_bitrate '${String(bitrate)}'`, code: 422 };
}

function wrongAmounts(data: JsonObject, rules: Model): Refusal | undefined {
  const ranges: Readonly<Record<string, Range | undefined>> = {
    pace: rules.pace,
    pitch: rules.pitch,
    loudness: rules.loudness,
    min_buffer_size: [30, 200],
    max_chunk_length: [50, 500],
    temperature: [0.01, 2],
  };
  for (const [name, range] of Object.entries(ranges)) {
    const value = data[name];
    // A model without the knob ignores it.
    if (value === undefined || value === null || !range) continue;
    const amount = Number(value);
    if (!(amount >= range[0] && amount <= range[1])) {
      return { message: `${name} must be between ${range[0]} and ${range[1]}`, code: 422 };
    }
  }
  return undefined;
}
