import library from "twilio";
import { z } from "zod";
import { type AudioFormat, bytesPerMs, silenceByte } from "../audio/format.ts";
import { refused } from "./access.ts";
import type { Dialect, LineEvent, Malformed, Verdict, WebhookRequest } from "./carrier.ts";
import { encodeStream, streamEvent, streamMessages } from "./media-streams.ts";
import { formMachine, formReport, formRing } from "./twilio-forms.ts";
import { type AfterStream, afterStreamTwiml, rejectTwiml, streamTwiml } from "./twiml.ts";
import { header, malformed, readMessage, wireId } from "./wire.ts";

// --- messages ---

const line: AudioFormat = { encoding: "mulaw", rate: 8000 };

const message = z.discriminatedUnion("event", [
  ...streamMessages,
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
]);

type Started = Extract<z.output<typeof message>, { event: "start" }>;

// --- what the socket says ---

const decode: Dialect["decode"] = (text) => {
  const read = readMessage(message, text);
  if (read?.kind !== "message") return read;
  const said = read.message;
  return said.event === "start" ? started(said) : streamEvent(said, text);
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

// --- who may come in ---

type Lock = Pick<TwilioLike, "secret" | "secretName" | "signatureHeaders">;

function verify(lock: Lock, request: WebhookRequest, url: string, params: WebhookRequest["params"]): Verdict {
  if (!lock.secret) return refused(`${lock.secretName} is not set`, 503);
  const signature = signatureOf(lock, request);
  if (!signature) return refused("signature missing");
  try {
    return library.validateRequest(lock.secret, signature, url, params) ? { ok: true } : refused("signature wrong");
  } catch {
    // The library parses the URL and may throw over it. What cannot be checked is not let in.
    return refused("signature cannot be checked");
  }
}

const signatureOf = ({ signatureHeaders }: Lock, request: WebhookRequest): string | undefined =>
  signatureHeaders.map((name) => header(request, name)).find((sent) => sent !== undefined);

function admitWebhook(lock: Lock, request: WebhookRequest): Verdict {
  const { method, url, params } = request;
  if (method !== "GET" && method !== "POST") return refused("only GET and POST are signed as we read them");
  // Such a signature covers the body by a hash in the URL, not by its fields: those would be taken unproven.
  if (url.includes("bodySHA256=")) return refused("signed JSON bodies are not accepted");
  return verify(lock, request, url, method === "POST" ? params : {});
}

/** The upgrade is signed over the stream's URL as the TwiML wrote it: with the ws scheme, and without parameters. */
function admitUpgrade(lock: Lock, request: WebhookRequest): Verdict & { signed?: boolean } {
  if (signatureOf(lock, request) === undefined) return { ok: true, signed: false };
  const verdict = verify(lock, request, request.url.replace(/^http/, "ws"), {});
  return verdict.ok ? { ok: true, signed: true } : verdict;
}

// --- the dialect ---

/** All in which the carriers that speak Twilio's Media Streams and TwiML differ. */
export type TwilioLike = {
  readonly name: Dialect["name"];
  /** Signs everything the carrier sends us, by Twilio's algorithm. Without it webhooks answer 503. */
  readonly secret: string | undefined;
  /** The variable that holds it, for the reason of that 503. */
  readonly secretName: string;
  /** In which the signature comes, lower-case; the first that is there counts. */
  readonly signatureHeaders: readonly string[];
  /** Where it tells how its streams go. */
  readonly streamStatusUrl: string;
  readonly afterStream: AfterStream;
  /** Said where nobody else has spoken to the caller. */
  readonly sorry: string;
  readonly handsOver: Dialect["handsOver"];
};

/** µ-law at 8 kHz, base64 in JSON text (Twilio's docs: Media Streams, WebSocket messages), both ways. */
export function twilioLike(carrier: TwilioLike): Dialect {
  return {
    name: carrier.name,
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
    encode: encodeStream,
    admitWebhook: (request) => admitWebhook(carrier, request),
    admitUpgrade: (request) => admitUpgrade(carrier, request),
    ring: formRing,
    answer: (url, params) =>
      streamTwiml({ attributes: { url, statusCallback: carrier.streamStatusUrl }, params, after: carrier.afterStream }),
    busy: rejectTwiml,
    handsOver: carrier.handsOver,
    afterStream: (next) => afterStreamTwiml(next, carrier),
    report: formReport,
    machine: formMachine,
  };
}
