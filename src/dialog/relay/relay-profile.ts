import type { Ids } from "../../kit/ids.ts";
import type { Language } from "../../record/record.ts";
import type { AgentProfile } from "../dialog.ts";
import { type RelayAccess, type RelayOptions, relayAgent } from "./relay.ts";
import { type Relay, urlComplaints } from "./relay-schema.ts";

export type RelayParts = Pick<RelayOptions, "clock" | "log" | "meter"> & {
  /** Absent: nothing is signed, and only public addresses are connected to. */
  readonly relay?: RelayAccess;
  readonly ids?: Pick<Ids, "chance">;
};

const PUBLIC_ONLY: RelayAccess = { rules: { allowPrivate: false, httpsOnly: true } };

/** What a call must know of an agent whose dialog is a relay. */
export function relayProfile(
  relay: Relay,
  language: Language,
  { relay: access = PUBLIC_ONLY, ids, clock, log, meter }: RelayParts,
): Pick<AgentProfile, "dialog" | "greetingInterruptible" | "toldWhileSpeaking" | "actionUrl"> {
  const chance = (): number => ids?.chance() ?? 1;
  return {
    dialog: relayAgent({ relay, language, access, clock, log, meter, chance }),
    greetingInterruptible: relay.welcomeGreetingInterruptible,
    toldWhileSpeaking: relay.reportInputDuringAgentSpeech,
    ...(relay.action !== undefined && { actionUrl: relay.action }),
  };
}

/** What is wrong with a relay, as far as its agents file shows it to those who know where its URLs may lead. */
export const relayComplaints = (relay: Relay, access: RelayAccess | undefined): readonly string[] =>
  access ? urlComplaints(relay, access.rules) : [];
