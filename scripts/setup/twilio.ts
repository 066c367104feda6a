import { type Environment, inspectConfig } from "../../src/config.ts";
import { normalNumber } from "../../src/dialog/numbers.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { askAsTwilio } from "../phone/admission.ts";
import { Refusal } from "../phone/refusal.ts";
import { type NumberSettings, type TwilioAccount, type TwilioNumber, twilioAccount } from "../phone/twilio-account.ts";
import { demand } from "./demand.ts";
import { keptPath } from "./kept.ts";
import { type Phone, point, restore } from "./plan.ts";
import { tryDoor } from "./reach.ts";
import { type Story, tellStory } from "./story.ts";
import { testCall } from "./test-call.ts";

export type SetupOptions = {
  readonly env: Environment;
  /** The number to set up, however it is written; without one the account's numbers are shown. */
  readonly number: string | undefined;
  /** Whom to ring for a test. */
  readonly call: string | undefined;
  readonly dryRun: boolean;
  readonly undo: boolean;
  readonly force: boolean;
  readonly clock: Clock;
  /** Between two looks at a test call. [2000] */
  readonly everyMs?: number;
};

const WATCH_MS = 120_000;

/** Points a Twilio number here, or back to where it pointed. True when nothing failed. */
export async function setupTwilio(options: SetupOptions, story: Story): Promise<boolean> {
  const { config, mistakes } = inspectConfig(options.env);
  const needed = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", ...(options.undo ? [] : ["PUBLIC_URL"])];
  const { accountSid = "", authToken = "", apiBaseUrl } = config.twilio;
  const { publicUrl = "" } = config.listen;
  story.title(options.undo ? "Twilio: back to how it was" : `Twilio: a number for ${publicUrl}`);
  if (!demand(options.env, mistakes, needed, story)) return false;
  return tellStory(story, async () => {
    const account = twilioAccount({ accountSid, authToken, apiBaseUrl });
    const found = await find(account, options.number, story);
    if (!found) return;
    const path = keptPath(config.state.dataDir, "twilio", found.phoneNumber);
    const manner = { path, dryRun: options.dryRun, force: options.force };
    if (options.undo) return restore(phoneOf(account, found), manner, story);
    await point(phoneOf(account, found), wanted(publicUrl), manner, story);
    const open = await tryDoor(publicUrl, () => askAsTwilio({ origin: publicUrl, publicUrl }, authToken), story);
    await ring(account, found, publicUrl, open, options, story);
  });
}

/** Everything that decides about a call: a trunk or an application would be asked instead of the URL. */
const wanted = (publicUrl: string): NumberSettings => ({
  voiceUrl: `${publicUrl}/twilio/voice`,
  voiceMethod: "POST",
  statusCallback: `${publicUrl}/twilio/status`,
  statusCallbackMethod: "POST",
  voiceApplicationSid: "",
  trunkSid: "",
});

const LABELS: Readonly<Record<keyof NumberSettings, string>> = {
  voiceUrl: "A call comes in",
  voiceMethod: "  by HTTP",
  statusCallback: "Call status changes",
  statusCallbackMethod: "  by HTTP",
  voiceApplicationSid: "TwiML application",
  trunkSid: "SIP trunk",
};

const phoneOf = (account: TwilioAccount, { sid, phoneNumber }: TwilioNumber): Phone<NumberSettings> => ({
  sid,
  number: phoneNumber,
  labels: LABELS,
  read: async () => (await account.fetch(sid)).settings,
  change: (changes) => account.update(sid, changes),
});

async function find(
  account: TwilioAccount,
  asked: string | undefined,
  story: Story,
): Promise<TwilioNumber | undefined> {
  story.step("Ask Twilio about the account: do SID and token fit?");
  const { name, status, type } = await account.about();
  if (status !== "active")
    throw new Refusal(`the account “${name}” is ${status}`, "Look at the Twilio console: it takes no calls.");
  story.done(`“${name}” is active${type === "Trial" ? "; a trial account speaks a notice before every call" : ""}`);
  const numbers = await account.numbers();
  const found =
    asked === undefined ? undefined : numbers.find(({ phoneNumber }) => phoneNumber === normalNumber(asked));
  if (found) return found;
  for (const { phoneNumber, settings } of numbers) story.line(`${phoneNumber}  ${settings.voiceUrl || "–"}`);
  const what =
    asked === undefined ? "no number was named" : `${normalNumber(asked)} is not among this account's numbers`;
  const todo = numbers[0]
    ? `npm run setup:twilio -- --number ${numbers[0].phoneNumber}`
    : "Buy one in the Twilio console: Phone Numbers, Buy a number, with Voice.";
  story.fail(what, todo);
  return undefined;
}

async function ring(
  account: TwilioAccount,
  from: TwilioNumber,
  publicUrl: string,
  open: boolean,
  { call, dryRun, clock, everyMs = 2000 }: SetupOptions,
  story: Story,
): Promise<void> {
  if (call === undefined) return;
  const to = normalNumber(call);
  story.step(
    `Place a test call: Twilio rings ${to} from ${from.phoneNumber} and connects who answers to the gateway. It costs what a call costs.`,
  );
  const order = {
    to,
    from: from.phoneNumber,
    url: `${publicUrl}/twilio/voice`,
    statusCallback: `${publicUrl}/twilio/status`,
  };
  const placed = { to, place: () => account.call(order), status: (id: string) => account.callStatus(id) };
  await testCall(placed, { clock, everyMs, patienceMs: WATCH_MS, dryRun, answered: open }, story);
}
