import type { AudioFormat } from "../../audio/format.ts";
import { Resampler } from "../../audio/resample.ts";
import type { HeardLanguage } from "./stt-languages.ts";
import { audioInput, PING, readRealtime } from "./stt-realtime-messages.ts";
import { type RealtimeQuery, realtimeUrl } from "./stt-realtime-query.ts";
import type { SttSession, SttWire } from "./stt-wire.ts";

/** What an operator may choose; the rest follows from the line. Endpointing is always the server's. */
export type RealtimeOptions = Partial<Omit<RealtimeQuery, "language" | "encoding" | "sampleRate" | "endpointing">>;

/**
 * `/speech-to-text-realtime/ws`: takes the line's own bytes (µ-law, or PCM16 at 8 or 16 kHz), one message per payload; gives
 * partials. The server drops a connection that said nothing for 60 s; a ping counts as saying something.
 */
export function realtimeWire(
  baseUrl: string,
  format: AudioFormat,
  language: HeardLanguage,
  options: RealtimeOptions = {},
): SttWire {
  const url = realtimeUrl(baseUrl, {
    model: "saaras:v3-realtime",
    streamType: "balanced",
    mode: "transcribe",
    endpointing: "vad",
    silenceDurationMs: 500,
    ...options,
    language,
    encoding: format.encoding,
    sampleRate: format.rate === 24000 ? 16000 : format.rate,
  });
  return {
    api: "realtime",
    url,
    keepAlive: { everyMs: 20_000, whenIdle: false },
    begin: () => session(format.rate === 24000 ? resampled() : audioInput),
  };
}

const session = (audio: (payload: string) => string): SttSession => ({
  audio,
  rest: () => undefined,
  idle: () => [PING],
  read: readRealtime,
});

/** Sarvam's ears know no 24 kHz. */
function resampled(): (payload: string) => string {
  const resampler = new Resampler(24000, 16000);
  return (payload) => audioInput(resampler.push(Buffer.from(payload, "base64")).toString("base64"));
}
