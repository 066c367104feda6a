import { createHmac, timingSafeEqual } from "node:crypto";
import { parse } from "node:querystring";
import { z } from "zod";
import { type AudioFormat, bytesPerMs, silenceByte } from "../audio/format.ts";
import { refused } from "./access.ts";
import { callState, isEnd, machineReport } from "./call-state.ts";
import type { Dialect, LineEvent, Verdict, WebhookRequest } from "./carrier.ts";
import { afterStreamXml, busyXml, streamXml } from "./plivo-xml.ts";
import { field, header, malformed, readMessage, soundIn, wireDigit, wireId, wireMark, wireSound } from "./wire.ts";

// --- messages ---

const line: AudioFormat = { encoding: "mulaw", rate: 8000 };

const message = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("start"),
    start: z.object({
      callId: wireId,
      streamId: wireId,
      mediaFormat: z.object({ encoding: z.literal("audio/x-mulaw"), sampleRate: z.literal([8000, "8000"]) }),
    }),
    extra_headers: z.string().optional().catch(undefined),
  }),
  z.object({ event: z.literal("media"), media: wireSound }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: wireDigit }) }),
  z.object({ event: z.literal("playedStream"), name: wireMark }),
  z.object({ event: z.literal("clearedAudio") }),
  z.object({ event: z.literal("stop") }),
]);

type Started = Extract<z.output<typeof message>, { event: "start" }>;

// --- what the socket says ---

/**
 * There is no `connected`: `start` comes first. `timestamp` counts milliseconds since 1970. `stop` is reported by some and missing
 * in Plivo's own SDK; where it does not come, the socket closes, which says the same.
 */
const decode: Dialect["decode"] = (text) => {
  const read = readMessage(message, text);
  if (read?.kind !== "message") return read;
  const said = read.message;
  switch (said.event) {
    case "start":
      return started(said);
    case "media":
      return soundIn(text, said.media);
    case "dtmf":
      return { kind: "key", digit: said.dtmf.digit };
    case "playedStream":
      return { kind: "played", mark: said.name };
    // The call went on when it sent `clearAudio`. Vobiz, which speaks as Plivo does, says that the checkpoints which were cleared
    // never come back; Plivo says nothing. Nobody waits for them.
    case "clearedAudio":
      return undefined;
    case "stop":
      return { kind: "stopped", reason: "stop" };
    default:
      return said satisfies never;
  }
};

const started = ({ start, extra_headers }: Started): LineEvent => ({
  kind: "started",
  streamId: start.streamId,
  carrierCallId: start.callId,
  format: line,
  params: extraHeaders(extra_headers ?? ""),
});

/** One text such as `{X-PH-tenant: t42, X-PH-agent: desk}`, as community code has seen it; nothing documents its form. */
function extraHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .replace(/^\{|\}$/g, "")
    .split(/[,;]/)
    .map((pair) => /^\s*(?:X-PH-)?([^:=]+?)\s*[:=]\s*(.*?)\s*$/i.exec(pair));
  return Object.fromEntries(pairs.flatMap((pair) => (pair ? [[pair[1] ?? "", pair[2] ?? ""]] : [])));
}

// --- what we say to the socket ---

/** The content type is the bare one here, with the rate beside it; a frame needs no id (Plivo's stream SDK writes none). */
const encode: Dialect["encode"] = (command, stream) => {
  const id = JSON.stringify(stream.id);
  switch (command.kind) {
    case "play":
      return `{"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"${command.payload}"}}`;
    case "mark":
      return `{"event":"checkpoint","streamId":${id},"name":${JSON.stringify(command.mark)}}`;
    case "clear":
      return `{"event":"clearAudio","streamId":${id}}`;
    default:
      return command satisfies never;
  }
};

// --- who may come in ---

/** Several signatures in one text are allowed, one per valid token; `-ma-` is by the main account's where a subaccount calls. */
const SIGNATURES = ["x-plivo-signature-v3", "x-plivo-signature-ma-v3"] as const;

/**
 * Plivo's signatures, version 3 (Plivo's Node SDK). The nonce makes each of them different and is not remembered: a request that
 * is sent again changes nothing, since a call rings once.
 */
function signatures(authToken: string | undefined): Pick<Dialect, "admitWebhook" | "admitUpgrade"> {
  return {
    admitWebhook: (request) => verify(authToken, request),
    // Signed over the http(s) address, which is what the request has here: their SDK never looks at the socket's own scheme.
    admitUpgrade(request) {
      if (sent(request).length === 0) return { ok: true, signed: false };
      const verdict = verify(authToken, request);
      return verdict.ok ? { ok: true, signed: true } : verdict;
    },
  };
}

function verify(authToken: string | undefined, request: WebhookRequest): Verdict {
  if (!authToken) return refused("PLIVO_AUTH_TOKEN is not set", 503);
  const theirs = sent(request);
  const nonce = header(request, "x-plivo-signature-v3-nonce");
  if (theirs.length === 0 || !nonce) return refused("signature or nonce missing");
  if (request.method !== "GET" && request.method !== "POST") return refused("only GET and POST are signed");
  const ours = createHmac("sha256", authToken)
    .update(`${signedText(request)}.${nonce}`)
    .digest();
  const right = theirs.some((one) => sameBytes(ours, Buffer.from(one, "base64")));
  return right ? { ok: true } : refused("signature wrong");
}

const sent = (request: WebhookRequest): readonly string[] =>
  SIGNATURES.flatMap((name) => header(request, name)?.split(",") ?? []).map((text) => text.trim());

const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The address, then the query's pairs, then the body's; a body without a query is set off by a bare question mark. */
function signedText({ method, url, params }: WebhookRequest): string {
  const [base = "", query = ""] = url.split(/\?(.*)/s);
  const asked = pairs(parse(query), "=").join("&");
  const posted = method === "POST" ? pairs(params, "").join("") : "";
  if (posted === "") return asked === "" ? base : `${base}?${asked}`;
  return asked === "" ? `${base}?${posted}` : `${base}?${asked}.${posted}`;
}

/** Sorted by name, and under one name by value. */
function pairs(fields: Readonly<Record<string, string | string[] | undefined>>, between: string): readonly string[] {
  return Object.entries(fields)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, value = ""]) =>
      [value]
        .flat()
        .toSorted()
        .map((each) => `${name}${between}${each}`),
    );
}

// --- what the phone company tells us of a call ---

const ring: Dialect["ring"] = (params) => {
  const carrierCallId = field(params, "CallUUID");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallUUID: missing");
  return { carrierCallId, from: field(params, "From"), to: field(params, "To") };
};

const STREAM_EVENTS: readonly string[] = ["StartStream", "StopStream", "DroppedStream", "DegradedStream"];

/**
 * Call status callbacks and stream status callbacks. A stream that dropped is not over: Plivo tries to connect twice more, and
 * does not say after which failure it tells. One that had begun tells by its socket.
 */
const report: Dialect["report"] = (params) => {
  const carrierCallId = field(params, "CallUUID");
  const event = field(params, "Event");
  const status = field(params, "CallStatus");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallUUID: missing");
  if (STREAM_EVENTS.includes(event)) return { carrierCallId, over: event === "StopStream", status: event };
  if (status === "") return malformed("CallStatus: missing");
  const state = callState(status);
  return { carrierCallId, over: isEnd(state), status, ...(state && { state }) };
};

/** Machine detection says `Machine=true`, or false, and nothing finer. */
const machine: Dialect["machine"] = (params) => {
  const said = field(params, "Machine").toLowerCase();
  return machineReport(field(params, "CallUUID"), said === "true" ? "machine" : said === "false" ? "human" : said);
};

// --- the dialect ---

export type PlivoOptions = {
  /** Signs everything Plivo sends us. Without it webhooks answer 503. */
  readonly authToken: string | undefined;
  /** The origin that Plivo reaches us at; our own URLs in its XML are made from it. */
  readonly publicUrl: string;
};

/** Plivo's audio streaming, bidirectional: µ-law at 8 kHz, base64 in JSON text, with verbs of its own (Plivo's stream SDK). */
export function plivo({ authToken, publicUrl }: PlivoOptions): Dialect {
  const origin = publicUrl.replace(/\/+$/, "");
  return {
    name: "plivo",
    usualFormat: line,
    // No limits are published. 60 ms, as for Twilio.
    framing: (format) => ({
      frameBytes: 60 * bytesPerMs(format),
      alignBytes: 1,
      minBytes: 1,
      maxBytes: 1_000_000,
      padByte: silenceByte(format),
    }),
    decode,
    encode,
    ...signatures(authToken),
    ring,
    answer: (mediaUrl, params) => streamXml(mediaUrl, params, origin),
    busy: busyXml,
    handsOver: ["dial", "conference"],
    afterStream: afterStreamXml,
    report,
    machine,
  };
}
