import { z } from "zod";
import { isLoopback } from "../../kit/loopback.ts";
import { type UrlRules, urlComplaint } from "../../kit/public-url.ts";
import { LANGUAGES } from "../../record/record.ts";
import { interruptible } from "./messages.ts";

const words = z.string().trim().min(1, "must not be empty");

/** A relay in the agents file: the attributes of Twilio's `<ConversationRelay>`, with its defaults. */
export const relaySchema = z.strictObject({
  kind: z.literal("relay"),
  /** Of the application: `wss://`, written exactly as it checks the signature. */
  url: words,
  /** The caller's words are told while they are still speaking. */
  partialPrompts: z.boolean().default(false),
  /** Keys are told. */
  dtmfDetection: z.boolean().default(false),
  interruptible: interruptible.default("any"),
  preemptible: z.boolean().default(false),
  welcomeGreetingInterruptible: interruptible.default("any"),
  /** What is told of the caller while they cannot interrupt. */
  reportInputDuringAgentSpeech: interruptible.default("none"),
  customParameters: z.record(z.string(), z.string()).default({}),
  /** What `language` and `lang` may name, besides the agent's own. */
  languages: z.array(z.enum(LANGUAGES)).default([...LANGUAGES]),
  /** Asked for what happens to the call after the conversation. */
  action: words.optional(),
});

export type Relay = z.output<typeof relaySchema>;

/** What is wrong with the URLs of a relay, each with its place. */
export function urlComplaints({ url, action }: Relay, rules: UrlRules): readonly string[] {
  const wrongUrl = socketComplaint(url, rules);
  const wrongAction = action === undefined ? undefined : urlComplaint(action, rules);
  return [
    ...(wrongUrl === undefined ? [] : [`url: ${wrongUrl}`]),
    ...(wrongAction === undefined ? [] : [`action: ${wrongAction}`]),
  ];
}

/** Plain `ws` is for one's own machine and network: where private addresses are let through. */
export function socketComplaint(text: string, rules: UrlRules): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["wss:", "ws:"].includes(url.protocol)) return "must be a URL that begins with wss://";
  if (url.hash) return "must not have a part after #";
  const plain = url.protocol === "ws:";
  const near = rules.allowPrivate && (isLoopback(url.hostname) || !rules.httpsOnly);
  if (plain && !near) return "must be wss, unless it leads to this machine and ALLOW_PRIVATE_URLS is true";
  return urlComplaint(text.replace(/^ws/i, "http"), { ...rules, httpsOnly: false });
}
