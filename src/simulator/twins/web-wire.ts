import { z } from "zod";
import type { AudioFormat } from "../../audio/format.ts";
import { isBase64, jsonOf, type Reading, startsWithRiff, type Wire } from "./wire.ts";

const streamSid = z.string();
/** Strict: what a page does not expect it would not show. */
const shown = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("transcript"),
    streamSid,
    who: z.enum(["user", "agent"]),
    text: z.string().min(1),
    final: z.boolean(),
  }),
  z.strictObject({
    event: z.literal("state"),
    streamSid,
    state: z.enum(["listening", "thinking", "speaking", "ended"]),
  }),
  z.strictObject({ event: z.literal("event"), streamSid, name: z.string(), data: z.unknown() }),
]);

const fromGateway = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("media"),
    streamSid,
    media: z.strictObject({ payload: z.string().refine(isBase64, "payload is not base64") }),
  }),
  z.strictObject({ event: z.literal("mark"), streamSid, mark: z.strictObject({ name: z.string().min(1) }) }),
  z.strictObject({ event: z.literal("clear"), streamSid }),
  ...shown.options,
]);

/** What a page shows of the call. */
export type Shown = z.output<typeof shown>;

const SID = "web-twin";
const MALFORMED = "malformed";

/** The web line, as our pages speak it: Twilio's messages without its counters, ids or track. */
export function webWire(format: AudioFormat, onShown: (shown: Shown) => void): Wire {
  const say = (event: string, fields: object): string => JSON.stringify({ event, ...fields });
  const encoding = format.encoding === "mulaw" ? "audio/x-mulaw" : "audio/l16";
  return {
    malformedCode: MALFORMED,
    connected: () => say("connected", {}),
    start: () =>
      say("start", { start: { streamSid: SID, mediaFormat: { encoding, sampleRate: format.rate, channels: 1 } } }),
    media: (audio, atMs) => say("media", { media: { timestamp: Math.round(atMs), payload: audio.toString("base64") } }),
    key: (digit) => say("dtmf", { dtmf: { digit } }),
    mark: (name) => say("mark", { mark: { name } }),
    stop: () => say("stop", {}),
    read(text) {
      const json = jsonOf(text);
      if (json === undefined) return complaint("not JSON");
      const { data: said, error } = fromGateway.safeParse(json);
      if (!said) return complaint(z.prettifyError(error));
      if (said.streamSid !== SID) return complaint(`streamSid ${said.streamSid} is not this stream's`);
      switch (said.event) {
        case "media":
          return sound(Buffer.from(said.media.payload, "base64"), format);
        case "mark":
          return { message: { kind: "mark", name: said.mark.name }, complaints: [] };
        case "clear":
          return { message: { kind: "clear" }, complaints: [] };
        case "transcript":
        case "state":
        case "event":
          onShown(said);
          return { complaints: [] };
        default:
          return said satisfies never;
      }
    },
  };
}

const complaint = (detail: string): Reading => ({ complaints: [{ code: MALFORMED, detail }] });

/** Half a sample would shift all that follows by a byte: nothing but noise from there on. */
function sound(audio: Buffer, { encoding }: AudioFormat): Reading {
  if (encoding === "linear16" && audio.length % 2 !== 0) return complaint("half a sample");
  if (startsWithRiff(audio)) return complaint("payload starts with RIFF");
  return { message: { kind: "media", audio }, complaints: [] };
}
