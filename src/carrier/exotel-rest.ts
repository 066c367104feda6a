import { z } from "zod";
import { ProviderError } from "../kit/provider-error.ts";
import type { CarrierControl, Dial } from "./carrier.ts";
import { ask, basic, tellable, wasNotDone } from "./rest.ts";
import { wireId } from "./wire.ts";

export type ExotelRestOptions = {
  readonly accountSid: string;
  readonly apiKey: string;
  readonly apiToken: string;
  /** `https://api.in.exotel.com`, which is Mumbai, unless something else is said. */
  readonly apiBaseUrl?: string | undefined;
};

const PROVIDER = "exotel-rest";
const TIMEOUT_MS = 10_000;

const placed = z.object({ Call: z.object({ Sid: wireId }) });
const refusal = z.object({
  RestException: z.object({ Code: z.union([z.number(), z.string()]).nullish(), Message: z.string().nullish() }),
});

/**
 * Exotel's Connect Voice AI: dials, and opens the media stream once the callee answers; closing the stream ends the call. There is
 * no documented request that hangs up, redirects or cancels a call, and none that listens for machines.
 */
export function exotelControl({ accountSid, apiKey, apiToken, apiBaseUrl }: ExotelRestOptions): CarrierControl {
  const origin = apiBaseUrl ?? "https://api.in.exotel.com";
  const url = `${origin}/v1/Accounts/${encodeURIComponent(accountSid)}/Calls/connect.json`;
  return {
    async dial(order) {
      const request = { method: "POST", headers: { authorization: basic(apiKey, apiToken) }, body: formOf(order) };
      const { status, body } = await ask(PROVIDER, url, request, { timeoutMs: TIMEOUT_MS, twice: "is-twice" });
      const json = jsonOf(body);
      if (status < 200 || status >= 300) throw new ProviderError(PROVIDER, told(status, json), wasNotDone(status));
      const answer = placed.safeParse(json);
      if (!answer.success) throw new ProviderError(PROVIDER, `HTTP ${status} without a call id`, false);
      return { carrierCallId: answer.data.Call.Sid };
    },
  };
}

/** `From` is who is dialled; `CallerId` is our ExoPhone (Exotel's API reference). */
function formOf(order: Dial): URLSearchParams {
  if (order.streamUrl === undefined) throw new Error("Exotel asks nobody what to do: it needs the stream's URL");
  const form = new URLSearchParams({
    From: order.to,
    CallerId: order.from,
    StreamType: "bidirectional",
    StreamUrl: order.streamUrl,
    TimeOut: String(order.ringSeconds),
    Record: "false",
    StatusCallback: order.statusUrl,
    "StatusCallbackEvents[0]": "answered",
    "StatusCallbackEvents[1]": "terminal",
  });
  if (order.limitSeconds !== undefined) form.set("TimeLimit", String(order.limitSeconds));
  if (order.customField !== undefined) form.set("CustomField", order.customField);
  return form;
}

function told(status: number, json: unknown): string {
  const read = refusal.safeParse(json);
  if (!read.success) return `HTTP ${status}`;
  const { Code, Message } = read.data.RestException;
  return `HTTP ${status}${Code ? `, code ${tellable(String(Code))}` : ""}${Message ? `: ${tellable(Message)}` : ""}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page or nothing at all: the status says enough.
    return undefined;
  }
}
