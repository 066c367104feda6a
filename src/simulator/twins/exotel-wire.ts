import { z } from "zod";
import { type Complaint, isBase64, jsonOf, type Reading, startsWithRiff, type Wire } from "./wire.ts";

const ids = { stream_sid: z.string().optional(), streamSid: z.string().optional() };
/** Loose: Exotel's own samples carry more fields, in either spelling. */
const fromGateway = z.discriminatedUnion("event", [
  z.looseObject({
    event: z.literal("media"),
    ...ids,
    media: z.looseObject({ payload: z.string().refine(isBase64, "payload is not base64") }),
  }),
  z.looseObject({ event: z.literal("mark"), ...ids, mark: z.looseObject({ name: z.string().min(1) }) }),
  z.looseObject({ event: z.literal("clear"), ...ids }),
]);

const MALFORMED = "malformed";
const ALIGN_BYTES = 320;
const MIN_BYTES = 3200;
const MAX_BYTES = 100_000;

export type ExotelCall = {
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly from: string;
  readonly to: string;
  readonly rate: 8000 | 16000 | 24000;
  readonly customParameters: Readonly<Record<string, string>>;
  /** Applets write `stream_sid`, Connect Voice AI writes `streamSid`. */
  readonly casing: "snake" | "camel";
  /** Exotel writes counters and rates as strings, or as numbers. */
  readonly numbers: "strings" | "numbers";
};

/** Exotel AgentStream: PCM16LE, either spelling of ids, counters as strings or numbers. */
export function exotelWire(call: ExotelCall): Wire {
  const spell = (key: string): string =>
    call.casing === "snake" ? key : key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const count = (value: number): string | number => (call.numbers === "strings" ? String(value) : value);
  const spelled = (fields: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [spell(key), value]));
  let sequence = 0;
  let chunk = 0;
  const numbered = (event: string, fields: object): string => {
    sequence += 1;
    const head = spelled({ sequence_number: count(sequence), stream_sid: call.streamSid });
    return JSON.stringify({ event, ...head, ...fields });
  };
  return {
    malformedCode: MALFORMED,
    connected: () => JSON.stringify({ event: "connected" }),
    start: () =>
      numbered("start", {
        start: spelled({
          stream_sid: call.streamSid,
          call_sid: call.callSid,
          account_sid: call.accountSid,
          from: call.from,
          to: call.to,
          custom_parameters: call.customParameters,
          media_format: spelled({ encoding: "raw", sample_rate: count(call.rate), bit_rate: count(16) }),
        }),
      }),
    media(audio, atMs) {
      chunk += 1;
      const payload = audio.toString("base64");
      return numbered("media", { media: { chunk: count(chunk), timestamp: count(Math.round(atMs)), payload } });
    },
    key: (digit) => numbered("dtmf", { dtmf: { digit, duration: count(200) } }),
    mark: (name) => numbered("mark", { mark: { name } }),
    stop: () =>
      numbered("stop", {
        stop: spelled({ call_sid: call.callSid, account_sid: call.accountSid, reason: "callended" }),
      }),
    read(text) {
      const json = jsonOf(text);
      if (json === undefined) return { complaints: [{ code: MALFORMED, detail: "not JSON" }] };
      const parsed = fromGateway.safeParse(json);
      if (!parsed.success) return { complaints: [{ code: "invalid", detail: z.prettifyError(parsed.error) }] };
      const said = parsed.data;
      const complaints = idComplaints(call.streamSid, said.stream_sid, said.streamSid);
      switch (said.event) {
        case "media":
          return exotelMedia(Buffer.from(said.media.payload, "base64"), complaints);
        case "mark":
          return { message: { kind: "mark", name: said.mark.name }, complaints };
        case "clear":
          return { message: { kind: "clear" }, complaints };
        default:
          return said satisfies never;
      }
    },
  };
}

/** Exotel seems to ignore the id on messages to it; a wrong or missing one is noted, and the message taken. */
function idComplaints(own: string, snake: string | undefined, camel: string | undefined): Complaint[] {
  const given = [snake, camel].filter((id) => id !== undefined);
  if (given.length > 0 && given.every((id) => id === own)) return [];
  return [{ code: "stream-id", detail: `expected ${own}, got ${given.join(", ") || "none"}` }];
}

/** The chunk rules of Exotel's support pages. Chunks that break them are played all the same. */
function exotelMedia(audio: Buffer, complaints: Complaint[]): Reading {
  const { length } = audio;
  if (length % ALIGN_BYTES !== 0) complaints.push({ code: "chunk-unaligned", detail: `${length} bytes` });
  if (length < MIN_BYTES) complaints.push({ code: "chunk-too-small", detail: `${length} bytes` });
  if (length > MAX_BYTES) complaints.push({ code: "chunk-too-big", detail: `${length} bytes` });
  if (startsWithRiff(audio)) complaints.push({ code: "header", detail: "payload starts with RIFF" });
  return { message: { kind: "media", audio }, complaints };
}
