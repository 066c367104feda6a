import { z } from "zod";
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

const streamingQuery = z
  .strictObject({
    language,
    model: z.enum(["saaras:v3", "saaras:v4"]),
    mode,
    sampleRate: rate,
    inputAudioCodec: z.enum(["wav", "pcm_s16le", "pcm_l16", "pcm_raw"]).optional(),
    highVadSensitivity: flag,
    vadSignals: flag,
    flushSignal: flag,
    positiveSpeechThreshold: share,
    negativeSpeechThreshold: share,
    minSpeechFrames: count,
    firstTurnMinSpeechFrames: count,
    negativeFramesCount: count,
    negativeFramesWindow: count,
    /** Decibels. */
    startSpeechVolumeThreshold: z.number().optional(),
    interruptMinSpeechFrames: count,
    preSpeechPadFrames: count,
    numInitialIgnoredFrames: count,
    keyterms,
  })
  .refine(termsNeedV4, TERMS_NEED_V4);

/** Everything `/speech-to-text/ws` can be told, all of it in its URL. The rate counts only here, not in its messages. */
export type StreamingQuery = Readonly<z.input<typeof streamingQuery>>;

const NAMES = {
  // The only name with a hyphen.
  language: "language-code",
  model: "model",
  mode: "mode",
  sampleRate: "sample_rate",
  inputAudioCodec: "input_audio_codec",
  highVadSensitivity: "high_vad_sensitivity",
  vadSignals: "vad_signals",
  flushSignal: "flush_signal",
  positiveSpeechThreshold: "positive_speech_threshold",
  negativeSpeechThreshold: "negative_speech_threshold",
  minSpeechFrames: "min_speech_frames",
  firstTurnMinSpeechFrames: "first_turn_min_speech_frames",
  negativeFramesCount: "negative_frames_count",
  negativeFramesWindow: "negative_frames_window",
  startSpeechVolumeThreshold: "start_speech_volume_threshold",
  interruptMinSpeechFrames: "interrupt_min_speech_frames",
  preSpeechPadFrames: "pre_speech_pad_frames",
  numInitialIgnoredFrames: "num_initial_ignored_frames",
  keyterms: "keyterms",
} satisfies Record<keyof StreamingQuery, string>;

/** Throws an `Error` that names every parameter with a bad value. */
export function streamingUrl(baseUrl: string, query: StreamingQuery): string {
  return sttUrl(
    baseUrl,
    "/speech-to-text/ws",
    NAMES,
    checked("Sarvam streaming speech-to-text", streamingQuery, query),
  );
}
