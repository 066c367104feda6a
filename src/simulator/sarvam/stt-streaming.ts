import { type Channel, isObject, type JsonObject, type Protocol } from "./channel.ts";
import { requestId } from "./context.ts";
import { Hearing, type HearingEvent } from "./hearing.ts";
import { readWav } from "./samples.ts";
import { type StreamingSettings, streamingSettings } from "./streaming-settings.ts";

const FINAL_MS = 200;
const FINAL_SPREAD_MS = 40;
const REPEAT_MS = 30;
const REFUSE_MS = 40;
const STEPS_PER_FRAME = 3;
const LATENCY_S = 0.13;

/** `/speech-to-text/ws` and `/speech-to-text-translate/ws`: no partials, every `data` is final. */
export function serveStreaming(channel: Channel): void {
  const translate = channel.record.kind === "stt-translate";
  const settings = streamingSettings(channel.record.query, translate);
  const protocol = new StreamingStt(channel, typeof settings === "string" ? undefined : settings);
  channel.serve(protocol);
  if (typeof settings === "string") protocol.refuse(settings, "invalid_request_error");
  else if (channel.record.key === "quota") protocol.refuse("No credits left", "insufficient_quota_error");
}

class StreamingStt implements Protocol {
  readonly #channel: Channel;
  readonly #settings: StreamingSettings | undefined;
  readonly #hearing: Hearing | undefined;
  #segments = 0;

  constructor(channel: Channel, settings: StreamingSettings | undefined) {
    this.#channel = channel;
    this.#settings = settings;
    if (!settings) return;
    this.#hearing = new Hearing("linear16", settings.rate, settings.first);
    this.#hearing.deafSteps = settings.ignoredFrames * STEPS_PER_FRAME;
  }

  /** Tells the reason and closes with 1003. */
  refuse(message: string, code: string): void {
    this.#channel.note({ kind: "error-sent", message });
    this.#channel.send({ type: "error", data: { message, error: message, code } });
    this.#channel.close(1003, message.slice(0, 120));
  }

  onMessage(message: JsonObject): void {
    if (!this.#settings) return;
    const type = message["type"];
    if (type === "flush") return this.#flush();
    // The effect of a prompt on the transcript is unknown: accepted and forgotten.
    if (type === "config") return this.#channel.note({ kind: "config-received" });
    if (type === "end_of_stream") return this.#finish();
    const { audio } = message;
    if (!isObject(audio) || typeof audio["data"] !== "string") {
      return this.refuse("audio must not be None", "invalid_request_error");
    }
    this.#hear(audio["data"], Number(audio["sample_rate"] ?? 16_000), audio["encoding"]);
  }

  onGarbage(): void {
    this.refuse("Message is not valid JSON", "invalid_request_error");
  }

  onBinary(): void {
    this.refuse("audio must not be None", "invalid_request_error");
  }

  /** The real server drops the connection without a word. */
  onIdle(): void {
    this.#channel.close(1006);
  }

  onClosed(): void {
    this.#hearing?.finish();
  }

  #hear(data: string, rate: number, encoding: unknown): void {
    if (!this.#settings || !this.#hearing) return;
    if (encoding !== "audio/wav")
      return this.refuse(`Unsupported encoding: ${String(encoding)}`, "invalid_request_error");
    const bytes = Buffer.from(data, "base64");
    if (this.#channel.context.keepAudio) this.#channel.record.audioIn.push(bytes);
    this.#channel.note({ kind: "audio-received", bytes: bytes.length });
    if (rate === 8000 && this.#settings.rate !== 8000) {
      const message = "sample_rate 8000 must be given as a connection parameter";
      return this.#channel.after(REFUSE_MS, () => this.refuse(message, "invalid_request_error"));
    }
    const wav = this.#settings.raw ? undefined : readWav(bytes);
    this.#hearing.hear(wav?.samples ?? bytes, (event) => this.#heard(event));
  }

  #heard(event: HearingEvent): void {
    switch (event) {
      case "start":
        return this.#started();
      case "step":
        return;
      case "end":
        return this.#ended();
      default:
        return event satisfies never;
    }
  }

  #started(): void {
    if (!this.#settings || !this.#hearing) return;
    this.#hearing.vad.settings = this.#settings.next;
    this.#segments += 1;
    this.#signal("START_SPEECH", this.#segments - 1);
  }

  #ended(): void {
    if (!this.#settings || !this.#hearing) return;
    const { dice, faults } = this.#channel.context;
    const index = this.#segments - 1;
    const finalMs = FINAL_MS + dice.between(-FINAL_SPREAD_MS, FINAL_SPREAD_MS);
    const endMs = faults.reorderEnd ? finalMs + faults.lateFinalMs + REPEAT_MS : 0;
    if (endMs > 0) this.#channel.after(endMs, () => this.#signal("END_SPEECH", index));
    else this.#signal("END_SPEECH", index);
    if (!faults.noFinals) this.#transcribe(index, finalMs);
  }

  #transcribe(index: number, afterMs: number): void {
    if (!this.#settings || !this.#hearing) return;
    const { faults, recogniser } = this.#channel.context;
    const { text, language } = recogniser.decide(this.#hearing.spoken, this.#settings.language);
    const transcript = faults.blankTranscript ? "" : text;
    const message = { type: "data", data: this.#data(transcript, language, this.#hearing.spokenMs / 1000) };
    for (let repeat = 0; repeat <= faults.duplicateFinals; repeat += 1) {
      this.#channel.after(afterMs + faults.lateFinalMs + repeat * REPEAT_MS, () => {
        this.#channel.record.texts.push(transcript);
        this.#channel.send(message);
        this.#channel.note({ kind: "final-sent", utterance: index, text: transcript });
      });
    }
  }

  #data(transcript: string, language: string, seconds: number): JsonObject {
    const common = {
      request_id: requestId(this.#channel.context),
      transcript,
      language_code: language,
      language_probability: this.#settings?.language === "unknown" ? 0.94 : null,
      metrics: { audio_duration: seconds, processing_latency: LATENCY_S },
    };
    if (this.#channel.record.kind === "stt-translate") return common;
    return { ...common, timestamps: null, diarized_transcript: null, audio_hash: null, audio_mime: null };
  }

  #signal(signal: "START_SPEECH" | "END_SPEECH", index: number): void {
    const { clock, faults } = this.#channel.context;
    if (!this.#settings?.vadSignals || faults.noVadEvents) return;
    // The misspelling is the real server's.
    const data = { signal_type: signal, occured_at: clock.wall() / 1000 };
    this.#channel.send({ type: "events", data });
    this.#channel.note({ kind: signal === "START_SPEECH" ? "speech-start-sent" : "speech-end-sent", utterance: index });
  }

  #flush(): void {
    this.#channel.note({ kind: "flush-received" });
    if (this.#settings?.flushSignal) this.#finish();
  }

  #finish(): void {
    if (this.#hearing?.finish()) this.#ended();
  }
}
