import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { type AudioFormat, bytesPerMs, silenceByte } from "../audio/format.ts";
import { refused } from "./access.ts";
import type { Dialect, LineEvent, Malformed, Verdict, WebhookRequest } from "./carrier.ts";
import { formMachine, formReport, formRing } from "./twilio-forms.ts";
import { afterStreamTwiml, rejectTwiml, streamTwiml } from "./twiml.ts";
import { header, malformed, readMessage, soundIn, wireCount, wireDigit, wireId, wireMark, wireSound } from "./wire.ts";
import { SORRY } from "./xml.ts";

// --- messages ---

const line: AudioFormat = { encoding: "mulaw", rate: 8000 };

const message = z.discriminatedUnion("event", [
  z.object({ event: z.literal("connected") }),
  z.object({
    event: z.literal("start"),
    stream_id: wireId,
    start: z.object({
      call_control_id: wireId,
      media_format: z.object({ encoding: z.literal(["PCMU", "PCMA"]), sample_rate: wireCount.pipe(z.literal(8000)) }),
      custom_parameters: z.record(z.string(), z.string()).nullish(),
    }),
  }),
  z.object({
    event: z.literal("media"),
    media: wireSound.extend({ chunk: wireCount.optional().catch(undefined) }),
  }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: wireDigit }) }),
  z.object({ event: z.literal("mark"), mark: z.object({ name: wireMark }) }),
  z.object({ event: z.literal("stop") }),
  z.object({
    event: z.literal("error"),
    payload: z
      .object({ title: z.string().regex(/^[a-z_]{1,40}$/) })
      .optional()
      .catch(undefined),
  }),
]);

type Message = z.output<typeof message>;
type Of<Event extends Message["event"]> = Extract<Message, { event: Event }>;

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
    case "media":
      return audio(said, text);
    case "dtmf":
      return { kind: "key", digit: said.dtmf.digit };
    case "mark":
      return { kind: "played", mark: said.mark.name };
    case "stop":
      return { kind: "stopped", reason: "stop" };
    // No other carrier tells us on the socket what was wrong with ours. It counts as what it is about.
    case "error":
      return malformed(`Telnyx complains of ${said.payload?.title ?? "something"}`);
    default:
      return said satisfies never;
  }
};

/**
 * We ask for µ-law, and Telnyx says it turns A-law into that; but also that where it cannot, the call's own codec comes. What
 * `start` says counts: A-law taken for µ-law is loud noise.
 */
function started({ stream_id, start }: Of<"start">): LineEvent {
  return {
    kind: "started",
    streamId: stream_id,
    carrierCallId: start.call_control_id,
    format: line,
    ...(start.media_format.encoding === "PCMA" && { comesAs: "alaw" }),
    params: start.custom_parameters ?? {},
  };
}

/** "Media frame order is not guaranteed" (Telnyx's docs), so every frame says its place. */
function audio({ media }: Of<"media">, text: string): LineEvent | Malformed | undefined {
  const sound = soundIn(text, media);
  return sound?.kind === "audio" && media.chunk !== undefined ? { ...sound, place: media.chunk } : sound;
}

// --- what we say to the socket ---

/**
 * One socket is one stream: no message of ours carries an id. Whether `clear` sends pending marks back is written nowhere; either
 * will do, since a mark's name says which reply it belongs to, and nobody waits for the marks of one that was cleared.
 */
const encode: Dialect["encode"] = (command) => {
  switch (command.kind) {
    case "play":
      return `{"event":"media","media":{"payload":"${command.payload}"}}`;
    case "mark":
      return `{"event":"mark","mark":{"name":${JSON.stringify(command.mark)}}}`;
    case "clear":
      return '{"event":"clear"}';
    default:
      return command satisfies never;
  }
};

// --- who may come in ---

/** Telnyx's own tolerance between the signed time and ours. */
const REPLAY_WINDOW_MS = 300_000;

/** The key as Telnyx shows it: 32 bytes in base64. Throws over anything else. */
function publicKeyOf(base64: string): KeyObject {
  const x = Buffer.from(base64, "base64").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

/**
 * The signature is over time and body, and not over the address: a query is nobody's word, so GET is refused. Within the window
 * the same request may come again, and changes nothing: a call rings once.
 */
function admitWebhook(key: KeyObject | undefined, wallMs: number, request: WebhookRequest): Verdict {
  if (!key) return refused("TELNYX_PUBLIC_KEY is not set", 503);
  const signature = header(request, "telnyx-signature-ed25519");
  const time = header(request, "telnyx-timestamp");
  if (!signature || !time) return refused("signature missing");
  if (request.method !== "POST") return refused("only the bodies of POST are signed");
  // Of JSON and multipart the fields are read, but what was signed is not at hand.
  if (request.form === "") return refused("only forms are signed as we read them");
  if (!/^\d{1,12}$/.test(time) || Math.abs(wallMs - Number(time) * 1000) > REPLAY_WINDOW_MS)
    return refused("signed too long ago, or in the future");
  const signed = Buffer.from(`${time}|${request.form}`);
  return verify(null, signed, key, Buffer.from(signature, "base64")) ? { ok: true } : refused("signature wrong");
}

// --- the dialect ---

const HANDS_OVER: Dialect["handsOver"] = ["dial", "conference"];

export type TelnyxOptions = {
  /** The account's Ed25519 key, 32 bytes in standard base64. Without it webhooks answer 503; one of another size throws. */
  readonly publicKey: string | undefined;
  /** The origin that Telnyx reaches us at. */
  readonly publicUrl: string;
  /** Milliseconds since 1970, against which signed times are held. */
  readonly wall: () => number;
};

/**
 * Telnyx by TeXML, its TwiML, and not by Call Control: the answer to a webhook is all it needs, where Call Control wants commands by
 * REST for each call, and `<Stream bidirectionalMode="rtp">` is the same live audio both ways (Telnyx's docs: TeXML, Stream).
 * TeXML's `CallSid` is the stream's `call_control_id` (Telnyx's API reference, TeXML callbacks).
 *
 * How sure: the wire and the signature of callbacks are documented. That the first request for instructions is signed like its
 * callbacks is our reading. Upgrades are not said to be signed: the ticket is their proof.
 */
export function telnyx({ publicKey, publicUrl, wall }: TelnyxOptions): Dialect {
  const origin = publicUrl.replace(/\/+$/, "");
  const key = publicKey ? publicKeyOf(publicKey) : undefined;
  return {
    name: "telnyx",
    usualFormat: line,
    // Between 20 ms and 30 s; shorter ones are lost. 60 ms, as for Twilio.
    framing: (format) => ({
      frameBytes: 60 * bytesPerMs(format),
      alignBytes: 20 * bytesPerMs(format),
      minBytes: 20 * bytesPerMs(format),
      maxBytes: 30_000 * bytesPerMs(format),
      padByte: silenceByte(format),
    }),
    decode,
    encode,
    admitWebhook: (request) => admitWebhook(key, wall(), request),
    admitUpgrade: () => ({ ok: true, signed: false }),
    ring: formRing,
    answer: (url, params) =>
      streamTwiml({
        attributes: {
          url,
          track: "inbound_track",
          codec: "PCMU",
          // By default whole MP3 files are expected from us, one a second.
          bidirectionalMode: "rtp",
          bidirectionalCodec: "PCMU",
          bidirectionalSamplingRate: "8000",
          statusCallback: `${origin}/telnyx/stream-status`,
        },
        params,
        after: { by: "redirect", url: `${origin}/telnyx/after-stream` },
      }),
    busy: rejectTwiml,
    handsOver: HANDS_OVER,
    afterStream: (next) => afterStreamTwiml(next, { sorry: SORRY, handsOver: HANDS_OVER }),
    report: formReport,
    machine: formMachine,
  };
}
