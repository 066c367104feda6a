import type { Channel, JsonObject, Protocol } from "./channel.ts";
import { requestId } from "./context.ts";
import { Hearing, type HearingEvent } from "./hearing.ts";
import {
  isUpdatable,
  type RealtimeSettings,
  realtimeSettings,
  realtimeVad,
  shownSettings,
} from "./realtime-settings.ts";
import type { Recognised } from "./recogniser.ts";

const VAD_KNOBS = ["threshold", "silence_duration_ms", "min_speech_duration_ms"];
const PARTIAL_EVERY_MS = 250;
const FINAL_SPREAD_MS = 150;
const REPEAT_MS = 30;

/** One utterance: `recognised` once its final is made, at most once. */
type Utterance = {
  readonly index: number;
  readonly finalOffsetMs: number;
  readonly startS: number;
  partialAtMs: number;
  recognised?: Recognised;
};

/** `/speech-to-text-realtime/ws`. Opens with `session.begin`, or refuses with a fatal error and 4000. */
export function serveRealtime(channel: Channel): void {
  const settings = realtimeSettings(channel.record.query);
  const { key } = channel.record;
  if (typeof settings === "string") return refuse(channel, settings);
  if (key === "nobeta") return refuse(channel, "Realtime API is in beta and not enabled for this account");
  channel.serve(new RealtimeStt(channel, settings));
  if (key === "quota") channel.close(1003, "insufficient_quota_error: no credits left");
}

/** Listens to nothing more: says why and closes. */
function refuse(channel: Channel, message: string): void {
  const silent = (): void => {};
  channel.serve({ onMessage: silent, onGarbage: silent, onBinary: silent, onIdle: silent, onClosed: silent });
  channel.note({ kind: "error-sent", message });
  channel.send({ event: "error", code: "invalid_config", is_fatal: true, message, status_code: 400 });
  channel.close(4000, message.slice(0, 120));
}

class RealtimeStt implements Protocol {
  readonly #channel: Channel;
  readonly #settings: RealtimeSettings;
  readonly #hearing: Hearing;
  readonly #requestId: string;
  readonly #openedAtMs: number;
  #utterances = 0;
  #current: Utterance | undefined;
  /** Updates that wait for the end of the current utterance. */
  #waiting: JsonObject[] = [];

  constructor(channel: Channel, settings: RealtimeSettings) {
    this.#channel = channel;
    this.#settings = settings;
    this.#hearing = new Hearing(settings.encoding, settings.sampleRate, realtimeVad(settings));
    this.#hearing.automatic = settings.endpointing === "vad";
    this.#requestId = requestId(channel.context);
    this.#openedAtMs = channel.context.clock.now();
    channel.send({ event: "session.begin", request_id: this.#requestId, config: shownSettings(settings) });
  }

  onMessage(message: JsonObject): void {
    switch (message["event"]) {
      case "audio_input":
        return this.#hear(Buffer.from(String(message["audio"] ?? ""), "base64"));
      case "speech_start":
        return this.#manual() ? this.#begin() : undefined;
      case "speech_end":
        return this.#manual() ? this.#finish() : undefined;
      case "flush":
        return this.#finish();
      case "config.update":
        return this.#update(message);
      case "ping":
        this.#channel.note({ kind: "ping-received" });
        return this.#channel.send({ event: "pong" });
      case "end":
        return this.#end();
      default:
        return this.#complain("invalid_message", `Unknown event: ${String(message["event"])}`);
    }
  }

  onGarbage(): void {
    this.#complain("invalid_message", "Message is not valid JSON");
  }

  /** Undocumented, tolerated by the real server. */
  onBinary(bytes: Buffer): void {
    this.#hear(bytes);
  }

  onIdle(): void {
    this.#channel.close(1008, "Session closed due to inactivity");
  }

  onClosed(): void {
    this.#current = undefined;
  }

  #manual(): boolean {
    if (this.#settings.endpointing === "manual") return true;
    this.#complain("invalid_message", "speech_start and speech_end need endpointing=manual");
    return false;
  }

  #hear(bytes: Buffer): void {
    if (this.#channel.context.keepAudio) this.#channel.record.audioIn.push(bytes);
    this.#channel.note({ kind: "audio-received", bytes: bytes.length });
    this.#hearing.hear(bytes, (event) => this.#heard(event));
  }

  #heard(event: HearingEvent): void {
    switch (event) {
      case "start":
        return this.#started();
      case "step":
        return this.#spoke();
      case "end":
        return this.#ended();
      default:
        return event satisfies never;
    }
  }

  #started(): void {
    const { faults, dice } = this.#channel.context;
    const chance = dice.between(-FINAL_SPREAD_MS, FINAL_SPREAD_MS);
    const utterance: Utterance = {
      index: this.#utterances,
      finalOffsetMs: faults.finalOffsetMs ?? chance,
      startS: this.#hearing.audioSeconds - this.#hearing.spokenMs / 1000,
      partialAtMs: PARTIAL_EVERY_MS,
    };
    this.#utterances += 1;
    this.#current = utterance;
    if (faults.noVadEvents || this.#settings.endpointing === "manual") return;
    this.#channel.send({ event: "vad.speech_start", utterance_idx: utterance.index, confidence: 0.93 });
    this.#channel.note({ kind: "speech-start-sent", utterance: utterance.index });
  }

  #spoke(): void {
    const utterance = this.#current;
    if (!utterance) return;
    const early = -utterance.finalOffsetMs;
    if (early > 0 && !utterance.recognised && this.#hearing.vad.silentMs >= this.#settings.silenceMs - early) {
      return this.#final(utterance, 0);
    }
    // The final came early and the caller goes on: that is another utterance.
    if (utterance.recognised && this.#hearing.vad.silentMs === 0) return this.#finish();
    if (this.#settings.streamType === "simulated" || utterance.recognised) return;
    if (this.#hearing.spokenMs < utterance.partialAtMs || this.#hearing.vad.silentMs > 0) return;
    utterance.partialAtMs = this.#hearing.spokenMs + PARTIAL_EVERY_MS;
    this.#partial(utterance);
  }

  #partial({ index }: Utterance): void {
    const { recogniser } = this.#channel.context;
    const { text, language } = recogniser.guess(this.#hearing.spoken, this.#settings.language);
    this.#channel.send({ event: "transcript.partial", utterance_idx: index, text, language });
    this.#channel.note({ kind: "partial-sent", utterance: index, text });
  }

  #ended(): void {
    const utterance = this.#current;
    this.#current = undefined;
    if (!utterance) return;
    if (!this.#channel.context.faults.noVadEvents && this.#settings.endpointing !== "manual") {
      this.#channel.send({ event: "vad.speech_end", utterance_idx: utterance.index, confidence: 0.91 });
      this.#channel.note({ kind: "speech-end-sent", utterance: utterance.index });
    }
    if (!utterance.recognised) this.#final(utterance, Math.max(0, utterance.finalOffsetMs));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const update of waiting) this.#apply(update);
  }

  #final(utterance: Utterance, delayMs: number): void {
    const { faults, recogniser } = this.#channel.context;
    if (faults.noFinals) return;
    utterance.recognised = recogniser.decide(this.#hearing.spoken, this.#settings.language);
    const { language, text } = utterance.recognised;
    const message = {
      event: "transcript.final",
      utterance_idx: utterance.index,
      text: faults.blankTranscript ? "" : text,
      language,
      ...(this.#settings.language === "auto" ? { language_confidence: 0.94 } : {}),
      ...(this.#settings.timestamps ? { start_s: utterance.startS, end_s: this.#hearing.audioSeconds } : {}),
    };
    for (let repeat = 0; repeat <= faults.duplicateFinals; repeat += 1) {
      this.#later(delayMs + faults.lateFinalMs + repeat * REPEAT_MS, () => {
        this.#channel.record.texts.push(message.text);
        this.#channel.send(message);
        this.#channel.note({ kind: "final-sent", utterance: utterance.index, text: message.text });
      });
    }
  }

  #later(ms: number, then: () => void): void {
    if (ms <= 0) then();
    else this.#channel.after(ms, then);
  }

  #begin(): void {
    if (this.#current) return;
    this.#hearing.begin();
    this.#started();
  }

  #finish(): void {
    if (this.#hearing.finish()) this.#ended();
  }

  #update(message: JsonObject): void {
    const { event: _, ...wanted } = message;
    const wrong = Object.entries(wanted).find(([name, value]) => !isUpdatable(name, value));
    const stuck = this.#settings.streamType === "simulated" && "stream_type" in wanted;
    if (wrong || stuck) {
      const name = wrong?.[0] ?? "stream_type";
      return this.#complain("invalid_config", `Cannot set ${name} to ${String(wanted[name])}`);
    }
    const entries = Object.entries(wanted);
    const atOnce = Object.fromEntries(entries.filter(([name]) => VAD_KNOBS.includes(name)));
    const atBoundary = Object.fromEntries(entries.filter(([name]) => !VAD_KNOBS.includes(name)));
    if (!this.#current) return this.#apply(wanted);
    if (Object.keys(atOnce).length > 0) this.#apply(atOnce);
    if (Object.keys(atBoundary).length > 0) this.#waiting.push(atBoundary);
  }

  #apply(wanted: JsonObject): void {
    const settings = this.#settings;
    const text = (name: string, now: string): string => String(wanted[name] ?? now);
    const number = (name: string, now: number): number => Number(wanted[name] ?? now);
    settings.language = text("language_code", settings.language);
    settings.prompt = text("prompt", settings.prompt ?? "") || undefined;
    settings.mode = text("mode", settings.mode);
    settings.streamType = text("stream_type", settings.streamType);
    settings.endpointing = text("endpointing", settings.endpointing);
    settings.threshold = number("threshold", settings.threshold);
    settings.silenceMs = number("silence_duration_ms", settings.silenceMs);
    settings.minSpeechMs = number("min_speech_duration_ms", settings.minSpeechMs);
    this.#hearing.vad.settings = realtimeVad(settings);
    this.#hearing.automatic = settings.endpointing === "vad";
    this.#channel.send({ event: "config.updated", applied: Object.keys(wanted) });
  }

  #end(): void {
    this.#finish();
    const { clock } = this.#channel.context;
    this.#later(FINAL_SPREAD_MS + 1, () => {
      this.#channel.send({
        event: "session.end",
        request_id: this.#requestId,
        total_duration_s: (clock.now() - this.#openedAtMs) / 1000,
        total_utterances: this.#utterances,
        audio_duration_s: this.#hearing.audioSeconds,
      });
      this.#channel.close(1000, "session ended");
    });
  }

  #complain(code: string, message: string): void {
    this.#channel.note({ kind: "error-sent", message });
    this.#channel.send({ event: "error", code, is_fatal: false, message, status_code: 400 });
  }
}
