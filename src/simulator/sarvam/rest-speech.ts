import { requestId } from "./context.ts";
import { Hearing } from "./hearing.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";
import { readWav, wavHeader } from "./samples.ts";
import { streamingSettings } from "./streaming-settings.ts";
import { isModel, type SpeechSettings, speechSettings } from "./tts-settings.ts";
import { bytesPerMs, synthesise, wavFile } from "./tts-voice.ts";

const CHUNK_MS = 200;
const MAX_STREAM_TEXT = 3500;
const MAX_FILE_S = 30;

/** `POST /text-to-speech`: whole files in base64, WAV unless asked otherwise. */
export async function serveSpeech(call: RestCall): Promise<void> {
  const request = speechRequest(call, "wav", (model) => (model === "bulbul:v2" ? 1500 : 2500));
  if (!request) return;
  const { texts, settings } = request;
  const { clock, faults, pace } = call.context;
  await clock.sleep(pace.firstAudioMs + faults.slowTtsMs, clientLeaves(call));
  const audios = texts.map((text) => {
    const sound = synthesise(text, settings, pace.voiceMsPerChar);
    return (settings.codec === "wav" ? wavFile(sound, settings.rate) : sound).toString("base64");
  });
  restJson(call.response, 200, { request_id: requestId(call.context), audios });
}

/** `POST /text-to-speech/stream`: the bytes themselves, at the pace at which they are made. */
export async function serveSpeechStream(call: RestCall): Promise<void> {
  const request = speechRequest(call, "mp3", () => MAX_STREAM_TEXT);
  if (!request) return;
  const { clock, faults, pace } = call.context;
  const { codec, rate } = request.settings;
  const signal = clientLeaves(call);
  const sound = synthesise(request.texts.join(" "), request.settings, pace.voiceMsPerChar);
  const bytes = codec === "wav" ? Buffer.concat([wavHeader(rate), sound]) : sound;
  const size = Math.round(bytesPerMs(codec, rate) * CHUNK_MS);
  await clock.sleep(pace.firstAudioMs + faults.slowTtsMs, signal);
  call.response.writeHead(200, { "content-type": codec === "mp3" ? "audio/mpeg" : `audio/${codec}` });
  for (let at = 0; at < bytes.length; at += size) {
    call.response.write(bytes.subarray(at, at + size));
    await clock.sleep(CHUNK_MS / pace.speed, signal);
  }
  call.response.end();
}

function clientLeaves({ response }: RestCall): AbortSignal {
  const left = new AbortController();
  response.on("close", () => left.abort(new Error("the client left")));
  return left.signal;
}

/** Answers the error itself and is `undefined` then. */
function speechRequest(
  call: RestCall,
  codec: string,
  maxText: (model: string) => number,
): { readonly texts: readonly string[]; readonly settings: SpeechSettings } | undefined {
  const body = call.json ?? {};
  const model = String(body["model"] ?? "bulbul:v2");
  const texts = Array.isArray(body["inputs"]) ? body["inputs"].map(String) : [String(body["text"] ?? "")];
  const length = texts.join("").length;
  if (!isModel(model)) return invalid(call, `Model '${model}' is not supported`);
  if (length === 0) return invalid(call, "text must not be empty");
  if (length > maxText(model)) return invalid(call, `text exceeds ${maxText(model)} characters`);
  const settings = speechSettings(body, model, { codec, rest: true });
  return "message" in settings ? invalid(call, settings.message) : { texts, settings };
}

function invalid({ response, context }: RestCall, message: string): undefined {
  restError(response, 400, "invalid_request_error", message, requestId(context));
}

/** `POST /speech-to-text` and `/speech-to-text-translate`: a short file in a form. */
export async function serveTranscription(call: RestCall): Promise<void> {
  const form = await new Response(new Uint8Array(call.body), {
    headers: { "content-type": call.contentType },
  }).formData();
  const file = form.get("file");
  if (!(file instanceof Blob)) return invalid(call, "file is required");
  const language = String(form.get("language_code") ?? "unknown");
  const heard = transcribeFile(call, Buffer.from(await file.arrayBuffer()), language);
  if (heard.seconds > MAX_FILE_S) return invalid(call, `Audio is longer than ${MAX_FILE_S} seconds`);
  restJson(call.response, 200, {
    request_id: requestId(call.context),
    transcript: heard.text,
    timestamps: null,
    language_code: heard.language,
    language_probability: language === "unknown" ? 0.94 : null,
  });
}

export type FileUtterance = {
  readonly text: string;
  readonly language: string;
  readonly from: number;
  readonly to: number;
};

/** What is said in a WAV file, or in headerless PCM at 16 kHz. Silence is an empty text. */
export function transcribeFile(
  call: RestCall,
  bytes: Buffer,
  language: string,
): { readonly text: string; readonly language: string; readonly seconds: number } {
  const { utterances, seconds } = hearFile(call, readWav(bytes) ?? { rate: 16_000, samples: bytes }, language);
  return {
    text: utterances.map(({ text }) => text).join(" "),
    language: utterances.at(-1)?.language ?? language,
    seconds,
  };
}

/** Each thing that is said in these samples of one leg, with its times in seconds. */
export function hearFile(
  { context }: RestCall,
  { rate, samples }: { readonly rate: number; readonly samples: Buffer },
  language: string,
): { readonly utterances: readonly FileUtterance[]; readonly seconds: number } {
  const settings = streamingSettings({ "language-code": "unknown" }, false);
  if (typeof settings === "string") throw new Error(settings);
  const hearing = new Hearing("linear16", rate, settings.first);
  const utterances: FileUtterance[] = [];
  const decide = (): void => {
    const recognised = context.recogniser.decide(hearing.spoken, language);
    const to = hearing.audioSeconds;
    utterances.push({ ...recognised, from: Math.max(to - hearing.spokenMs / 1000, 0), to });
  };
  // In steps, so that the time of each end is known.
  const step = Math.round(rate / 50) * 2;
  for (let at = 0; at < samples.length; at += step)
    hearing.hear(samples.subarray(at, at + step), (event) => (event === "end" ? decide() : undefined));
  if (hearing.finish()) decide();
  return { utterances, seconds: hearing.audioSeconds };
}
