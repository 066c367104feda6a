import { type Answer, type Served, serveRest } from "./served.ts";

export const EXOTEL = { sid: "clinic1", key: "key-0123456789", token: "token-0123456789" } as const;
const PHONE_SID = "9eeafc8ab479a386dc95f854f9d7cd8a";
const CALL_SID = "c1d2e3";

type Resource = Record<string, unknown>;

export type ExotelStandIn = Served & {
  readonly log: readonly string[];
  /** The ExoPhone as the service holds it. */
  readonly phone: Resource;
  failing: Answer | undefined;
  callStatuses: readonly string[];
};

const error = (Status: number, Message: string, Code: number): Answer => ({
  status: Status,
  body: { RestException: { Status, Message, Code } },
});

export const UNAUTHORIZED: Answer = { status: 401, body: "Unauthorized" };
export const FORBIDDEN = error(403, "KYC is not done", 1010);
export const TOO_MANY = error(429, "Too many requests", 1042);

/** Exotel's ExoPhones and Voice APIs as documented, for one account with one ExoPhone. */
export async function exotelStandIn(changes: Resource = {}): Promise<ExotelStandIn> {
  const phone: Resource = {
    sid: PHONE_SID,
    phone_number: "+918047112345",
    friendly_name: "08047112345",
    capabilities: { voice: true, sms: true },
    country: "IN",
    region: "KA",
    voice_url: "https://my.exotel.com/exoml/start/4711",
    sms_url: null,
    ...changes,
  };
  const phones = `/v2_beta/Accounts/${EXOTEL.sid}/IncomingPhoneNumbers`;
  const calls = `/v1/Accounts/${EXOTEL.sid}/Calls`;
  let looks = 0;
  const call = (Status: string | undefined) => ({
    Call: { Sid: CALL_SID, Status, Direction: "outbound-api", RecordingUrl: null },
  });
  const { voice_url: _, sms_url: __, ...listed } = phone;
  const routes: Readonly<Record<string, (form: URLSearchParams) => unknown>> = {
    [`GET ${phones}`]: () => ({ page: 0, page_size: 50, incoming_phone_numbers: [listed] }),
    [`GET ${phones}/${PHONE_SID}`]: () => phone,
    [`PUT ${phones}/${PHONE_SID}`]: (form) => {
      phone["voice_url"] = form.get("VoiceUrl");
      return phone;
    },
    [`POST ${calls}/connect.json`]: () => call("in-progress"),
    [`GET ${calls}/${CALL_SID}.json`]: () => {
      const status = standIn.callStatuses[Math.min(looks, standIn.callStatuses.length - 1)];
      looks += 1;
      return call(status);
    },
  };
  const missing = error(404, "Not found", 34005);
  const served = await serveRest(`${EXOTEL.key}:${EXOTEL.token}`, UNAUTHORIZED, missing, ({ line, form }) => {
    if (standIn.failing) return standIn.failing;
    const body = routes[line]?.(form);
    return body === undefined ? undefined : { status: 200, body };
  });
  const standIn: ExotelStandIn = Object.assign(served, {
    phone,
    failing: undefined,
    callStatuses: ["in-progress", "completed"],
  });
  return standIn;
}
