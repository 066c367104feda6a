import { inspectConfig } from "../../src/config.ts";
import { normalNumber } from "../../src/dialog/numbers.ts";
import { askAsExotel } from "../phone/admission.ts";
import { type ExoPhone, type ExotelAccount, exotelAccount, flowOf, flowUrl } from "../phone/exotel-account.ts";
import { demand } from "./demand.ts";
import { keptPath } from "./kept.ts";
import { type Phone, point, restore } from "./plan.ts";
import { tryDoor } from "./reach.ts";
import { type Story, tellStory } from "./story.ts";
import { testCall } from "./test-call.ts";
import type { SetupOptions } from "./twilio.ts";

export type ExotelSetupOptions = SetupOptions & {
  /** The flow's id in App Bazaar; without one the clicks that make it are told. */
  readonly flow: string | undefined;
};

type FlowSetting = { readonly voiceUrl: string };

const WATCH_MS = 120_000;
const NEEDED = ["EXOTEL_ACCOUNT_SID", "EXOTEL_API_KEY", "EXOTEL_API_TOKEN"];
const PAIR = ["EXOTEL_STREAM_USER", "EXOTEL_STREAM_PASSWORD"];

/**
 * Lets an Exotel flow with our Voicebot applet answer an ExoPhone, or the flow that did before. The flow itself can be made in
 * Exotel's dashboard only: its clicks are told. True when nothing failed.
 */
export async function setupExotel(options: ExotelSetupOptions, story: Story): Promise<boolean> {
  const { config, mistakes } = inspectConfig(options.env);
  const {
    accountSid = "",
    apiKey = "",
    apiToken = "",
    apiBaseUrl,
    streamUser = "",
    streamPassword = "",
  } = config.exotel;
  const { publicUrl = "" } = config.listen;
  story.title(options.undo ? "Exotel: back to how it was" : `Exotel: an ExoPhone for ${publicUrl}`);
  const needed = options.undo ? NEEDED : [...NEEDED, ...PAIR, "PUBLIC_URL"];
  if (!demand(options.env, mistakes, needed, story)) return false;
  return tellStory(story, async () => {
    const account = exotelAccount({ accountSid, apiKey, apiToken, apiBaseUrl });
    const found = await find(account, options.number, story);
    if (!found) return;
    const path = keptPath(config.state.dataDir, "exotel", normalNumber(found.phoneNumber));
    const manner = { path, dryRun: options.dryRun, force: options.force };
    if (options.undo) return restore(phoneOf(account, found), manner, story);
    if (options.flow === undefined) return tellClicks(publicUrl, found, story);
    const wanted = flowUrl(accountSid, options.flow);
    await point(phoneOf(account, found), { voiceUrl: wanted }, manner, story);
    const open = await tryDoor(publicUrl, () => askAsExotel({ origin: publicUrl }, streamUser, streamPassword), story);
    await ring(account, found, wanted, open, options, story);
  });
}

const phoneOf = (account: ExotelAccount, { sid, phoneNumber }: ExoPhone): Phone<FlowSetting> => ({
  sid,
  number: phoneNumber,
  labels: { voiceUrl: "Flow for calls" },
  read: async () => ({ voiceUrl: (await account.fetch(sid)).voiceUrl }),
  // Exotel tells a flow's address in other forms than it takes it.
  alike: (one, other) => flowOf(one) !== undefined && flowOf(one) === flowOf(other),
  change: ({ voiceUrl }) => (voiceUrl === undefined ? Promise.resolve() : account.assign(sid, voiceUrl)),
});

async function find(account: ExotelAccount, asked: string | undefined, story: Story): Promise<ExoPhone | undefined> {
  story.step("Ask Exotel for the account's ExoPhones: do SID, key and token fit?");
  const numbers = await account.numbers();
  story.done(`they do; ExoPhones: ${numbers.map(({ phoneNumber }) => phoneNumber).join(", ") || "none"}`);
  const found =
    asked === undefined
      ? undefined
      : numbers.find(({ phoneNumber }) => normalNumber(phoneNumber) === normalNumber(asked));
  if (found) return found;
  const what = asked === undefined ? "no number was named" : `${normalNumber(asked)} is not among them`;
  story.fail(
    what,
    numbers[0] ? `npm run setup:exotel -- --number ${numbers[0].phoneNumber}` : "Buy one at my.exotel.com, ExoPhones.",
  );
  return undefined;
}

/** What no API can do, click by click. The password is named, not shown: terminals are recorded. */
function tellClicks(publicUrl: string, { phoneNumber }: ExoPhone, story: Story): void {
  const { host } = new URL(publicUrl);
  story.step("Make the flow, at https://my.exotel.com. Exotel has no API for this part:");
  story.line("a. App Bazaar → Create New App. Name it, for instance “Durvani”.");
  story.line(
    "b. Drag the Voicebot applet under “Call Start”. (It is not there? Ask hello@exotel.com to enable AgentStream.)",
  );
  story.line(
    "c. Click it and put into its field URL, with the values from .env, percent-encoded, in place of the two names:",
  );
  story.line(`     https://EXOTEL_STREAM_USER:EXOTEL_STREAM_PASSWORD@${host}/exotel/voicebot`);
  story.line("d. Drag a Hangup applet behind it: when the agent hangs up, Exotel goes on with the next applet.");
  story.line("e. Save. The dashboard shows the flow's id; Exotel's documents call it app_id.");
  story.step("Then come back with that id:");
  story.line(`npm run setup:exotel -- --number ${phoneNumber} --flow <id>`);
}

async function ring(
  account: ExotelAccount,
  from: ExoPhone,
  flow: string,
  open: boolean,
  { call, dryRun, clock, everyMs = 2000 }: ExotelSetupOptions,
  story: Story,
): Promise<void> {
  if (call === undefined) {
    story.step("See whether the applet leads here: Exotel tells nobody what is in a flow, only a call shows it.");
    return story.line(`Dial ${from.phoneNumber}, or let Exotel ring you: add --call +91…`);
  }
  const to = normalNumber(call);
  story.step(
    `Place a test call: Exotel rings ${to} from ${from.phoneNumber} and lets who answers into the flow. It costs what a call costs.`,
  );
  const placed = {
    to,
    place: () => account.call({ to, from: from.phoneNumber, flowUrl: flow }),
    status: (id: string) => account.callStatus(id),
  };
  await testCall(placed, { clock, everyMs, patienceMs: WATCH_MS, dryRun, answered: open }, story);
}
