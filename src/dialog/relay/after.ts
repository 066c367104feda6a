import library from "twilio";
import type { Log } from "../../kit/log.ts";
import type { CallFacts } from "../dialog.ts";
import { askCustomer, type Reach } from "./customer-request.ts";
import { callNames } from "./messages.ts";
import { type RelayAccess, relaySessionId } from "./relay.ts";

const ANSWER = { timeoutMs: 5000, limitBytes: 64 * 1024 };

/** How a relay's session ended: the application ended it, the call was over, or the application was lost. */
export type RelayEnd = {
  readonly call: CallFacts;
  readonly status: "ended" | "completed" | "failed";
  readonly durationMs: number;
  /** What the application gave for whoever goes on with the caller. */
  readonly handoffData?: string | undefined;
};

/** Asks the application at `action` what becomes of the call. Its TwiML, or undefined where it has no usable answer. */
export type RelayAfter = (action: string, end: RelayEnd, signal: AbortSignal) => Promise<string | undefined>;

/** The request that Twilio makes to `<Connect action>` after a ConversationRelay: a signed form. Never rejects but for an abort. */
export function relayAfter(
  options: Omit<Reach, "rules"> & { readonly access: RelayAccess; readonly log: Log },
): RelayAfter {
  const { access, log, ...kit } = options;
  return async (action, end, signal) => {
    const form = formOf(end, access.accountSid ?? "");
    const signature = access.authToken && library.getExpectedTwilioSignature(access.authToken, action, form);
    const headers = {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(signature && { "x-twilio-signature": signature }),
    };
    const request = { ...ANSWER, method: "POST", headers, body: new URLSearchParams(form).toString() } as const;
    const callId = end.call.id;
    try {
      const { status, body } = await askCustomer({ ...kit, rules: access.rules }, action, request, signal);
      const twiml = body.toString();
      if (status >= 200 && status < 300 && /<Response[\s/>]/.test(twiml)) return twiml;
      log.warn({ callId, status }, "the action after a relay gave no TwiML");
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ callId, err: error }, "the action after a relay gave no answer");
    }
    return undefined;
  };
}

function formOf({ call, status, durationMs, handoffData }: RelayEnd, account: string): Record<string, string> {
  const { callSid, accountSid, direction } = callNames(call, account);
  return {
    AccountSid: accountSid,
    ApiVersion: "2010-04-01",
    CallSid: callSid,
    CallStatus: status === "completed" ? "completed" : "in-progress",
    Called: call.to,
    Caller: call.from,
    Direction: direction,
    From: call.from,
    To: call.to,
    SessionId: relaySessionId(call.id),
    SessionStatus: status,
    SessionDuration: String(Math.round(durationMs / 1000)),
    ...(handoffData !== undefined && { HandoffData: handoffData }),
  };
}
