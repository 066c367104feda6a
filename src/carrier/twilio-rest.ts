import library from "twilio";
import { ProviderError } from "../kit/provider-error.ts";
import type { CarrierControl, Dial } from "./carrier.ts";
import { isPassing, neverSent, tellable, wasNotDone } from "./rest.ts";

export type TwilioRestOptions = {
  readonly accountSid: string;
  readonly authToken: string;
  /** Another origin than `https://api.twilio.com`, for tests. */
  readonly apiBaseUrl?: string | undefined;
};

const PROVIDER = "twilio-rest";
const TIMEOUT_MS = 5000;
/** A dial that is given up too early may have rung all the same. */
const DIAL_TIMEOUT_MS = 15_000;
/** Longest document that an order may carry (Twilio's API reference: Twiml). */
const LONGEST_DOCUMENT = 4000;

/** Twilio's codes for a call that is not there (any more) and for one whose state does not allow it. */
const NOT_FOUND = 20404;
const WRONG_STATE = 21220;

/**
 * Twilio's Calls resource. A call that is over counts as hung up and as taken back, so twice is once. Making it throws over an
 * `accountSid` that does not begin with `AC`.
 */
export function twilioControl(options: TwilioRestOptions): Required<CarrierControl> {
  const calls = clientOf(options, TIMEOUT_MS).calls;
  const dialling = clientOf(options, DIAL_TIMEOUT_MS).calls;
  const update = async (id: string, change: Parameters<ReturnType<typeof calls>["update"]>[0]): Promise<boolean> => {
    try {
      await calls(id).update(change);
      return true;
    } catch (error) {
      if (isOver(error)) return false;
      throw failureOf(error, "is-once");
    }
  };
  return {
    async dial(order) {
      try {
        const { sid } = await dialling.create(createOf(order));
        if (!sid) throw new ProviderError(PROVIDER, "answered without a call id", false);
        return { carrierCallId: sid };
      } catch (error) {
        throw error instanceof ProviderError ? error : failureOf(error, "is-twice");
      }
    },
    async hangUp(carrierCallId) {
      await update(carrierCallId, { status: "completed" });
    },
    async cancel(carrierCallId) {
      await update(carrierCallId, { status: "canceled" });
    },
    async instruct(carrierCallId, { body }) {
      if (body.length > LONGEST_DOCUMENT)
        throw new ProviderError(PROVIDER, `a document may have ${LONGEST_DOCUMENT} characters`, false);
      return update(carrierCallId, { twiml: body });
    },
  };
}

function clientOf({ accountSid, authToken, apiBaseUrl }: TwilioRestOptions, timeout: number) {
  const client = library(accountSid, authToken, { timeout });
  if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
  return client;
}

/** Detection runs beside the call: otherwise Twilio asks for instructions only when it knows, and a person hears silence till then. */
function createOf(order: Dial) {
  const { machineUrl, answeredByMachine } = order;
  const detects = machineUrl !== undefined && answeredByMachine !== "ignore";
  return {
    to: order.to,
    from: order.from,
    url: order.webhookUrl,
    method: "POST",
    statusCallback: order.statusUrl,
    statusCallbackMethod: "POST",
    statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
    timeout: order.ringSeconds,
    ...(order.limitSeconds !== undefined && { timeLimit: order.limitSeconds }),
    ...(detects && {
      machineDetection: answeredByMachine === "detect" ? "Enable" : "DetectMessageEnd",
      asyncAmd: "true",
      asyncAmdStatusCallback: machineUrl,
      asyncAmdStatusCallbackMethod: "POST",
    }),
  };
}

const isOver = (error: unknown): boolean =>
  error instanceof library.RestException &&
  (error.status === 404 || error.code === NOT_FOUND || error.code === WRONG_STATE);

/** The original error is not passed on as a cause: the HTTP client's errors carry the request, and in it the credentials. */
function failureOf(error: unknown, twice: "is-once" | "is-twice"): ProviderError {
  if (error instanceof library.RestException) {
    const { status, code, message } = error;
    const retryable = twice === "is-once" ? isPassing(status) : wasNotDone(status);
    const words = message ? `: ${tellable(message)}` : "";
    return new ProviderError(PROVIDER, `HTTP ${status}, code ${code ?? "none"}${words}`, retryable);
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  // Without a code it never left the house: the client refused the call id.
  if (code === undefined) return new ProviderError(PROVIDER, "the client refused the request", false);
  return new ProviderError(PROVIDER, code, twice === "is-once" || neverSent(code));
}
