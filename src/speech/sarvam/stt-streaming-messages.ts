import { z } from "zod";

const code = z.union([z.string(), z.number()]).nullish();

const message = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("events"),
    data: z.object({ signal_type: z.enum(["START_SPEECH", "END_SPEECH"]) }),
  }),
  z.object({
    type: z.literal("data"),
    data: z.object({
      transcript: z.string(),
      language_code: z.string().nullish(),
    }),
  }),
  // Typed with `error`, seen with `message` in its place.
  z.object({
    type: z.literal("error"),
    data: z.object({ error: z.string().nullish(), message: z.string().nullish(), code }),
  }),
]);

const anyType = z.object({ type: z.string() });
const KNOWN = new Set<string>(message.options.map((option) => option.shape.type.value));

export type StreamingMessage = z.output<typeof message>;

/** Audio of the older socket. `encoding` is always this; what the bytes really are is said in the URL. */
export const audioMessage = (base64: string, rate: number): string =>
  `{"audio":{"data":"${base64}","sample_rate":${rate},"encoding":"audio/wav"}}`;

/** Makes a transcript of what was heard so far. */
export const FLUSH = '{"type":"flush"}';

export function parseStreaming(text: string): StreamingMessage | "unknown" | "malformed" {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Whatever it was, it was no message of this protocol.
    return "malformed";
  }
  const parsed = message.safeParse(json);
  if (parsed.success) return parsed.data;
  const { success, data } = anyType.safeParse(json);
  return success && !KNOWN.has(data.type) ? "unknown" : "malformed";
}
