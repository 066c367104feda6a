import { z } from "zod";
import { realtimeSpelling } from "./stt-languages.ts";
import {
  checked,
  count,
  flag,
  keyterms,
  language,
  mode,
  rate,
  share,
  sttUrl,
  TERMS_NEED_V4,
  termsNeedV4,
} from "./stt-query.ts";

const endpointing = z.enum(["vad", "manual"]).optional();

const realtimeQuery = z
  .strictObject({
    language,
    // SDK and documentation disagree on the second model's name: both are let through, the server decides.
    model: z.enum(["saaras:v3-realtime", "saaras:v4-realtime", "saaras:v4"]),
    /** `fast` gives the earliest and roughest partials, `simulated` none. */
    streamType: z.enum(["fast", "balanced", "simulated"]).optional(),
    mode,
    prompt: z.string().optional(),
    endpointing,
    encoding: z.enum(["linear16", "linear32", "mulaw", "alaw"]),
    sampleRate: rate,
    returnTimestamps: flag,
    threshold: share,
    prefixPaddingMs: count,
    silenceDurationMs: count,
    minSpeechDurationMs: count,
    keyterms,
    lidGateSeconds: z.number().nonnegative().optional(),
    lidConfidenceThreshold: share,
  })
  .refine(termsNeedV4, TERMS_NEED_V4);

/** Everything `/speech-to-text-realtime/ws` can be told in its URL. */
export type RealtimeQuery = Readonly<z.input<typeof realtimeQuery>>;

const NAMES = {
  language: "language_code",
  model: "model",
  streamType: "stream_type",
  mode: "mode",
  prompt: "prompt",
  endpointing: "endpointing",
  encoding: "encoding",
  sampleRate: "sample_rate",
  returnTimestamps: "return_timestamps",
  threshold: "threshold",
  prefixPaddingMs: "prefix_padding_ms",
  silenceDurationMs: "silence_duration_ms",
  minSpeechDurationMs: "min_speech_duration_ms",
  keyterms: "keyterms",
  lidGateSeconds: "lid_gate_seconds",
  lidConfidenceThreshold: "lid_confidence_threshold",
} satisfies Record<keyof RealtimeQuery, string>;

/** Throws an `Error` that names every parameter with a bad value. */
export function realtimeUrl(baseUrl: string, query: RealtimeQuery): string {
  const good = checked("Sarvam realtime speech-to-text", realtimeQuery, query);
  return sttUrl(baseUrl, "/speech-to-text-realtime/ws", NAMES, { ...good, language: realtimeSpelling(good.language) });
}

const realtimeChange = z.strictObject({
  language: language.optional(),
  /** An empty prompt clears the one before. */
  prompt: z.string().optional(),
  mode,
  streamType: z.enum(["fast", "balanced"]).optional(),
  endpointing,
  threshold: share,
  silenceDurationMs: count,
  minSpeechDurationMs: count,
});

/** What can change while the socket is open: VAD settings at once, the others with the next utterance. */
export type RealtimeChange = Readonly<z.input<typeof realtimeChange>>;

/** The `config.update` message. Throws an `Error` that names every field with a bad value. */
export function configUpdate(change: RealtimeChange): string {
  const good = checked("Sarvam realtime config.update", realtimeChange, change);
  const fields: Record<string, string | number | undefined> = {
    ...good,
    language: good.language && realtimeSpelling(good.language),
  };
  const message: Record<string, string | number> = { event: "config.update" };
  for (const [field, name] of Object.entries(NAMES)) {
    const value = fields[field];
    if (value !== undefined) message[name] = value;
  }
  return JSON.stringify(message);
}
