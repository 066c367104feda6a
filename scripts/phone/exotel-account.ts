import { z } from "zod";
import { deadline } from "../../src/kit/clock.ts";
import { networkTrouble, Refusal } from "./refusal.ts";

export type ExotelAccess = {
  readonly accountSid: string;
  readonly apiKey: string;
  readonly apiToken: string;
  /** `https://api.in.exotel.com` (Mumbai) unless said; accounts in Singapore have `https://api.exotel.com`. */
  readonly apiBaseUrl: string | undefined;
};

/** An ExoPhone. `voiceUrl` names the flow that answers it; empty where there is none. */
export type ExoPhone = { readonly sid: string; readonly phoneNumber: string; readonly voiceUrl: string };

/** An Exotel account over REST. Everything rejects with `Refusal`. */
export interface ExotelAccount {
  numbers(): Promise<readonly ExoPhone[]>;
  fetch(sid: string): Promise<ExoPhone>;
  /** Lets the flow behind `voiceUrl` answer the number. */
  assign(sid: string, voiceUrl: string): Promise<void>;
  /** Rings `to`; who answers enters the flow. Resolves with the call's id. */
  call(order: { readonly to: string; readonly from: string; readonly flowUrl: string }): Promise<string>;
  callStatus(sid: string): Promise<string>;
}

/** How Exotel names a flow of App Bazaar in its API. */
export const flowUrl = (accountSid: string, flow: string): string =>
  `http://my.exotel.com/${accountSid}/exoml/start_voice/${flow}`;

/** The flow's id in any of the forms in which Exotel writes its address; undefined for another kind of address. */
export const flowOf = (url: string): string | undefined => /\/exoml\/start[^/]*\/([^/?]+)/.exec(url)?.[1];

const TIMEOUT_MS = 10_000;

const number = z
  .object({ sid: z.string(), phone_number: z.string(), voice_url: z.string().nullish() })
  .transform((told): ExoPhone => ({ sid: told.sid, phoneNumber: told.phone_number, voiceUrl: told.voice_url ?? "" }));
const numbers = z.object({ incoming_phone_numbers: z.array(number) });
const call = z.object({ Call: z.object({ Sid: z.string(), Status: z.string() }) });

/** Facts: developer.exotel.com, ExoPhones API (`v2_beta`) and Voice v1. */
export function exotelAccount(access: ExotelAccess): ExotelAccount {
  const account = encodeURIComponent(access.accountSid);
  const phones = `/v2_beta/Accounts/${account}/IncomingPhoneNumbers`;
  const calls = `/v1/Accounts/${account}/Calls`;
  const phone = (sid: string): string => `${phones}/${encodeURIComponent(sid)}`;
  return {
    async numbers() {
      return read(numbers, await ask(access, "GET", phones)).incoming_phone_numbers;
    },
    async fetch(sid) {
      return read(number, await ask(access, "GET", phone(sid)));
    },
    async assign(sid, voiceUrl) {
      await ask(access, "PUT", phone(sid), { VoiceUrl: voiceUrl });
    },
    async call({ to, from, flowUrl: Url }) {
      // Exotel calls `From` the one who is rung first.
      const order = { From: to, CallerId: from, Url, CallType: "trans" };
      return read(call, await ask(access, "POST", `${calls}/connect.json`, order)).Call.Sid;
    },
    async callStatus(sid) {
      return read(call, await ask(access, "GET", `${calls}/${encodeURIComponent(sid)}.json`)).Call.Status;
    },
  };
}

async function ask(
  { apiKey, apiToken, apiBaseUrl = "https://api.in.exotel.com" }: ExotelAccess,
  method: "GET" | "PUT" | "POST",
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${apiKey}:${apiToken}`).toString("base64")}`;
  const body = form && { body: new URLSearchParams(form) };
  const options = {
    method,
    headers: { authorization, accept: "application/json" },
    signal: deadline(TIMEOUT_MS),
    ...body,
  };
  try {
    const response = await fetch(new URL(path, apiBaseUrl), { ...options, redirect: "manual" });
    const text = await response.text();
    if (!response.ok) throw refusalOf(response.status, text);
    return text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof SyntaxError) throw new Refusal("Exotel answered with something that is not JSON", REGION);
    const { found, todo } = networkTrouble(error);
    throw new Refusal(`Exotel cannot be reached: ${found}`, todo);
  }
}

function read<T>(schema: z.ZodType<T>, told: unknown): T {
  const result = schema.safeParse(told);
  if (result.success) return result.data;
  throw new Refusal(
    `Exotel answered otherwise than documented (${z.prettifyError(result.error).split("\n")[0]})`,
    REGION,
  );
}

const REGION = "Check EXOTEL_API_BASE_URL: https://api.in.exotel.com for Mumbai, https://api.exotel.com for Singapore.";
const TODO: Readonly<Record<number, string>> = {
  401: `Copy EXOTEL_API_KEY and EXOTEL_API_TOKEN anew from my.exotel.com, Settings, API Settings. ${REGION}`,
  403: "The account may not do this yet: KYC must be done and the feature enabled. Write to hello@exotel.com with the code.",
  404: `It is not in this account: check EXOTEL_ACCOUNT_SID. ${REGION}`,
  429: "Wait a minute and try again: this account asks Exotel too often.",
};

const complaint = z.object({
  RestException: z.object({ Message: z.string().optional(), Code: z.union([z.string(), z.number()]).optional() }),
});

function refusalOf(status: number, text: string): Refusal {
  const later =
    status >= 500
      ? "Exotel has trouble of its own: try again later."
      : "Compare the request with Exotel's documentation.";
  const { Code, Message } = complaintIn(text);
  const said = [
    Code === undefined ? "" : `, code ${Code}`,
    Message === undefined ? "" : ` (${Message.slice(0, 120)})`,
  ].join("");
  return new Refusal(`Exotel answered HTTP ${status}${said}`, TODO[status] ?? later, status);
}

function complaintIn(text: string): z.output<typeof complaint>["RestException"] {
  try {
    return complaint.parse(JSON.parse(text)).RestException;
  } catch {
    return {}; // A proxy's page, or another shape: the status says enough.
  }
}
