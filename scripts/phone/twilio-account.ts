import library from "twilio";
import { networkTrouble, Refusal } from "./refusal.ts";

export type TwilioAccess = {
  readonly accountSid: string;
  readonly authToken: string;
  /** Another origin than `https://api.twilio.com`, for tests. */
  readonly apiBaseUrl: string | undefined;
};

/** What decides where a number's calls go, as Twilio holds it; empty where nothing is set. A trunk or an application outranks the URL. */
export type NumberSettings = {
  readonly voiceUrl: string;
  readonly voiceMethod: string;
  readonly statusCallback: string;
  readonly statusCallbackMethod: string;
  readonly voiceApplicationSid: string;
  readonly trunkSid: string;
};

export type TwilioNumber = { readonly sid: string; readonly phoneNumber: string; readonly settings: NumberSettings };

/** A Twilio account over REST. Everything rejects with `Refusal`. */
export interface TwilioAccount {
  about(): Promise<{ readonly name: string; readonly status: string; readonly type: string }>;
  numbers(): Promise<readonly TwilioNumber[]>;
  fetch(sid: string): Promise<TwilioNumber>;
  /** Changes what is named and nothing else. */
  update(sid: string, changes: Partial<NumberSettings>): Promise<void>;
  /** Rings `to`; who answers is connected to what `url` says. Resolves with the call's id. */
  call(order: {
    readonly to: string;
    readonly from: string;
    readonly url: string;
    readonly statusCallback: string;
  }): Promise<string>;
  callStatus(sid: string): Promise<string>;
}

const TIMEOUT_MS = 10_000;
const MOST_NUMBERS = 1000;

/** `accountSid` must begin with `AC`, or this throws. A 429 is tried three more times before it is told. */
export function twilioAccount({ accountSid, authToken, apiBaseUrl }: TwilioAccess): TwilioAccount {
  const client = library(accountSid, authToken, { timeout: TIMEOUT_MS, autoRetry: true, maxRetries: 3 });
  if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
  return {
    about: () =>
      asked(async () => {
        const { friendlyName, status, type } = await client.api.v2010.accounts(accountSid).fetch();
        return { name: friendlyName, status, type };
      }),
    numbers: () => asked(async () => (await client.incomingPhoneNumbers.list({ limit: MOST_NUMBERS })).map(numberOf)),
    fetch: (sid) => asked(async () => numberOf(await client.incomingPhoneNumbers(sid).fetch())),
    update: (sid, changes) =>
      asked(async () => {
        await client.incomingPhoneNumbers(sid).update(changes);
      }),
    call: (order) => asked(async () => (await client.calls.create({ ...order, method: "POST" })).sid),
    callStatus: (sid) => asked(async () => (await client.calls(sid).fetch()).status),
  };
}

type Told = { readonly sid: string; readonly phoneNumber: string } & {
  readonly [K in keyof NumberSettings]: string | null;
};

/** Twilio writes what is not set as null or as nothing. */
function numberOf(told: Told): TwilioNumber {
  return {
    sid: told.sid,
    phoneNumber: told.phoneNumber,
    settings: {
      voiceUrl: told.voiceUrl ?? "",
      voiceMethod: told.voiceMethod ?? "",
      statusCallback: told.statusCallback ?? "",
      statusCallbackMethod: told.statusCallbackMethod ?? "",
      voiceApplicationSid: told.voiceApplicationSid ?? "",
      trunkSid: told.trunkSid ?? "",
    },
  };
}

/** Twilio's error codes that somebody who sets a number up meets. */
const BY_CODE: Readonly<Record<number, string>> = {
  20003:
    "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew from the Twilio console's first page: the pair does not fit, or the token was rotated.",
  20404: "It is not in this account: look at the sub-account, and at TWILIO_ACCOUNT_SID.",
  20429: "Wait a minute and try again: this account asks Twilio too often.",
  21205: "Twilio does not take this address: PUBLIC_URL must be a public https origin.",
  21210: "The number that calls must be one of this account's own.",
  21211: "Write the number to call with its country, such as +919812345678.",
  21215: "Allow calls to India in the Twilio console: Voice, Settings, Geo permissions.",
  21219: "A trial account calls verified numbers only: verify this one in the Twilio console, or upgrade.",
};
const BY_STATUS: Readonly<Record<number, string>> = {
  401: BY_CODE[20003] ?? "",
  404: BY_CODE[20404] ?? "",
  429: BY_CODE[20429] ?? "",
};

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw refusalOf(error);
  }
}

/** The original error is not passed on: the HTTP client's errors carry the request, and in it the credentials. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof library.RestException) {
    const { status, code } = error;
    const later = status >= 500 ? "Twilio has trouble of its own: see status.twilio.com, and try again." : undefined;
    const todo =
      BY_CODE[code ?? 0] ??
      BY_STATUS[status] ??
      later ??
      `Look the code up: https://www.twilio.com/docs/errors/${code}`;
    return new Refusal(`Twilio answered HTTP ${status}${code ? `, code ${code}` : ""}`, todo, status);
  }
  const { found, todo } = networkTrouble(error);
  return new Refusal(`Twilio cannot be reached: ${found}`, todo);
}
