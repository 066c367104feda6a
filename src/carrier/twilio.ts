import library from "twilio";
import { z } from "zod";
import { type AudioFormat, bytesPerMs, silenceByte } from "../audio/format.ts";
import { refused } from "./access.ts";
import type { Dialect, LineEvent, Malformed, Verdict, WebhookRequest } from "./carrier.ts";
import { hangUpTwiml, rejectTwiml, streamTwiml } from "./twiml.ts";
import { field, header, isSpliceable, malformed, readMessage, wireDigit, wireId, wireMark, wireTime } from "./wire.ts";

// --- messages ---

const line: AudioFormat = { encoding: "mulaw", rate: 8000 };

const message = z.discriminatedUnion("event", [
  z.object({ event: z.literal("connected") }),
  z.object({
    event: z.literal("start"),
    streamSid: wireId.optional(),
    start: z.object({
      streamSid: wireId.optional(),
      callSid: wireId,
      mediaFormat: z.object({ encoding: z.literal("audio/x-mulaw"), sampleRate: z.literal([8000, "8000"]) }),
      customParameters: z.record(z.string(), z.string()).nullish(),
    }),
  }),
  z.object({
    event: z.literal("media"),
    media: z.object({
      track: z.enum(["inbound", "outbound"]).optional(),
      timestamp: wireTime,
      payload: z.string().min(1),
    }),
  }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: wireDigit }) }),
  z.object({ event: z.literal("mark"), mark: z.object({ name: wireMark }) }),
  z.object({ event: z.literal("stop") }),
]);

type Started = Extract<z.output<typeof message>, { event: "start" }>;

// --- what the socket says ---

const decode: Dialect["decode"] = (text) => {
  const read = readMessage(message, text);
  if (read?.kind !== "message") return read;
  const said = read.message;
  switch (said.event) {
    case "connected":
      return undefined;
    case "start":
      return started(said);
    case "media": {
      const { track, timestamp, payload } = said.media;
      if (track === "outbound") return undefined;
      if (!isSpliceable(text, payload)) return malformed("media.payload: not base64");
      return { kind: "audio", payload, ...(timestamp !== undefined && { atMs: timestamp }) };
    }
    case "dtmf":
      return { kind: "key", digit: said.dtmf.digit };
    case "mark":
      return { kind: "played", mark: said.mark.name };
    case "stop":
      return { kind: "stopped", reason: "stop" };
    default:
      return said satisfies never;
  }
};

function started({ streamSid, start }: Started): LineEvent | Malformed {
  const streamId = start.streamSid ?? streamSid;
  if (streamId === undefined) return malformed("start.streamSid: missing");
  return {
    kind: "started",
    streamId,
    carrierCallId: start.callSid,
    format: line,
    params: start.customParameters ?? {},
  };
}

// --- what we say to the socket ---

/** Twilio drops audio silently after a field too many or a wrong `streamSid`, so this is the exact form and nothing else. */
const encode: Dialect["encode"] = (command, stream) => {
  const id = JSON.stringify(stream.id);
  switch (command.kind) {
    case "play":
      return `{"event":"media","streamSid":${id},"media":{"payload":"${command.payload}"}}`;
    case "mark":
      return `{"event":"mark","streamSid":${id},"mark":{"name":${JSON.stringify(command.mark)}}}`;
    case "clear":
      return `{"event":"clear","streamSid":${id}}`;
    default:
      return command satisfies never;
  }
};

// --- who may come in ---

function verify(
  token: string | undefined,
  request: WebhookRequest,
  url: string,
  params: WebhookRequest["params"],
): Verdict {
  if (!token) return refused("TWILIO_AUTH_TOKEN is not set", 503);
  const signature = header(request, "x-twilio-signature");
  if (!signature) return refused("signature missing");
  try {
    return library.validateRequest(token, signature, url, params) ? { ok: true } : refused("signature wrong");
  } catch {
    // The library parses the URL and may throw over it. What cannot be checked is not let in.
    return refused("signature cannot be checked");
  }
}

function admitWebhook(token: string | undefined, request: WebhookRequest): Verdict {
  const { method, url, params } = request;
  if (method !== "GET" && method !== "POST") return refused("only GET and POST are signed as we read them");
  // Such a signature covers the body by a hash in the URL, not by its fields: those would be taken unproven.
  if (url.includes("bodySHA256=")) return refused("signed JSON bodies are not accepted");
  return verify(token, request, url, method === "POST" ? params : {});
}

/** The upgrade is signed over the stream's URL as the TwiML wrote it: with the ws scheme, and without parameters. */
function admitUpgrade(token: string | undefined, request: WebhookRequest): Verdict & { signed?: boolean } {
  if (header(request, "x-twilio-signature") === undefined) return { ok: true, signed: false };
  const verdict = verify(token, request, request.url.replace(/^http/, "ws"), {});
  return verdict.ok ? { ok: true, signed: true } : verdict;
}

// --- what the phone company tells us of a call ---

const OVER: readonly string[] = ["completed", "busy", "failed", "no-answer", "canceled"];

/** Call status callbacks and stream status callbacks; a stream that stopped or failed is the end of our call too. */
const report: Dialect["report"] = (params) => {
  const carrierCallId = field(params, "CallSid");
  const streamEvent = field(params, "StreamEvent");
  const status = streamEvent || field(params, "CallStatus");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
  if (status === "") return malformed("CallStatus: missing");
  if (streamEvent === "") return { carrierCallId, over: OVER.includes(status), status };
  const detail = field(params, "StreamError").slice(0, 200);
  const over = streamEvent === "stream-stopped" || streamEvent === "stream-error";
  return { carrierCallId, over, status: detail ? `${streamEvent}: ${detail}` : streamEvent };
};

// --- the dialect ---

export type TwilioOptions = {
  /** Signs everything Twilio sends us. Without it webhooks answer 503. */
  readonly authToken: string | undefined;
  /** The origin that Twilio reaches us at; our own URLs in TwiML are made from it. */
  readonly publicUrl: string;
  /** Said when the stream cannot be opened. */
  readonly fallbackText?: string | undefined;
};

/** Twilio Media Streams, bidirectional: µ-law at 8 kHz, base64 in JSON text (Twilio's docs: Media Streams, WebSocket messages). */
export function twilio({ authToken, publicUrl, fallbackText }: TwilioOptions): Dialect {
  const sorry = fallbackText ?? "We cannot take your call right now. Please call again later.";
  const origin = publicUrl.replace(/\/+$/, "");
  return {
    name: "twilio",
    usualFormat: line,
    // Any length is accepted and buffered. 60 ms: few messages, and a barge-in leaves little behind.
    framing: (format) => ({
      frameBytes: 60 * bytesPerMs(format),
      alignBytes: 1,
      minBytes: 1,
      maxBytes: 1_000_000,
      padByte: silenceByte(format),
    }),
    decode,
    encode,
    admitWebhook: (request) => admitWebhook(authToken, request),
    admitUpgrade: (request) => admitUpgrade(authToken, request),
    ring(params) {
      const carrierCallId = field(params, "CallSid");
      if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
      const from = field(params, "From");
      // A browser client writes its own `To`; it must not choose whom it talks to by it.
      return { carrierCallId, from, to: from.startsWith("client:") ? "" : field(params, "To") };
    },
    answer: (url, params) =>
      streamTwiml({
        url,
        statusCallback: `${origin}/twilio/stream-status`,
        action: `${origin}/twilio/after-stream`,
        params,
        fallbackText: sorry,
      }),
    busy: rejectTwiml,
    afterStream: (owed) => hangUpTwiml(owed ? sorry : undefined),
    report,
  };
}
