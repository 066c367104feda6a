import { z } from "zod";
import { ourSpelling } from "./stt-languages.ts";
import type { SttNews } from "./stt-wire.ts";

// Older builds of the server write numbers as strings.
const whole = z.union([
  z.number().int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);

const message = z.discriminatedUnion("event", [
  z.object({ event: z.literal("vad.speech_start"), utterance_idx: whole }),
  z.object({ event: z.literal("vad.speech_end"), utterance_idx: whole }),
  z.object({ event: z.literal("transcript.partial"), utterance_idx: whole, text: z.string() }),
  z.object({
    event: z.literal("transcript.final"),
    utterance_idx: whole,
    text: z.string(),
    language: z.string().nullish(),
  }),
  z.object({
    event: z.literal("error"),
    code: z.string(),
    message: z.string(),
    is_fatal: z.boolean(),
    status_code: whole.nullish(),
  }),
  z.object({ event: z.literal("pong") }),
  z.object({ event: z.literal(["session.begin", "session.end", "config.updated"]) }),
]);

const anyEvent = z.object({ event: z.string() });
const KNOWN = new Set<string>(message.options.flatMap((option) => [...option.shape.event.values]));

export const PING = '{"event":"ping"}';

/** By concatenation: the line's base64 text goes on as it came, never decoded. */
export const audioInput = (payload: string): string => `{"event":"audio_input","audio":"${payload}"}`;

export function readRealtime(text: string): SttNews {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Whatever it was, it was no message of this protocol.
    return { kind: "malformed" };
  }
  const parsed = message.safeParse(json);
  if (parsed.success) return newsOf(parsed.data);
  const { success, data } = anyEvent.safeParse(json);
  return { kind: success && !KNOWN.has(data.event) ? "unknown" : "malformed" };
}

function newsOf(said: z.output<typeof message>): SttNews {
  switch (said.event) {
    case "vad.speech_start":
      return { kind: "speech-started", index: said.utterance_idx };
    case "vad.speech_end":
      return { kind: "speech-ended", index: said.utterance_idx };
    case "transcript.partial":
      return { kind: "partial", index: said.utterance_idx, text: said.text };
    case "transcript.final": {
      const language = said.language ? { language: ourSpelling(said.language) } : {};
      return { kind: "final", index: said.utterance_idx, text: said.text, ...language };
    }
    case "error": {
      const { code, message: words, is_fatal: fatal, status_code: status } = said;
      return { kind: "complaint", complaint: { code, message: words, fatal, ...(status ? { status } : {}) } };
    }
    case "pong":
      return { kind: "pong" };
    case "session.begin":
    case "session.end":
    case "config.updated":
      return { kind: "nothing" };
    default:
      return said satisfies never;
  }
}
