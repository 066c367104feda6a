import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type { Clock } from "../../kit/clock.ts";
import type { CallLog } from "./call-log.ts";
import { fetchWebhook, type HttpAnswer, type Reach } from "./dial.ts";

/** How a twin proves who it is: as it should, with a forged proof, or not at all. */
export type Proof = "right" | "wrong" | "none";

export type TwilioCallFacts = {
  readonly callSid: string;
  readonly accountSid: string;
  readonly streamSid: string;
  readonly from: string;
  readonly to: string;
  /** `inbound` unless something else is said. */
  readonly direction?: string;
  /** More top-level form fields, as the browser SDK's connect parameters arrive. */
  readonly fields: Readonly<Record<string, string>>;
};

export type TwilioAuth = { readonly authToken: string; readonly proof: Proof };

/** `X-Twilio-Signature` for a URL and its form fields, or a forged one, or none. */
export function signatureHeader(
  { authToken, proof }: TwilioAuth,
  url: string,
  params: Readonly<Record<string, string>>,
): Record<string, string> {
  if (proof === "none") return {};
  const token = proof === "right" ? authToken : `${authToken}-forged`;
  return { "X-Twilio-Signature": getExpectedTwilioSignature(token, url, { ...params }) };
}

/** Twilio's requests about one call: form-encoded, signed over the URL as it was configured. */
export function twilioWebhooks(parts: {
  readonly auth: TwilioAuth;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly log: CallLog;
  readonly facts: TwilioCallFacts;
}) {
  const { auth, reach, clock, log, facts } = parts;
  const { callSid, accountSid, from, to } = facts;
  const about = (callStatus: string): Record<string, string> => ({
    CallSid: callSid,
    AccountSid: accountSid,
    From: from,
    To: to,
    Caller: from,
    Called: to,
    CallStatus: callStatus,
    ApiVersion: "2010-04-01",
    Direction: facts.direction ?? "inbound",
    FromCountry: "IN",
    ToCountry: "IN",
    FromCity: "",
    ...facts.fields,
  });
  const send = async (url: string, method: string, params: Record<string, string>): Promise<HttpAnswer> => {
    const form = new URLSearchParams(params).toString();
    const target = method === "GET" ? `${url}${url.includes("?") ? "&" : "?"}${form}` : url;
    const headers = {
      "User-Agent": "TwilioProxy/1.1",
      "I-Twilio-Idempotency-Token": callSid,
      ...signatureHeader(auth, target, method === "GET" ? {} : params),
    };
    const posted = {
      headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" },
      body: form,
    };
    const answer = await fetchWebhook(target, reach, clock, { method, ...(method === "GET" ? { headers } : posted) });
    const name = new URL(url).pathname.split("/").at(-1) ?? "";
    log.add({ kind: "webhook-answered", name, status: answer.status, body: answer.body });
    return answer;
  };
  return {
    about,
    send,
    voice: (method: string) => send(`${reach.publicUrl}/twilio/voice`, method, about("ringing")),
    afterStream: (url: string, method: string) => send(url, method, about("in-progress")),
    status: (callStatus: string, durationS: number) =>
      send(`${reach.publicUrl}/twilio/status`, "POST", {
        ...about(callStatus),
        CallDuration: String(durationS),
        Duration: String(Math.ceil(durationS / 60)),
        Timestamp: new Date(clock.wall()).toUTCString(),
        SequenceNumber: "0",
        CallbackSource: "call-progress-events",
      }),
    streamStatus: (
      { url, method, name }: { readonly url: string; readonly method: string; readonly name: string },
      event: "stream-started" | "stream-stopped" | "stream-error",
      error?: string,
    ) =>
      send(url, method, {
        AccountSid: accountSid,
        CallSid: callSid,
        StreamSid: facts.streamSid,
        StreamName: name,
        StreamEvent: event,
        ...(error && { StreamError: error }),
        Timestamp: new Date(clock.wall()).toISOString(),
      }),
  };
}
