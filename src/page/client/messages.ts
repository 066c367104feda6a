import { base64Of, bytesOf, mulawBytes, mulawSamples, pcmBytes, pcmSamples } from "./pcm.ts";

/** The wire: Twilio's Media Streams, with what the gateway adds for screens. */

/** What both sides may say. */
export type PlainFormat = { readonly encoding: "audio/l16" | "audio/x-mulaw"; readonly sampleRate: 8000 | 16000 };

/** What the user's sound is sent as. */
export type LineFormat = PlainFormat | { readonly encoding: "audio/opus"; readonly sampleRate: 16000 | 48000 };

/** As good as Opus, at ten times its size; every browser can do it. */
export const PCM: PlainFormat = { encoding: "audio/l16", sampleRate: 16_000 };

/** What the gateway answers with. */
export const heardOn = (line: LineFormat): PlainFormat => (line.encoding === "audio/opus" ? PCM : line);

/** What the gateway says. */
export type Told =
  | { readonly event: "media"; readonly payload: string }
  | { readonly event: "mark"; readonly name: string }
  | { readonly event: "clear" }
  /** `final: false`: so far; each replaces the one before. */
  | { readonly event: "transcript"; readonly who: "user" | "agent"; readonly text: string; readonly final: boolean }
  | { readonly event: "state"; readonly state: "listening" | "thinking" | "speaking" | "ended" }
  | { readonly event: "event"; readonly name: string; readonly data: unknown }
  | { readonly event: "malformed" };

const STATES = ["listening", "thinking", "speaking", "ended"] as const;
const MALFORMED = { event: "malformed" } as const;

/** `undefined`: of a kind that gateways have thought of since. */
export function read(text: string): Told | undefined {
  const said = fieldsOf(parsed(text));
  switch (said["event"]) {
    case "media":
      return withText(fieldsOf(said["media"])["payload"], (payload) => ({ event: "media", payload }));
    case "mark":
      return withText(fieldsOf(said["mark"])["name"], (name) => ({ event: "mark", name }));
    case "clear":
      return { event: "clear" };
    case "transcript": {
      const who = said["who"] === "user" ? "user" : "agent";
      return withText(said["text"], (words) => ({
        event: "transcript",
        who,
        text: words,
        final: said["final"] === true,
      }));
    }
    case "state": {
      const state = STATES.find((known) => known === said["state"]);
      return state && { event: "state", state };
    }
    case "event":
      return withText(said["name"], (name) => ({ event: "event", name, data: said["data"] }));
    default:
      return typeof said["event"] === "string" ? undefined : MALFORMED;
  }
}

export const connected = (): string => JSON.stringify({ event: "connected" });
export const start = (line: LineFormat): string =>
  JSON.stringify({ event: "start", start: { mediaFormat: { ...line, channels: 1 } } });
/** `atMs`: since the start of the stream. The gateway puts silence where frames are missing. */
export const media = (payload: string, atMs: number): string =>
  JSON.stringify({ event: "media", media: { timestamp: Math.round(atMs), payload } });
export const mark = (name: string): string => JSON.stringify({ event: "mark", mark: { name } });
export const written = (text: string): string => JSON.stringify({ event: "text", text });
export const stop = (): string => JSON.stringify({ event: "stop" });

export const payloadOf = (samples: Int16Array, { encoding }: PlainFormat): string =>
  base64Of(encoding === "audio/l16" ? pcmBytes(samples) : mulawBytes(samples));

/** `undefined` where it is no base64. */
export function samplesOf(payload: string, { encoding }: PlainFormat): Int16Array | undefined {
  const bytes = bytesOf(payload);
  if (!bytes) return undefined;
  return encoding === "audio/l16" ? pcmSamples(bytes) : mulawSamples(bytes);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as malformed
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

const withText = (value: unknown, told: (text: string) => Told): Told =>
  typeof value === "string" ? told(value) : MALFORMED;
