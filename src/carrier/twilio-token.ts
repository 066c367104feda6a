import library from "twilio";
import { z } from "zod";
import type { SoftphoneTokens } from "./carrier.ts";
import type { TwilioSignalling } from "./twilio-signalling.ts";

const { AccessToken } = library.jwt;

type Setting = string | undefined;

export type TwilioTokenSettings = TwilioSignalling & {
  readonly accountSid: Setting;
  /** An API key's secret signs, and not the account's auth token, which could do everything. */
  readonly apiKeySid: Setting;
  readonly apiKeySecret: Setting;
  /** Its webhook, which is ours, is asked what becomes of a browser's call. */
  readonly twimlAppSid: Setting;
};

/** Access tokens for Twilio's Voice SDK (Twilio's docs: Access Tokens, VoiceGrant). */
export function twilioTokens(settings: TwilioTokenSettings): SoftphoneTokens {
  const { accountSid, apiKeySid, apiKeySecret, twimlAppSid, edge, signallingUrl: signalling } = settings;
  if (!accountSid || !apiKeySid || !apiKeySecret || !twimlAppSid) {
    const missing = missingOf(settings);
    return () => ({ kind: "not-set-up", missing });
  }
  return ({ identity, ttlSeconds, incoming }) => {
    const made = new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity, ttl: ttlSeconds });
    made.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid: twimlAppSid, incomingAllow: incoming }));
    const token = made.toJwt();
    return { kind: "made", token, expiresAt: endOf(token), edge, signalling };
  };
}

function missingOf({ accountSid, apiKeySid, apiKeySecret, twimlAppSid }: TwilioTokenSettings): readonly string[] {
  const variables = {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_API_KEY_SID: apiKeySid,
    TWILIO_API_KEY_SECRET: apiKeySecret,
    TWILIO_TWIML_APP_SID: twimlAppSid,
  };
  return Object.entries(variables).flatMap(([name, value]) => (value ? [] : [name]));
}

const claims = z.object({ exp: z.number() });

/** The library counts from the machine's own clock, so the token is asked when it ends. */
function endOf(token: string): number {
  const [, payload = ""] = token.split(".");
  return claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString())).exp * 1000;
}
