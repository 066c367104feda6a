import { z } from "zod";
import { type AudioFormat, bytesPerMs, silenceByte } from "../audio/format.ts";
import { OPUS_LINE } from "../audio/opus-packet.ts";
import { isPageOf } from "../kit/origin.ts";
import { refused } from "./access.ts";
import type { Answer, Dialect, LineEvent, WebhookRequest } from "./carrier.ts";
import { encodeStream, streamEvent, streamMessages } from "./media-streams.ts";
import { header, malformed, readMessage, wireId } from "./wire.ts";

// --- messages ---

const line: AudioFormat = { encoding: "mulaw", rate: 8000 };
const rate = z.union([z.literal([8000, 16000, 48000]), z.enum(["8000", "16000", "48000"]).transform(Number)]);

/** Longer than anybody writes in one go; it goes to a model, and into the books. */
const MAX_TEXT = 4_000;

const message = z.discriminatedUnion("event", [
  ...streamMessages,
  z.object({
    event: z.literal("start"),
    streamSid: wireId.optional(),
    start: z.object({
      streamSid: wireId.optional(),
      callSid: wireId.optional(),
      mediaFormat: z.discriminatedUnion("encoding", [
        z.object({ encoding: z.literal("audio/x-mulaw"), sampleRate: rate.pipe(z.literal(8000)) }),
        z.object({ encoding: z.literal("audio/l16"), sampleRate: rate.pipe(z.literal([8000, 16000])) }),
        z.object({ encoding: z.literal("audio/opus"), sampleRate: rate.pipe(z.literal([16000, 48000])) }),
      ]),
      customParameters: z.record(z.string(), z.string()).nullish(),
    }),
  }),
  z.object({ event: z.literal("text"), text: z.string().trim().min(1).max(MAX_TEXT) }),
]);

type Started = Extract<z.output<typeof message>, { event: "start" }>;
type LineStart = Extract<LineEvent, { kind: "started" }>;

// --- what the socket says ---

const decode: Dialect["decode"] = (text) => {
  const read = readMessage(message, text);
  if (read?.kind !== "message") return read;
  const said = read.message;
  switch (said.event) {
    case "start":
      return started(said);
    case "text":
      return { kind: "text", text: said.text };
    default:
      return streamEvent(said, text);
  }
};

/** One socket is one stream, and its ticket names the call: a page need not make up ids. */
function started({ streamSid, start }: Started): LineEvent {
  const { callSid, mediaFormat, customParameters } = start;
  return {
    kind: "started",
    streamId: start.streamSid ?? streamSid ?? "web",
    ...(callSid !== undefined && { carrierCallId: callSid }),
    ...soundOf(mediaFormat),
    params: customParameters ?? {},
  };
}

function soundOf({ encoding, sampleRate }: Started["start"]["mediaFormat"]): Pick<LineStart, "format" | "comesAs"> {
  switch (encoding) {
    case "audio/x-mulaw":
      return { format: line };
    case "audio/l16":
      return { format: { encoding: "linear16", rate: sampleRate } };
    case "audio/opus":
      return { format: OPUS_LINE, comesAs: "opus" };
  }
}

// --- what we say to the socket ---

const show: NonNullable<Dialect["show"]> = ({ kind, ...shown }, stream) =>
  JSON.stringify({ event: kind, streamSid: stream.id, ...shown });

// --- who may come in ---

/**
 * A browser says whose page opens the socket, and no page can make it lie; a program says nothing. The ticket is what admits: this
 * keeps a page of somebody else's from using one that it got hold of.
 */
function isOurPage(request: WebhookRequest, { publicUrl, origins }: WebOptions): boolean {
  const origin = header(request, "origin");
  return origin === undefined || origins.includes(origin) || isPageOf(origin, publicUrl);
}

// --- the dialect ---

export type WebOptions = {
  /** The origin that pages of ours come from. */
  readonly publicUrl: string;
  /** Whose pages may open a socket beside ours. */
  readonly origins: readonly string[];
};

const json = (value: object): Answer => ({ contentType: "application/json", body: JSON.stringify(value) });
const noCarrier = malformed("no carrier rings here: its calls begin at the API");

/**
 * A browser, or a program, that plays the part of Twilio's Media Streams on a socket of ours: µ-law at 8 kHz, or `audio/l16`, which
 * here is what sound cards give, signed 16-bit little-endian, and not the big-endian of RFC 2586. What it says may also come as
 * `audio/opus`, a packet in each message, and is answered in `audio/l16` at 16 kHz then. Besides, it may write (`text`), and is shown
 * what is said (`transcript`), how the agent is (`state`) and events of the customer's own (`event`).
 */
export function web(options: WebOptions): Dialect {
  return {
    name: "web",
    usualFormat: line,
    // Any length will do. 60 ms: few messages, and a barge-in leaves little behind.
    framing: (format) => ({
      frameBytes: 60 * bytesPerMs(format),
      alignBytes: format.encoding === "mulaw" ? 1 : 2,
      minBytes: format.encoding === "mulaw" ? 1 : 2,
      maxBytes: 1_000_000,
      padByte: silenceByte(format),
    }),
    decode,
    encode: encodeStream,
    show,
    admitWebhook: () => refused("there are no webhooks of the web line"),
    admitUpgrade: (request) =>
      isOurPage(request, options) ? { ok: true, signed: false } : refused("a page of this origin may not call"),
    ring: () => noCarrier,
    answer: (url) => json({ url }),
    busy: () => json({ error: "busy" }),
    handsOver: [],
    afterStream: () => json({}),
    report: () => noCarrier,
    machine: () => noCarrier,
  };
}
