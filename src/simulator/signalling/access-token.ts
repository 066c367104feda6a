import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** Who gives tokens out, and what for: an account's API key and its TwiML app. */
export type TokenIssuer = {
  readonly accountSid: string;
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  readonly appSid: string;
};

/** What a token lets its bearer do. */
export type Admission = {
  readonly kind: "admitted";
  readonly identity: string;
  readonly mayCall: boolean;
  readonly mayBeRung: boolean;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
};

/** An error as Twilio's signalling tells it. */
export type SignalledError = { readonly code: number; readonly message: string };

export const EXPIRED: SignalledError = { code: 31205, message: "JWT expired" };
export const INVALID: SignalledError = { code: 31204, message: "JWT invalid" };

const header = z.object({ alg: z.literal("HS256"), cty: z.literal("twilio-fpa;v=1") });
const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
  grants: z.object({
    identity: z.string().min(1),
    voice: z.object({
      outgoing: z.object({ application_sid: z.string() }).optional(),
      incoming: z.object({ allow: z.boolean() }).optional(),
    }),
  }),
});

/** Reads an access token as Twilio does (Twilio's docs: Access Tokens, VoiceGrant); `wallMs`: milliseconds since 1970. */
export function admit(
  token: string,
  issuer: TokenIssuer,
  wallMs: number,
): Admission | { readonly kind: "refused"; readonly error: SignalledError; readonly why: string } {
  const refused = (why: string) => ({ kind: "refused", error: INVALID, why }) as const;
  const [head = "", body = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0 || signature === "") return refused("not three parts");
  if (!isSigned(`${head}.${body}`, signature, issuer.apiKeySecret)) return refused("the signature is wrong");
  if (!header.safeParse(jsonOf(head)).success) return refused("not a token of Twilio's kind");
  const parsed = claims.safeParse(jsonOf(body));
  if (!parsed.success) return refused(z.prettifyError(parsed.error));
  const { iss, sub, exp, nbf = 0, grants } = parsed.data;
  if (iss !== issuer.apiKeySid || sub !== issuer.accountSid) return refused("of another account or key");
  if (nbf * 1000 > wallMs) return refused("not good yet");
  if (exp * 1000 <= wallMs) return { kind: "refused", error: EXPIRED, why: "expired" };
  const { outgoing, incoming } = grants.voice;
  if (outgoing && outgoing.application_sid !== issuer.appSid) return refused("for another TwiML app");
  return {
    kind: "admitted",
    identity: grants.identity,
    mayCall: outgoing !== undefined,
    mayBeRung: incoming?.allow === true,
    expiresAt: exp * 1000,
  };
}

function isSigned(text: string, signature: string, secret: string): boolean {
  const right = createHmac("sha256", secret).update(text).digest();
  const given = Buffer.from(signature, "base64url");
  return given.length === right.length && timingSafeEqual(given, right);
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    // What cannot be parsed fits no schema.
    return undefined;
  }
}
