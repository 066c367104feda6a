import type { AudioFormat } from "../../audio/format.ts";
import type { Voice } from "../../record/record.ts";
import { speakerComplaint } from "./tts-speakers.ts";

type Range = readonly [least: number, most: number];
type Model = {
  readonly pace: Range;
  readonly pitch?: Range;
  readonly loudness?: Range;
  readonly temperature?: Range;
};

/** Which settings each model takes, and within what. A setting that is absent is refused by us before the server can. */
const MODELS: Readonly<Record<string, Model>> = {
  "bulbul:v2": { pace: [0.3, 3], pitch: [-0.75, 0.75], loudness: [0.3, 3] },
  "bulbul:v3": { pace: [0.5, 2], temperature: [0.01, 1] },
  "bulbul:v4-flash": { pace: [0.5, 2], pitch: [-0.5, 0.5], loudness: [0.1, 2.5] },
};
const BITRATES = ["32k", "64k", "96k", "128k", "192k"];
const MIN_BUFFER: Range = [30, 200];
const MAX_CHUNK: Range = [50, 500];

/** Characters one `text` message may hold. */
const MAX_TEXT = 2500;

/** Everything wrong with a voice, in plain words that name the field; empty when Sarvam can speak it. */
export function voiceComplaints(voice: Voice): readonly string[] {
  const model = MODELS[voice.model];
  if (!model) return [`model "${voice.model}" is unknown; known are ${Object.keys(MODELS).join(", ")}`];
  const ranged = (["pace", "pitch", "loudness", "temperature"] as const).map((field) =>
    rangeComplaint(field, voice[field], model[field], voice.model),
  );
  return [
    speakerComplaint(voice.model, voice.speaker),
    ...ranged,
    wholeComplaint("minBufferSize", voice.minBufferSize, MIN_BUFFER),
    wholeComplaint("maxChunkLength", voice.maxChunkLength, MAX_CHUNK),
    voice.bitrate === undefined || BITRATES.includes(voice.bitrate)
      ? undefined
      : `bitrate "${voice.bitrate}" must be one of ${BITRATES.join(", ")}`,
  ].filter((complaint) => complaint !== undefined);
}

function rangeComplaint(field: string, value: number | undefined, range: Range | undefined, model?: string) {
  if (value === undefined) return undefined;
  if (!range) return `${field} is not taken by ${model}`;
  return value >= range[0] && value <= range[1] ? undefined : `${field} must be from ${range[0]} to ${range[1]}`;
}

function wholeComplaint(field: string, value: number | undefined, range: Range) {
  if (value === undefined || Number.isInteger(value)) return rangeComplaint(field, value, range);
  return `${field} must be a whole number of characters`;
}

/** The voice as both the socket and the HTTP stream take it. Throws a plain Error with every complaint about the voice. */
export function voiceFields(voice: Voice, format: AudioFormat): Readonly<Record<string, string | number>> {
  const complaints = voiceComplaints(voice);
  if (complaints.length > 0) throw new Error(`Sarvam cannot speak with this voice: ${complaints.join("; ")}`);
  return {
    target_language_code: voice.language,
    speaker: voice.speaker,
    speech_sample_rate: format.rate,
    output_audio_codec: format.encoding,
    ...(voice.pace !== undefined && { pace: voice.pace }),
    ...(voice.pitch !== undefined && { pitch: voice.pitch }),
    ...(voice.loudness !== undefined && { loudness: voice.loudness }),
    ...(voice.temperature !== undefined && { temperature: voice.temperature }),
    ...(voice.bitrate !== undefined && { output_audio_bitrate: voice.bitrate }),
  };
}

/** The first message on every socket. The buffer sizes are Sarvam's own defaults, said aloud. */
export function configMessage(voice: Voice, format: AudioFormat): string {
  const data = {
    ...voiceFields(voice, format),
    min_buffer_size: voice.minBufferSize ?? 50,
    max_chunk_length: voice.maxChunkLength ?? 150,
  };
  return JSON.stringify({ type: "config", data });
}

/** Cuts a text into pieces one message may hold, at white space where there is any. Joined they are the text. */
export function textPieces(text: string, most = MAX_TEXT): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const space = rest.lastIndexOf(" ", most - 1);
    // Without white space, not between the two halves of one character.
    const hard = /[\uD800-\uDBFF]/.test(rest[most - 1] ?? "") ? most - 1 : most;
    const cut = space > 0 ? space + 1 : hard;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest];
}
