import { callState, isEnd, machineReport } from "./call-state.ts";
import type { Dialect } from "./carrier.ts";
import { field, malformed, wireId } from "./wire.ts";

/** Webhooks in Twilio's field names, which SignalWire and Telnyx (TeXML) use too. */

/** The books index it. */
const LONGEST_CLAIM = 128;

export const formRing: Dialect["ring"] = (params) => {
  const carrierCallId = field(params, "CallSid");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
  const from = field(params, "From");
  const to = field(params, "To");
  if (!/^client:/i.test(from)) return { carrierCallId, from, to };
  // A browser client writes its own `To`, and as much as it likes; it must not choose whom it talks to by it. A telephone over SIP
  // (`From=sip:…`) writes its own as well, but to a domain that the gateway's owner has set up, with credentials or addresses that the
  // owner gave out: whom it may reach there is the owner's to say, and the agent of the address that it called answers.
  return { carrierCallId, from, to: to.slice(0, LONGEST_CLAIM), toIsClaimed: true };
};

/** Call status callbacks and stream status callbacks; a stream that stopped or failed is the end of our call too. */
export const formReport: Dialect["report"] = (params) => {
  const carrierCallId = field(params, "CallSid");
  const streamEvent = field(params, "StreamEvent");
  const status = streamEvent || field(params, "CallStatus");
  if (!wireId.safeParse(carrierCallId).success) return malformed("CallSid: missing");
  if (status === "") return malformed("CallStatus: missing");
  if (streamEvent === "") {
    const state = callState(status);
    return { carrierCallId, over: isEnd(state), status, ...(state && { state }) };
  }
  const detail = field(params, "StreamError").slice(0, 200);
  const over = streamEvent === "stream-stopped" || streamEvent === "stream-error";
  return { carrierCallId, over, status: detail ? `${streamEvent}: ${detail}` : streamEvent };
};

/** The callback of asynchronous machine detection, or any other that says `AnsweredBy`. */
export const formMachine: Dialect["machine"] = (params) =>
  machineReport(field(params, "CallSid"), field(params, "AnsweredBy"));
