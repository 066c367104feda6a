import { createHmac } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { SoftphoneWish } from "../../src/carrier/carrier.ts";
import { type TwilioTokenSettings, twilioTokens } from "../../src/carrier/twilio-token.ts";

const SETTINGS = {
  accountSid: "AC1",
  apiKeySid: "SK1",
  apiKeySecret: "secret-of-the-key",
  twimlAppSid: "AP1",
  edge: undefined,
  signallingUrl: undefined,
} satisfies TwilioTokenSettings;
const VARIABLES = {
  accountSid: "TWILIO_ACCOUNT_SID",
  apiKeySid: "TWILIO_API_KEY_SID",
  apiKeySecret: "TWILIO_API_KEY_SECRET",
  twimlAppSid: "TWILIO_TWIML_APP_SID",
} as const;
const WISH: SoftphoneWish = { identity: "asha.k-1_b", ttlSeconds: 60, incoming: false };

const NOW = 1_760_000_000;

function made(wish: Partial<SoftphoneWish> = {}) {
  vi.useFakeTimers({ now: NOW * 1000 + 999, toFake: ["Date"] });
  try {
    const answer = twilioTokens(SETTINGS)({ ...WISH, ...wish });
    if (answer.kind !== "made") throw new Error(answer.kind);
    const [header = "", payload = "", signature = ""] = answer.token.split(".");
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
    return { ...answer, header: read(header), payload: read(payload), signed: `${header}.${payload}`, signature };
  } finally {
    vi.useRealTimers();
  }
}

const signedWith = (secret: string, text: string): string =>
  createHmac("sha256", secret).update(text).digest("base64url");

test("a token is signed with the API key's secret, in the form that Twilio's SDKs take", () => {
  const { header, signed, signature } = made();
  expect(header).toEqual({ alg: "HS256", typ: "JWT", cty: "twilio-fpa;v=1" });
  expect(signature).toBe(signedWith(SETTINGS.apiKeySecret, signed));
  expect(signature).not.toBe(signedWith("another secret", signed));
});

test("a token lets this identity of this account call our application and nothing else, and ends when it says", () => {
  const { payload, expiresAt } = made();
  expect(payload).toEqual({
    jti: `SK1-${NOW}`,
    iss: "SK1",
    sub: "AC1",
    iat: NOW,
    exp: NOW + 60,
    grants: { identity: "asha.k-1_b", voice: { outgoing: { application_sid: "AP1" } } },
  });
  expect(expiresAt).toBe((NOW + 60) * 1000);
});

test("only who asks for it may be rung", () => {
  const voice = { incoming: { allow: true }, outgoing: { application_sid: "AP1" } };
  expect(made({ incoming: true }).payload).toMatchObject({ grants: { voice } });
  expect(made({ incoming: false }).payload).not.toHaveProperty("grants.voice.incoming");
});

test.each(Object.keys(VARIABLES) as (keyof typeof VARIABLES)[])("without %s its variable is named", (name) => {
  for (const nothing of [undefined, ""])
    expect(twilioTokens({ ...SETTINGS, [name]: nothing })(WISH)).toEqual({
      kind: "not-set-up",
      missing: [VARIABLES[name]],
    });
});

test("without anything every variable is named at once", () => {
  const nothing = { accountSid: undefined, apiKeySid: undefined, apiKeySecret: undefined, twimlAppSid: undefined };
  expect(twilioTokens({ ...SETTINGS, ...nothing })(WISH)).toEqual({
    kind: "not-set-up",
    missing: Object.values(VARIABLES),
  });
});
