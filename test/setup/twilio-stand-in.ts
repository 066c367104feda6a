import { type Answer, type Served, serveRest } from "./served.ts";

export const ACCOUNT = "AC0000000000000000000000000000000a";
export const TOKEN = "0123456789abcdef0123456789abcdef";
const NUMBER_SID = "PN0000000000000000000000000000000a";
const CALL_SID = "CA0000000000000000000000000000000a";

type Resource = Record<string, unknown>;

export type TwilioStandIn = Served & {
  readonly log: readonly string[];
  /** The number as the service holds it. */
  readonly number: Resource;
  /** What every request is answered from now on, the account's owner or not. */
  failing: Answer | undefined;
  /** What a call's status is at each look; the last stays. */
  callStatuses: readonly string[];
};

const error = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

export const UNAUTHORIZED = error(401, 20003, "Authenticate");
export const NOT_FOUND = error(404, 20404, "The requested resource was not found");
export const TOO_MANY = error(429, 20429, "Too Many Requests");
export const UNVERIFIED = error(
  400,
  21219,
  "The number is unverified. Trial accounts may only make calls to verified numbers.",
);

/** An incoming phone number as Twilio documents the resource. */
const documented = (phoneNumber: string): Resource => ({
  account_sid: ACCOUNT,
  address_requirements: "none",
  api_version: "2010-04-01",
  beta: false,
  capabilities: { mms: false, sms: true, voice: true, fax: false },
  date_created: "Thu, 30 Jul 2025 23:19:04 +0000",
  date_updated: "Thu, 30 Jul 2025 23:19:04 +0000",
  friendly_name: "Clinic",
  origin: "twilio",
  phone_number: phoneNumber,
  sid: NUMBER_SID,
  sms_url: "https://sms.example.com/in",
  sms_method: "POST",
  status_callback: "",
  status_callback_method: "POST",
  trunk_sid: null,
  uri: `/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/${NUMBER_SID}.json`,
  voice_application_sid: null,
  voice_caller_id_lookup: false,
  voice_fallback_method: "POST",
  voice_fallback_url: "",
  voice_method: "GET",
  voice_url: "https://old.example.com/ivr",
});

/** Twilio's REST API as documented, for one account with one number. */
export async function twilioStandIn(changes: Resource = {}): Promise<TwilioStandIn> {
  const number = { ...documented("+918040001234"), ...changes };
  const root = `/2010-04-01/Accounts/${ACCOUNT}`;
  let looks = 0;
  const routes: Readonly<Record<string, (form: URLSearchParams) => unknown>> = {
    [`GET ${root}.json`]: () => ({ sid: ACCOUNT, friendly_name: "Clinic", status: "active", type: "Full" }),
    [`GET ${root}/IncomingPhoneNumbers.json`]: () => ({ page: 0, page_size: 50, incoming_phone_numbers: [number] }),
    [`GET ${root}/IncomingPhoneNumbers/${NUMBER_SID}.json`]: () => number,
    [`POST ${root}/IncomingPhoneNumbers/${NUMBER_SID}.json`]: (form) => update(number, form),
    [`POST ${root}/Calls.json`]: () => ({ sid: CALL_SID, status: "queued" }),
    [`GET ${root}/Calls/${CALL_SID}.json`]: () => {
      const status = standIn.callStatuses[Math.min(looks, standIn.callStatuses.length - 1)];
      looks += 1;
      return { sid: CALL_SID, status };
    },
  };
  const served = await serveRest(`${ACCOUNT}:${TOKEN}`, UNAUTHORIZED, NOT_FOUND, ({ line, form }) => {
    if (standIn.failing) return standIn.failing;
    const body = routes[line]?.(form);
    return body === undefined
      ? undefined
      : { status: line.startsWith("POST") && line.endsWith("Calls.json") ? 201 : 200, body };
  });
  const standIn: TwilioStandIn = Object.assign(served, {
    number,
    failing: undefined,
    callStatuses: ["queued", "ringing", "in-progress", "completed"],
  });
  return standIn;
}

/** A trunk and an application exclude each other; an empty id takes either away. */
function update(number: Resource, form: URLSearchParams): Resource {
  for (const [name, value] of form) {
    const field = name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    number[field] = field.endsWith("_sid") && value === "" ? null : value;
  }
  if (form.get("TrunkSid")) number["voice_application_sid"] = null;
  if (form.get("VoiceApplicationSid")) number["trunk_sid"] = null;
  return number;
}
