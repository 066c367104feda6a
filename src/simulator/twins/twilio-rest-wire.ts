import type { RestAnswer, RestRequest } from "./cloud-door.ts";

/** How a call stands, in Twilio's words. */
export type TwilioStatus =
  | "queued"
  | "initiated"
  | "ringing"
  | "in-progress"
  | "completed"
  | "busy"
  | "failed"
  | "no-answer"
  | "canceled";

const OVER: readonly TwilioStatus[] = ["completed", "busy", "failed", "no-answer", "canceled"];

export const isOver = (status: TwilioStatus): boolean => OVER.includes(status);

const refused = (status: number, code: number, message: string): RestAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

export const AUTHENTICATE = refused(401, 20003, "Authenticate");
export const NOT_FOUND = refused(404, 20404, "The requested resource was not found");
export const TOO_MANY_REQUESTS = refused(429, 20429, "Too Many Requests");
export const SERVICE_UNAVAILABLE = refused(503, 20503, "Service Unavailable");
export const NOT_IN_PROGRESS = refused(400, 21220, "Call is not in-progress. Cannot redirect.");

const E164 = /^\+[1-9]\d{6,14}$/;
const isAddress = (text: string): boolean => E164.test(text) || /^(client:\S+|sip:\S+@\S+)$/.test(text);
const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text);

/** What Twilio finds wrong with an order to call, in its own order; `numbers`: those that may be shown. */
export function orderFault(form: RestRequest["form"], numbers: readonly string[] | undefined): RestAnswer | undefined {
  const { To: to = "", From: from = "", Url: url, Twiml: twiml, ApplicationSid: application } = form;
  if (to === "") return refused(400, 21201, "No 'To' number is specified");
  if (!isAddress(to)) return refused(400, 21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  if (from === "") return refused(400, 21213, "A 'From' number is required.");
  if (!isAddress(from)) return refused(400, 21212, `The 'From' number ${from} is not a valid phone number.`);
  if (numbers && !numbers.includes(from))
    return refused(400, 21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
  if (url !== undefined ? !isWebAddress(url) : !twiml && !application)
    return refused(400, 21205, "Url is not a valid URL");
  return undefined;
}

/** A call as Twilio documents the resource, no more of it than anybody reads. */
export function callResource(call: {
  readonly callSid: string;
  readonly accountSid: string;
  readonly parentCallSid: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly status: TwilioStatus;
  readonly direction: string;
  readonly answeredBy: string | undefined;
  readonly durationS: number | undefined;
}) {
  return {
    sid: call.callSid,
    account_sid: call.accountSid,
    parent_call_sid: call.parentCallSid ?? null,
    from: call.from,
    to: call.to,
    // A call that has not begun to ring is still in the queue, whatever its callbacks say.
    status: call.status === "initiated" ? "queued" : call.status,
    direction: call.direction,
    answered_by: call.answeredBy ?? null,
    duration: call.durationS === undefined ? null : String(call.durationS),
    price: null,
    price_unit: "USD",
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${call.accountSid}/Calls/${call.callSid}.json`,
  };
}
