import { z } from "zod";

/**
 * What Sarvam's text-to-speech socket says. Undocumented extra fields are let through; unknown types are not interesting.
 * Error messages carry a `code` or, for speakers and codecs, begin with it (`400: Speaker 'x' is not compatible …`).
 */
type TtsMessage =
  | { readonly kind: "audio"; readonly payload: string }
  /** All audio of one flush has been sent. */
  | { readonly kind: "final" }
  | { readonly kind: "error"; readonly code: number | undefined; readonly message: string }
  /** A message that should have meant something and did not: counted and survived. */
  | { readonly kind: "malformed"; readonly why: string };

const named = z.object({ type: z.string() });
const audio = z.object({ data: z.object({ audio: z.string() }) });
const event = z.object({ data: z.object({ event_type: z.string() }) });
const failure = z.object({
  data: z.object({
    message: z.string().optional(),
    error: z.string().optional(),
    code: z.union([z.number(), z.string()]).optional(),
  }),
});

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const malformed = (why: string): TtsMessage => ({ kind: "malformed", why });

/** `undefined` for what is known and uninteresting (`pong`, other events) and for types that came after this was written. */
export function decodeTtsMessage(text: string): TtsMessage | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed("not JSON");
  }
  const head = named.safeParse(json);
  if (!head.success) return malformed("no type");
  switch (head.data.type) {
    case "audio":
      return audioMessage(json);
    case "event": {
      const parsed = event.safeParse(json);
      if (!parsed.success) return malformed("event without event_type");
      return parsed.data.data.event_type === "final" ? { kind: "final" } : undefined;
    }
    case "error":
      return errorMessage(json);
    default:
      return undefined;
  }
}

function audioMessage(json: unknown): TtsMessage {
  const parsed = audio.safeParse(json);
  if (!parsed.success) return malformed("audio without data.audio");
  const payload = parsed.data.data.audio;
  // Some encoders leave the padding off; one character over a multiple of four is nobody's base64.
  return payload.length % 4 !== 1 && BASE64.test(payload)
    ? { kind: "audio", payload }
    : malformed("audio that is not base64");
}

function errorMessage(json: unknown): TtsMessage {
  const parsed = failure.safeParse(json);
  if (!parsed.success) return malformed("error without data");
  const { message, error, code } = parsed.data.data;
  const words = message ?? error ?? "";
  const number = Number(code ?? /^(\d{3}):/.exec(words)?.[1] ?? Number.NaN);
  return { kind: "error", code: Number.isInteger(number) ? number : undefined, message: words };
}

export const textMessage = (text: string): string => JSON.stringify({ type: "text", data: { text } });
/** Drains the text buffered so far; answered by one `final`, where completion events are on. */
export const flushMessage = '{"type":"flush"}';
export const pingMessage = '{"type":"ping"}';
