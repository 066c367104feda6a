import { ProviderError } from "../kit/provider-error.ts";
import { ask, basic, isPassing } from "./rest.ts";

const TIMEOUT_MS = 5000;

/** Ends a call at its carrier; one that is over already counts as ended, so twice is once. Rejects with `ProviderError`. */
export type HangUp = (carrierCallId: string) => Promise<void>;

type Order = { readonly method: string; readonly path: string; readonly form?: Readonly<Record<string, string>> };

type Rest = {
  readonly provider: string;
  readonly baseUrl: string;
  readonly authorization: string;
  /** `id` is safe in a path. */
  readonly order: (id: string) => Order;
  /** Does this answer say that the call is over already? */
  readonly isOver: (status: number, body: string) => boolean;
};

/** Plivo: the call is deleted; 404 is one that is over. */
export const plivoHangUp = (account: {
  readonly authId: string;
  readonly authToken: string;
  /** Another origin than Plivo's, for tests; so in the two below. */
  readonly baseUrl?: string;
}): HangUp =>
  hangUpBy({
    provider: "plivo-rest",
    baseUrl: account.baseUrl ?? "https://api.plivo.com",
    authorization: basic(account.authId, account.authToken),
    order: (id) => ({ method: "DELETE", path: `/v1/Account/${account.authId}/Call/${id}/` }),
    isOver: (status) => status === 404,
  });

/** Telnyx: a TeXML call's `CallSid` is its call control id; code 90018 is a call that is over. */
export const telnyxHangUp = (account: { readonly apiKey: string; readonly baseUrl?: string }): HangUp =>
  hangUpBy({
    provider: "telnyx-rest",
    baseUrl: account.baseUrl ?? "https://api.telnyx.com",
    authorization: `Bearer ${account.apiKey}`,
    order: (id) => ({ method: "POST", path: `/v2/calls/${id}/actions/hangup` }),
    isOver: (status, body) => status === 422 && body.includes("90018"),
  });

/** SignalWire's copy of Twilio's REST API. Twilio's library would refuse the project's id, which is no `AC…`. */
export const signalwireHangUp = (account: {
  readonly projectId: string;
  readonly apiToken: string;
  readonly space: string;
  readonly baseUrl?: string;
}): HangUp =>
  hangUpBy({
    provider: "signalwire-rest",
    baseUrl: account.baseUrl ?? `https://${account.space}`,
    authorization: basic(account.projectId, account.apiToken),
    order: (id) => ({
      method: "POST",
      path: `/api/laml/2010-04-01/Accounts/${account.projectId}/Calls/${id}.json`,
      form: { Status: "completed" },
    }),
    isOver: (status) => status === 404,
  });

/** What failed is told without the request: that carries the credentials. */
function hangUpBy({ provider, baseUrl, authorization, order, isOver }: Rest): HangUp {
  return async (carrierCallId) => {
    const { method, path, form } = order(encodeURIComponent(carrierCallId));
    const request = { method, headers: { authorization }, ...(form && { body: new URLSearchParams(form) }) };
    const { status, body } = await ask(provider, `${baseUrl}${path}`, request, {
      timeoutMs: TIMEOUT_MS,
      twice: "is-once",
    });
    if ((status >= 200 && status < 300) || isOver(status, body)) return;
    throw new ProviderError(provider, `HTTP ${status}`, isPassing(status));
  };
}
