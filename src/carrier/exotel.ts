import { z } from "zod";
import { type AudioFormat, silenceByte } from "../audio/format.ts";
import { type UnsignedProof, unsignedAdmission } from "./access.ts";
import { callState, isEnd, machineReport } from "./call-state.ts";
import type { AfterCall, Answer, Dialect, LineEvent, Malformed } from "./carrier.ts";
import { field, malformed, readMessage, soundIn, wireCount, wireDigit, wireId, wireMark, wireTime } from "./wire.ts";

// --- messages ---

const line: AudioFormat = { encoding: "linear16", rate: 8000 };

/** Applets write snake_case, Connect Voice AI camelCase; ids sit at the top, inside `start`, or both; numbers may be strings. */
const id = z
  .union([wireId, z.number().transform(String)])
  .optional()
  .catch(undefined);
const ids = { stream_sid: id, streamSid: id, call_sid: id, callSid: id };
const rate = wireCount.pipe(z.literal([8000, 16000, 24000])).optional();
const mediaFormat = z.object({ sample_rate: rate, sampleRate: rate }).nullish();
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const customParameters = z.union([z.record(z.string(), word), z.literal("")]).nullish();
const payload = z.string().min(1).optional();
/** A telephone number. One that makes no sense is unknown: the call is worth more. */
const phone = word.optional().catch(undefined);

const message = z.preprocess(
  // Exotel's own sample host also reads a capital `Event`.
  (raw) => (typeof raw === "object" && raw !== null && "Event" in raw ? { event: raw.Event, ...raw } : raw),
  z.discriminatedUnion("event", [
    z.object({ event: z.literal("connected") }),
    z.object({
      event: z.literal("start"),
      ...ids,
      start: z.object({
        ...ids,
        from: phone,
        to: phone,
        media_format: mediaFormat,
        mediaFormat,
        custom_parameters: customParameters,
        customParameters,
      }),
    }),
    z.object({ event: z.literal("media"), media: z.object({ timestamp: wireTime, payload, Payload: payload }) }),
    z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: word.pipe(wireDigit) }) }),
    z.object({ event: z.literal("mark"), mark: z.object({ name: wireMark }) }),
    z.object({ event: z.literal("clear") }),
    // However it is dressed, the end is the end.
    z.object({
      event: z.literal(["stop", "closed"]),
      stop: z
        .object({ reason: z.string().min(1).max(200) })
        .optional()
        .catch(undefined),
    }),
  ]),
);

type Started = Extract<z.output<typeof message>, { event: "start" }>;

// --- what the socket says ---

const decode: Dialect["decode"] = (text) => {
  const read = readMessage(message, text);
  if (read?.kind !== "message") return read;
  const said = read.message;
  switch (said.event) {
    case "connected":
    case "clear":
      return undefined;
    case "start":
      return started(said);
    case "media": {
      const { timestamp } = said.media;
      const sound = said.media.payload ?? said.media.Payload;
      if (sound === undefined) return malformed("media.payload: missing");
      return soundIn(text, { timestamp, payload: sound });
    }
    case "dtmf":
      return { kind: "key", digit: said.dtmf.digit };
    case "mark":
      return { kind: "played", mark: said.mark.name };
    case "stop":
    case "closed":
      return { kind: "stopped", reason: said.stop?.reason ?? said.event };
    default:
      return said satisfies never;
  }
};

function started({ start, ...top }: Started): LineEvent | Malformed {
  const streamId = start.stream_sid ?? start.streamSid ?? top.stream_sid ?? top.streamSid;
  const carrierCallId = start.call_sid ?? start.callSid ?? top.call_sid ?? top.callSid;
  if (streamId === undefined) return malformed("start.stream_sid: missing");
  if (carrierCallId === undefined) return malformed("start.call_sid: missing");
  const media = start.media_format ?? start.mediaFormat;
  const { from, to } = start;
  return {
    kind: "started",
    streamId,
    carrierCallId,
    format: { encoding: "linear16", rate: media?.sample_rate ?? media?.sampleRate ?? line.rate },
    params: {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(start.custom_parameters || start.customParameters),
    },
  };
}

// --- what we say to the socket ---

/** Both spellings of the id, and counts as strings: some Connect streams drop or end early without them. */
const encode: Dialect["encode"] = (command, stream) => {
  const streamId = JSON.stringify(stream.id);
  const ids = `"stream_sid":${streamId},"streamSid":${streamId}`;
  const count = stream.chunk + 1;
  switch (command.kind) {
    case "play":
      return `{"event":"media",${ids},"media":{"payload":"${command.payload}","chunk":"${count}","timestamp":"${Math.round(stream.atMs)}","sequenceNumber":"${count}"}}`;
    case "mark":
      return `{"event":"mark",${ids},"mark":{"name":${JSON.stringify(command.mark)}}}`;
    case "clear":
      return `{"event":"clear",${ids}}`;
    default:
      return command satisfies never;
  }
};

// --- what we tell the phone company to do ---

const json = (value: object): Answer => ({ contentType: "application/json", body: JSON.stringify(value) });

/** Exotel hands back at most 3 query pairs of 256 characters together; what does not fit is left out. */
function withParams(mediaUrl: string, params: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const longer = new URLSearchParams([...query, [name, value]]);
    if (longer.size <= 3 && spelled(longer).length <= 256) query.append(name, value);
  }
  return query.size === 0 ? mediaUrl : `${mediaUrl}${mediaUrl.includes("?") ? "&" : "?"}${spelled(query)}`;
}

/** A space as `%20`: not everybody reads a plus as one. */
const spelled = (query: URLSearchParams): string => query.toString().replaceAll("+", "%20");

/**
 * What the flow's Connect applet reads when it asks whom to dial (Exotel's support pages: Programmable Connect, version 1.0). The
 * words are spoken to the callee alone; what comes next is the flow's affair, so nobody can be asked.
 */
const transferJson = ({ number, callerId, ringSeconds, words }: Extract<AfterCall, { kind: "dial" }>): Answer =>
  json({
    fetch_after_attempt: false,
    destination: { numbers: [number] },
    ...(callerId !== undefined && { outgoing_phone_number: callerId }),
    record: false,
    ...(ringSeconds !== undefined && { max_ringing_duration: ringSeconds }),
    ...(words && { start_call_playback: { playback_to: "callee", type: "text", value: words.text } }),
  });

// --- what the phone company tells us of a call ---

const report: Dialect["report"] = (params) => {
  const carrierCallId = field(params, "CallSid");
  const status = field(params, "Status", "CallStatus", "EventType").toLowerCase();
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
  if (status === "") return malformed("Status: missing");
  const state = callState(status);
  const over = isEnd(state) || field(params, "EventType").toLowerCase() === "terminal";
  return { carrierCallId, over, status, ...(state && { state }) };
};

// --- the dialect ---

/** A payload must be a multiple of this many bytes, or the rest is waited for as a gap; and no larger than `MAX_BYTES`. */
const ALIGN_BYTES = 320;
const MAX_BYTES = 100_000;

export type ExotelOptions = UnsignedProof & {
  /** The least decoded bytes per outbound message; Exotel's documents say 3200. */
  readonly minFrameBytes: number;
};

/** Exotel AgentStream (Voicebot applet): PCM16 little-endian at 8, 16 or 24 kHz, base64 in JSON text (Exotel's docs: Stream and Voicebot applet). */
export function exotel(options: ExotelOptions): Dialect {
  const minBytes = Math.max(1, Math.ceil(options.minFrameBytes / ALIGN_BYTES)) * ALIGN_BYTES;
  // The least multiple of 3 and 320 that is long enough.
  const frameBytes = Math.ceil(minBytes / (3 * ALIGN_BYTES)) * 3 * ALIGN_BYTES;
  if (!(frameBytes <= MAX_BYTES)) throw new Error(`Exotel takes no frames of ${options.minFrameBytes} bytes`);
  const frames = { frameBytes, alignBytes: ALIGN_BYTES, minBytes, maxBytes: MAX_BYTES };
  return {
    name: "exotel",
    usualFormat: line,
    framing: (format) => ({ ...frames, padByte: silenceByte(format) }),
    decode,
    encode,
    ...unsignedAdmission(options),
    ring(params) {
      const carrierCallId = field(params, "CallSid");
      if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
      return { carrierCallId, from: field(params, "CallFrom", "From"), to: field(params, "CallTo", "To") };
    },
    answer: (mediaUrl, params) => json({ url: withParams(mediaUrl, params) }),
    // There is no document that turns a call away; what counts is the gateway's status 503.
    busy: () => json({ error: "busy" }),
    // Nothing to say: once the socket is closed the flow goes on by itself.
    handsOver: [],
    afterStream: () => json({}),
    transfer: transferJson,
    report,
    machine: (params) => machineReport(field(params, "CallSid"), field(params, "Legs[0][AnsweredBy]", "AnsweredBy")),
  };
}
