import type { Config } from "../../src/config.ts";
import { askAsExotel, askAsTwilio } from "../phone/admission.ts";
import { exotelAccount } from "../phone/exotel-account.ts";
import { Refusal } from "../phone/refusal.ts";
import { type TwilioNumber, twilioAccount } from "../phone/twilio-account.ts";
import type { Tell } from "./finding.ts";
import type { Listening } from "./gateway.ts";

/** Twilio, when anything of it is configured: the account, the gateway's own idea of the token, and where the numbers lead. */
export async function checkTwilio(config: Config, here: Listening | undefined, tell: Tell): Promise<void> {
  const { accountSid, authToken, apiBaseUrl } = config.twilio;
  if (!authToken)
    return tell.fail(
      "TWILIO_AUTH_TOKEN is not set: Twilio's calls are answered 503",
      "Copy it from the Twilio console's first page into .env.",
    );
  await tellTwilioAdmission(config, authToken, here, tell);
  if (!accountSid) {
    return tell.warn(
      "TWILIO_ACCOUNT_SID is not set: the token cannot be tried, and calls are not hung up by REST",
      "Copy it from the Twilio console's first page into .env; it begins with AC.",
    );
  }
  if (!accountSid.startsWith("AC"))
    return tell.warn("the account was not asked: TWILIO_ACCOUNT_SID is no account's", "Mend the configuration first.");
  const account = twilioAccount({ accountSid, authToken, apiBaseUrl });
  await asked(tell, async () => {
    const { name, status, type } = await account.about();
    if (status !== "active")
      return tell.fail(`the account “${name}” is ${status}`, "Look at the Twilio console: it takes no calls.");
    tell.ok(`the account “${name}” is active${type === "Trial" ? " (a trial: it speaks a notice first)" : ""}`);
    tellNumbers(await account.numbers(), config.listen.publicUrl, tell);
  });
}

/** Does the gateway that runs take what is signed with this token? One that was started with another .env does not. */
async function tellTwilioAdmission(
  config: Config,
  authToken: string,
  here: Listening | undefined,
  tell: Tell,
): Promise<void> {
  if (here?.kind !== "gateway") return;
  const publicUrl = config.listen.publicUrl ?? here.origin;
  const { ok, why, todo } = await askAsTwilio({ origin: here.origin, publicUrl }, authToken);
  if (ok) tell.ok("the gateway takes what is signed with TWILIO_AUTH_TOKEN");
  else tell.fail(`the gateway, asked as Twilio would, ${why}`, todo);
}

function tellNumbers(numbers: readonly TwilioNumber[], publicUrl: string | undefined, tell: Tell): void {
  if (publicUrl === undefined)
    return tell.warn(
      "the numbers were not looked at: there is no PUBLIC_URL they could point to",
      "Set PUBLIC_URL first.",
    );
  const ours = numbers.filter(({ settings }) => settings.voiceUrl === `${publicUrl}/twilio/voice`);
  const reached = ours.filter(({ settings }) => settings.voiceApplicationSid === "" && settings.trunkSid === "");
  for (const { phoneNumber, settings } of ours) {
    if (!reached.some((one) => one.phoneNumber === phoneNumber)) {
      tell.fail(
        `${phoneNumber} points here, but ${settings.trunkSid ? "a SIP trunk" : "a TwiML application"} takes its calls first`,
        setUp(phoneNumber),
      );
    } else if (settings.statusCallback !== `${publicUrl}/twilio/status`) {
      tell.warn(`${phoneNumber} points here, but reports its calls elsewhere`, setUp(phoneNumber));
    } else tell.ok(`${phoneNumber} points here`);
  }
  if (ours.length > 0) return;
  const [first] = numbers;
  if (!first)
    return tell.fail(
      "the account has no number",
      "Buy one in the Twilio console: Phone Numbers, Buy a number, with Voice.",
    );
  tell.fail(
    `none of the account's numbers (${numbers.map((one) => one.phoneNumber).join(", ")}) points to ${publicUrl}/twilio/voice`,
    setUp(first.phoneNumber),
  );
}

const setUp = (number: string): string => `npm run setup:twilio -- --number ${number}`;

/** Exotel, when anything of it is configured: what proves Exotel to us, and whether its API knows our keys. */
export async function checkExotel(config: Config, here: Listening | undefined, tell: Tell): Promise<void> {
  const { accountSid, apiKey, apiToken, apiBaseUrl, streamUser, streamPassword, allowedIps } = config.exotel;
  if (!(streamUser && streamPassword) && allowedIps.length === 0) {
    tell.fail(
      "neither EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD nor EXOTEL_ALLOWED_IPS is set: Exotel's calls are answered 503",
      "Choose any pair, put it into .env, and into the Voicebot applet's URL (npm run setup:exotel says where).",
    );
  } else if (streamUser && streamPassword && here?.kind === "gateway") {
    const { ok, why, todo } = await askAsExotel(here, streamUser, streamPassword);
    if (ok) tell.ok("the gateway takes EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD");
    else tell.fail(`the gateway, asked as Exotel would, ${why}`, todo);
  } else tell.ok(`Exotel proves itself by ${streamUser ? "its Basic pair" : "its address"}`);

  if (!apiKey || !apiToken)
    return tell.warn(
      "EXOTEL_API_KEY and EXOTEL_API_TOKEN are not set: the account cannot be looked at",
      "Only setup:exotel and this check need them: my.exotel.com, Settings, API Settings.",
    );
  if (!accountSid)
    return tell.fail(
      "EXOTEL_ACCOUNT_SID is not set, though the API keys are",
      "Copy it from my.exotel.com, Settings, API Settings.",
    );
  await asked(tell, async () => {
    const numbers = await exotelAccount({ accountSid, apiKey, apiToken, apiBaseUrl }).numbers();
    const named = numbers.map(({ phoneNumber }) => phoneNumber).join(", ");
    if (numbers.length === 0) return tell.fail("the account has no ExoPhone", "Buy one at my.exotel.com, ExoPhones.");
    tell.ok(`the API keys work; ExoPhones: ${named}`);
  });
}

async function asked(tell: Tell, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell.fail(error.message, error.todo);
  }
}
