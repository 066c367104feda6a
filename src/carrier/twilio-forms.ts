import type { Dialect } from "./carrier.ts";
import { field, malformed, wireId } from "./wire.ts";

/** Webhooks in Twilio's field names, which SignalWire and Telnyx (TeXML) use too. */

export const formRing: Dialect["ring"] = (params) => {
  const carrierCallId = field(params, "CallSid");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
  const from = field(params, "From");
  // A browser client writes its own `To`; it must not choose whom it talks to by it.
  return { carrierCallId, from, to: from.startsWith("client:") ? "" : field(params, "To") };
};

const OVER: readonly string[] = ["completed", "busy", "failed", "no-answer", "canceled"];

/** Call status callbacks and stream status callbacks; a stream that stopped or failed is the end of our call too. */
export const formReport: Dialect["report"] = (params) => {
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
