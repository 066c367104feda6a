import { createHash } from "node:crypto";
import type { LookupFunction } from "node:net";
import library from "twilio";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { Meter } from "../../kit/meter.ts";
import { publicLookup, type UrlRules } from "../../kit/public-url.ts";
import type { Language } from "../../record/record.ts";
import type { FreeAgent } from "../dialog.ts";
import { type Relay, socketComplaint } from "./relay-schema.ts";
import { RelaySession } from "./session.ts";

/** What the gateway knows that an application may want to see proof of. */
export type RelayAccess = {
  /** Twilio's: applications check signatures made with it. Without one nothing is signed. */
  readonly authToken?: string | undefined;
  readonly accountSid?: string | undefined;
  /** Where an application's URLs may lead. */
  readonly rules: UrlRules;
};

export type RelayOptions = {
  readonly relay: Relay;
  /** What the agent speaks to begin with; it need not be declared. */
  readonly language: Language;
  readonly access: RelayAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** From 0 to 1, by chance: spreads the tries of many calls that lost the same application. */
  readonly chance: () => number;
  /** For tests. */
  readonly lookup?: LookupFunction;
};

/** The identifier of a call's session: the same on every connection, in every process, and in the callback after it. */
export const relaySessionId = (callId: string): string =>
  `VX${createHash("sha256").update(callId).digest("hex").slice(0, 32)}`;

/**
 * Lets an application written for Twilio's ConversationRelay hold the conversation, over a socket that is opened to it for each
 * call. What happens to it is told as news, never thrown.
 */
export function relayAgent({ relay, language, access, lookup, ...kit }: RelayOptions): FreeAgent {
  const { url, languages, reportInputDuringAgentSpeech, welcomeGreetingInterruptible, ...settings } = relay;
  const { authToken, accountSid = "", rules } = access;
  const headers = {
    "user-agent": "Durvani",
    ...(authToken && { "X-Twilio-Signature": library.getExpectedTwilioSignature(authToken, url, {}) }),
  };
  const complaint = socketComplaint(url, rules);
  const parts = { ...kit, rules, complaint, lookup: lookup ?? publicLookup(rules) };
  return {
    join(call, tell, signal) {
      const session = new RelaySession(
        call,
        { url, headers },
        { ...settings, id: relaySessionId(call.id), accountSid, language, languages: [...languages, language] },
        parts,
        tell,
      );
      if (signal.aborted) session.close();
      signal.addEventListener("abort", () => session.close(), { once: true });
      return session;
    },
  };
}
