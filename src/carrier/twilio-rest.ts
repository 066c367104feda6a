import library from "twilio";
import { ProviderError } from "../kit/provider-error.ts";

export type TwilioRestOptions = {
  readonly accountSid: string;
  readonly authToken: string;
  /** Another origin than `https://api.twilio.com`, for tests. */
  readonly apiBaseUrl?: string | undefined;
};

const TIMEOUT_MS = 5000;

/** Twilio's code for "no such call here", which is also what a call that is over answers. */
const NOT_FOUND = 20404;

/**
 * Hangs up by REST, for when ending the TwiML is not enough. A call that is over already counts as hung up, so twice is once.
 * The promise rejects with `ProviderError`; `accountSid` must begin with `AC`, or making it throws.
 */
export function twilioHangUp({
  accountSid,
  authToken,
  apiBaseUrl,
}: TwilioRestOptions): (carrierCallId: string) => Promise<void> {
  const client = library(accountSid, authToken, { timeout: TIMEOUT_MS });
  if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
  return async (carrierCallId) => {
    try {
      await client.calls(carrierCallId).update({ status: "completed" });
    } catch (error) {
      const failure = failureOf(error);
      if (failure) throw failure;
    }
  };
}

/** The original error is not passed on as a cause: the HTTP client's errors carry the request, and in it the credentials. */
function failureOf(error: unknown): ProviderError | undefined {
  if (error instanceof library.RestException) {
    if (error.status === 404 || error.code === NOT_FOUND) return undefined;
    const retryable = error.status >= 500 || error.status === 429;
    return new ProviderError("twilio-rest", `HTTP ${error.status}, code ${error.code ?? "none"}`, retryable);
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  // Without a code it never left the house: the client refused the call id.
  return new ProviderError("twilio-rest", code ?? "the client refused the request", code !== undefined);
}
