import { type Channel, isObject, type JsonObject, type Protocol } from "./channel.ts";
import { requestId } from "./context.ts";
import { wavHeader } from "./samples.ts";
import { isModel, type Refusal, type SpeechSettings, speechSettings } from "./tts-settings.ts";
import { pieces, takeText } from "./tts-text.ts";
import { bytesPerMs, synthesise, wavFile } from "./tts-voice.ts";

const MAX_TEXT = 2500;
/** 16 KB of PCM at 24 kHz. */
const CHUNK_MS = 340;
const JITTER_MS = 25;
/** Chunks that follow sooner than this go out together: timers are no finer. */
const TICK_MS = 5;

type Job =
  | { readonly kind: "speak"; readonly text: string; readonly settings: SpeechSettings }
  | { readonly kind: "final" };

/** `/text-to-speech/ws`. The first message must be `config`. */
export function serveTts(channel: Channel): void {
  const model = channel.record.query["model"] ?? "bulbul:v2";
  const protocol = new TtsSocket(channel, model);
  channel.serve(protocol);
  if (!isModel(model)) protocol.refuse({ message: `400: Model '${model}' is not supported` });
  else if (channel.record.key === "quota")
    protocol.refuse({ message: "insufficient_quota_error: no credits left", code: 429 });
}

class TtsSocket implements Protocol {
  readonly #channel: Channel;
  readonly #model: string;
  readonly #tellsFinal: boolean;
  readonly #requestId: string;
  #settings: SpeechSettings | undefined;
  #buffer = "";
  #jobs: Job[] = [];
  #busy = false;
  #chunks = 0;
  #headerSent = false;

  constructor(channel: Channel, model: string) {
    this.#channel = channel;
    this.#model = model;
    this.#tellsFinal = (channel.record.query["send_completion_event"] ?? "").toLowerCase() === "true";
    this.#requestId = requestId(channel.context);
  }

  /** Tells the reason and closes with 1003. */
  refuse(refusal: Refusal): void {
    this.#complain(refusal);
    this.#channel.close(1003, refusal.message.slice(0, 120));
  }

  onMessage(message: JsonObject): void {
    switch (message["type"]) {
      case "config":
        return this.#configure(message["data"]);
      case "text":
        return this.#text(message["data"]);
      case "flush":
        return this.#flush();
      case "ping":
        return this.#channel.note({ kind: "ping-received" });
      default:
        return this.#complain({ message: `Unknown message type: ${String(message["type"])}`, code: 422 });
    }
  }

  onGarbage(): void {
    this.#complain({ message: "Message is not valid JSON", code: 422 });
  }

  onBinary(): void {
    this.#complain({ message: "Binary messages are not supported", code: 422 });
  }

  onIdle(): void {
    this.#channel.close(1000, "idle");
  }

  onClosed(): void {
    const unfinished = this.#busy || this.#jobs.length > 0;
    if (unfinished && this.#channel.record.closedBy === "client") this.#channel.record.aborted = true;
    this.#jobs = [];
  }

  #configure(data: unknown): void {
    if (!isObject(data)) return this.#complain({ message: "config must be a valid dictionary", code: 422 });
    this.#channel.record.configs.push(data);
    this.#channel.note({ kind: "config-received" });
    const settings = speechSettings(data, this.#model);
    if ("message" in settings) return this.#complain(settings);
    this.#speakBuffered(true);
    this.#settings = settings;
  }

  #text(data: unknown): void {
    const text = isObject(data) ? data["text"] : undefined;
    if (typeof text !== "string") return this.#complain({ message: "text must be a string", code: 422 });
    if (!this.#settings) return this.#complain({ message: "config must be sent before text", code: 422 });
    if (text.length > MAX_TEXT) return this.#complain({ message: `text exceeds ${MAX_TEXT} characters`, code: 422 });
    this.#channel.record.texts.push(text);
    this.#channel.note({ kind: "text-received", text });
    const { ttsError } = this.#channel.context.faults;
    if (ttsError !== "") return this.#complain({ message: ttsError });
    this.#buffer += text;
    this.#speakBuffered(false);
  }

  #flush(): void {
    this.#channel.note({ kind: "flush-received" });
    if (!this.#settings) return this.#complain({ message: "config must be sent before flush", code: 422 });
    this.#speakBuffered(true);
    this.#jobs.push({ kind: "final" });
    this.#work();
  }

  #speakBuffered(drain: boolean): void {
    const settings = this.#settings;
    if (!settings) return;
    const { now, rest } = takeText(this.#buffer, settings.minBuffer, drain);
    this.#buffer = rest;
    for (const text of pieces(now, settings.maxChunk)) this.#jobs.push({ kind: "speak", text, settings });
    this.#work();
  }

  /** Begins with the first job unless one is under way: only a first text waits for its first audio. */
  #work(): void {
    const [job] = this.#jobs;
    if (this.#busy || !job) return;
    this.#busy = true;
    const { dice, faults, pace } = this.#channel.context;
    if (job.kind === "final") return this.#next();
    const firstMs = Math.max(1, pace.firstAudioMs + dice.between(-JITTER_MS, JITTER_MS));
    this.#channel.after(firstMs + faults.slowTtsMs, () => this.#next());
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (!job) {
      this.#busy = false;
      return;
    }
    if (job.kind === "speak") return this.#speak(job.text, job.settings);
    this.#final();
    this.#next();
  }

  #final(): void {
    if (!this.#tellsFinal || this.#channel.context.faults.noCompletion) return;
    const timestamp = new Date(this.#channel.context.clock.wall()).toISOString();
    this.#channel.send({ type: "event", data: { event_type: "final", message: "completed", timestamp } });
    this.#channel.note({ kind: "tts-final-sent" });
  }

  #speak(text: string, settings: SpeechSettings): void {
    const { faults, pace } = this.#channel.context;
    const sound = synthesise(text, settings, pace.voiceMsPerChar);
    if (settings.codec === "wav" && settings.model !== "bulbul:v2" && !this.#headerSent) {
      this.#headerSent = true;
      this.#audio(wavHeader(settings.rate), settings);
    }
    const bytes = faults.riffHeader ? Buffer.concat([wavHeader(settings.rate), sound]) : sound;
    this.#chunk(bytes, 0, settings);
  }

  /** Sends what is due at `from`, then waits as long as a machine `speed` times faster than speech would take for it. */
  #chunk(bytes: Buffer, from: number, settings: SpeechSettings): void {
    const { faults, pace } = this.#channel.context;
    const perMs = bytesPerMs(settings.codec, settings.rate);
    let at = from;
    let paceMs = 0;
    while (at < bytes.length && paceMs < TICK_MS) {
      if (faults.stallTtsAfterChunks >= 0 && this.#chunks >= faults.stallTtsAfterChunks) return;
      if (faults.dropTtsAfterChunks >= 0 && this.#chunks >= faults.dropTtsAfterChunks) return this.#channel.close(1006);
      const chunk = bytes.subarray(at, at + this.#chunkBytes(settings, perMs));
      this.#audio(
        settings.codec === "wav" && settings.model === "bulbul:v2" ? wavFile(chunk, settings.rate) : chunk,
        settings,
      );
      at += chunk.length;
      paceMs += chunk.length / perMs / pace.speed;
    }
    this.#channel.after(paceMs, () => (at < bytes.length ? this.#chunk(bytes, at, settings) : this.#next()));
  }

  /** Not a whole number of 20 ms frames, as a rule; whole samples, always. */
  #chunkBytes({ codec }: SpeechSettings, perMs: number): number {
    const { dice, faults } = this.#channel.context;
    if (faults.chunkBytes > 0) return faults.chunkBytes;
    const bytes = Math.round(perMs * dice.between(CHUNK_MS * 0.8, CHUNK_MS * 1.2));
    return codec === "linear16" || codec === "wav" ? bytes - (bytes % 2) : bytes;
  }

  #audio(bytes: Buffer, settings: SpeechSettings): void {
    const { keepAudio } = this.#channel.context;
    if (keepAudio) this.#channel.record.audioOut.push(bytes);
    const audio = bytes.toString("base64");
    this.#channel.send({
      type: "audio",
      data: { request_id: this.#requestId, content_type: CONTENT_TYPES[settings.codec], audio },
    });
    this.#channel.note({ kind: "tts-audio-sent", bytes: bytes.length, chunk: this.#chunks });
    this.#chunks += 1;
  }

  #complain({ message, code }: Refusal): void {
    this.#channel.note({ kind: "error-sent", message });
    const data = { message, request_id: this.#requestId, ...(code === undefined ? {} : { code }) };
    this.#channel.send({ type: "error", data });
  }
}

const CONTENT_TYPES: Readonly<Record<SpeechSettings["codec"], string>> = {
  linear16: "audio/pcm",
  mulaw: "audio/mulaw",
  alaw: "audio/alaw",
  wav: "audio/wav",
  mp3: "audio/mpeg",
};
