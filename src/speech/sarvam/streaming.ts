import { type AudioFormat, base64Bytes, bytesPerMs } from "../../audio/format.ts";
import { decodeMulawPayload } from "../../audio/g711.ts";
import { Resampler } from "../../audio/resample.ts";
import type { Clock } from "../../kit/clock.ts";
import { type HeardLanguage, ourSpelling } from "./stt-languages.ts";
import { audioMessage, FLUSH, parseStreaming, type StreamingMessage } from "./stt-streaming-messages.ts";
import { type StreamingQuery, streamingUrl } from "./stt-streaming-query.ts";
import { StreamingUtterances } from "./stt-streaming-utterances.ts";
import type { SttNews, SttSession, SttWire } from "./stt-wire.ts";

/** What an operator may choose; the rest follows from the line and from what the ear relies on. */
export type StreamingOptions = Partial<
  Omit<StreamingQuery, "language" | "sampleRate" | "inputAudioCodec" | "vadSignals" | "flushSignal">
>;

/** One message of 40 to 60 ms costs half of what two or three of 20 ms do. */
const BATCH_MS = 40;
const NEARLY_SILENT_MS = 100;

/**
 * `/speech-to-text/ws`, the older socket: PCM16 at 8 or 16 kHz only, no partials, no utterance numbers, no ping. It is dropped
 * without a close frame after a minute, by some accounts after 20 s, without audio.
 */
export function streamingWire(
  baseUrl: string,
  format: AudioFormat,
  language: HeardLanguage,
  clock: Clock,
  options: StreamingOptions = {},
): SttWire {
  const rate = format.rate === 8000 ? 8000 : 16000;
  const url = streamingUrl(baseUrl, {
    model: "saaras:v3",
    mode: "transcribe",
    ...options,
    language,
    sampleRate: rate,
    inputAudioCodec: "pcm_s16le",
    vadSignals: true,
    flushSignal: true,
  });
  return {
    api: "streaming",
    url,
    keepAlive: { everyMs: 5_000, whenIdle: true },
    begin: () => new StreamingSession(format, rate, clock),
  };
}

class StreamingSession implements SttSession {
  readonly #format: AudioFormat;
  readonly #rate: number;
  readonly #clock: Clock;
  readonly #toPcm: (payload: string) => Buffer;
  readonly #utterances = new StreamingUtterances();
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;

  constructor(format: AudioFormat, rate: number, clock: Clock) {
    this.#format = format;
    this.#rate = rate;
    this.#clock = clock;
    this.#toPcm = pcmOf(format);
  }

  audio(payload: string): string | undefined {
    if (this.#passesThrough(payload)) return audioMessage(payload, this.#rate);
    const pcm = this.#toPcm(payload);
    this.#gathered.push(pcm);
    this.#gatheredBytes += pcm.length;
    return this.#gatheredBytes >= BATCH_MS * this.#bytesPerMs ? this.rest() : undefined;
  }

  rest(): string | undefined {
    if (this.#gatheredBytes === 0) return undefined;
    const batch = Buffer.concat(this.#gathered, this.#gatheredBytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return audioMessage(batch.toString("base64"), this.#rate);
  }

  /** Speech that the line broke off would otherwise wait for silence that never comes. */
  idle(): readonly string[] {
    const hush = audioMessage(nearSilence(NEARLY_SILENT_MS * this.#bytesPerMs).toString("base64"), this.#rate);
    return this.#utterances.speaking ? [hush, FLUSH] : [hush];
  }

  read(text: string): SttNews {
    const message = parseStreaming(text);
    return typeof message === "string" ? { kind: message } : this.#newsOf(message);
  }

  get #bytesPerMs(): number {
    return (this.#rate / 1000) * 2;
  }

  /** PCM that is long enough by itself goes on as the text it came as. */
  #passesThrough(payload: string): boolean {
    const { encoding, rate } = this.#format;
    if (encoding !== "linear16" || rate !== this.#rate || this.#gatheredBytes > 0) return false;
    return base64Bytes(payload) >= BATCH_MS * bytesPerMs(this.#format);
  }

  #newsOf(message: StreamingMessage): SttNews {
    const nowMs = this.#clock.now();
    switch (message.type) {
      case "events":
        return message.data.signal_type === "START_SPEECH"
          ? { kind: "speech-started", index: this.#utterances.started() }
          : { kind: "speech-ended", index: this.#utterances.ended(nowMs) };
      case "data": {
        const { transcript: text, language_code: tag } = message.data;
        const index = this.#utterances.transcript(text, nowMs);
        return { kind: "final", index, text, ...(tag ? { language: ourSpelling(tag) } : {}) };
      }
      case "error": {
        const { error, message: words, code } = message.data;
        const complaint = { code: String(code ?? ""), message: words ?? error ?? "", fatal: false };
        return { kind: "complaint", complaint };
      }
      default:
        return message satisfies never;
    }
  }
}

function pcmOf({ encoding, rate }: AudioFormat): (payload: string) => Buffer {
  if (encoding === "mulaw") return decodeMulawPayload;
  if (rate !== 24000) return (payload) => Buffer.from(payload, "base64");
  const resampler = new Resampler(24000, 16000);
  return (payload) => resampler.push(Buffer.from(payload, "base64"));
}

/** PCM16 that says 0, 1, 0, 1: true silence might pass for no audio at all. */
function nearSilence(bytes: number): Buffer {
  const pcm = Buffer.alloc(bytes);
  for (let at = 2; at < bytes; at += 4) pcm.writeInt16LE(1, at);
  return pcm;
}
