import { expect, test } from "vitest";
import { checkExotel, checkTwilio } from "../../scripts/doctor/carriers.ts";
import { type Environment, inspectConfig } from "../../src/config.ts";
import { EXOTEL, exotelStandIn, FORBIDDEN } from "../setup/exotel-stand-in.ts";
import { ACCOUNT, TOKEN, TOO_MANY, twilioStandIn } from "../setup/twilio-stand-in.ts";
import { findingsOf } from "./told.ts";

const PUBLIC_URL = "https://voice.example.com";
const HERE = { voice_url: `${PUBLIC_URL}/twilio/voice`, status_callback: `${PUBLIC_URL}/twilio/status` };

const twilioFindings = (env: Environment) =>
  findingsOf((tell) => checkTwilio(inspectConfig({ PUBLIC_URL, ...env }).config, undefined, tell));
const exotelFindings = (env: Environment) =>
  findingsOf((tell) => checkExotel(inspectConfig({ PUBLIC_URL, ...env }).config, undefined, tell));

test.each([
  ["points here", HERE, "ok", /^\+918040001234 points here$/],
  ["points elsewhere", {}, "fail", /^none of the account's numbers \(\+918040001234\) points to https:\/\/voice/],
  ["reports elsewhere", { ...HERE, status_callback: "" }, "warn", /reports its calls elsewhere/],
  ["is on a SIP trunk", { ...HERE, trunk_sid: "TK1" }, "fail", /a SIP trunk takes its calls first/],
  [
    "has an application",
    { ...HERE, voice_application_sid: "AP1" },
    "fail",
    /a TwiML application takes its calls first/,
  ],
] as const)("a Twilio number that %s", async (_, number, level, found) => {
  await using twilio = await twilioStandIn(number);
  const env = { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_BASE_URL: twilio.url };
  const [account, finding, ...others] = await twilioFindings(env);
  expect(account).toMatchObject({ level: "ok", found: "the account “Clinic” is active" });
  expect(finding).toMatchObject({ level, found: expect.stringMatching(found) });
  expect(others).toEqual([]);
  if (level !== "ok") expect(finding?.todo).toBe("npm run setup:twilio -- --number +918040001234");
  expect(twilio.log.filter((line) => !line.startsWith("GET"))).toEqual([]);
});

test("Twilio in part: what is missing is said, what can be looked at is", async () => {
  expect(await twilioFindings({ TWILIO_AUTH_TOKEN: TOKEN })).toMatchObject([
    { level: "warn", found: expect.stringContaining("TWILIO_ACCOUNT_SID is not set") },
  ]);
  expect(await twilioFindings({ TWILIO_ACCOUNT_SID: ACCOUNT })).toMatchObject([
    { level: "fail", found: expect.stringContaining("TWILIO_AUTH_TOKEN is not set") },
  ]);
  await using twilio = await twilioStandIn(HERE);
  twilio.failing = TOO_MANY;
  const env = { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_BASE_URL: twilio.url };
  expect(await twilioFindings(env)).toMatchObject([{ level: "fail", found: "Twilio answered HTTP 429, code 20429" }]);
  twilio.failing = { status: 200, body: { sid: ACCOUNT, friendly_name: "Clinic", status: "suspended", type: "Full" } };
  expect(await twilioFindings(env)).toMatchObject([{ level: "fail", found: "the account “Clinic” is suspended" }]);
});

test("Exotel in part and in whole", async () => {
  await using exotel = await exotelStandIn();
  const keys = { EXOTEL_API_KEY: EXOTEL.key, EXOTEL_API_TOKEN: EXOTEL.token, EXOTEL_API_BASE_URL: exotel.url };
  expect(await exotelFindings({ ...keys })).toMatchObject([
    { level: "fail", found: expect.stringContaining("Exotel's calls are answered 503") },
    { level: "fail", found: expect.stringContaining("EXOTEL_ACCOUNT_SID is not set") },
  ]);
  const whole = { ...keys, EXOTEL_ACCOUNT_SID: EXOTEL.sid, EXOTEL_ALLOWED_IPS: "10.0.0.0/8" };
  expect(await exotelFindings(whole)).toMatchObject([
    { level: "ok", found: "Exotel proves itself by its address" },
    { level: "ok", found: "the API keys work; ExoPhones: +918047112345" },
  ]);
  exotel.failing = FORBIDDEN;
  expect((await exotelFindings(whole)).at(-1)).toMatchObject({
    level: "fail",
    found: expect.stringContaining("HTTP 403, code 1010"),
  });
});
