import { isDeepStrictEqual } from "node:util";
import type { AgentEntry } from "./agent-schema.ts";
import type { AgentCard, AgentProfile, DialogCard } from "./dialog.ts";

/** One entry of the agents file, under its dialled number or `default`, and who came of it. */
export type Hired = { readonly key: string; readonly entry: AgentEntry; readonly profile: AgentProfile };

/** Who can speak, per model. */
export type Speakers = Readonly<Record<string, readonly string[]>>;

/** Everybody in the agents file, as they may be shown. Who stands there under several numbers is one agent. */
export function agentCards(hired: readonly Hired[], speakers: Speakers): readonly AgentCard[] {
  const agents: Hired[][] = [];
  for (const one of hired) {
    const same = agents.find(([other]) => other && isSame(other, one));
    if (same) same.push(one);
    else agents.push([one]);
  }
  return agents.flatMap((same) =>
    same[0]
      ? [
          card(
            same[0],
            same.map(({ key }) => key),
            speakers,
          ),
        ]
      : [],
  );
}

const isSame = (one: Hired, other: Hired): boolean =>
  one.profile.name === other.profile.name && isDeepStrictEqual(one.entry, other.entry);

function card({ entry, profile }: Hired, keys: readonly string[], speakers: Speakers): AgentCard {
  const { name, greeting, language, listensFor, voice, limits, redact } = profile;
  return {
    ...{ name, numbers: keys.filter((key) => key !== "default"), greeting, language, listensFor, voice, limits },
    dialog: dialogCard(entry.dialog),
    speakers: speakers[voice.model] ?? [],
    ...(redact !== undefined && { redact }),
    isDefault: keys.includes("default"),
  };
}

/** Named field by field: what is added to the agents file is not shown until somebody says that it may be. */
function dialogCard(dialog: AgentEntry["dialog"]): DialogCard {
  switch (dialog.kind) {
    case "rules":
      return { kind: dialog.kind, rules: dialog.rules.length };
    case "echo":
      return { kind: dialog.kind };
    case "chat": {
      const { kind, model, systemPrompt } = dialog;
      return { kind, prompt: withoutSecrets(systemPrompt), ...(model !== undefined && { model }) };
    }
    case "relay":
      return { kind: dialog.kind, host: new URL(dialog.url).host };
    default:
      return dialog satisfies never;
  }
}

/** Addresses in a text, without what may let somebody in: password, which may hold what ends an address in a text, and query. */
const withoutSecrets = (text: string): string =>
  text.replaceAll(/\b([a-z]+:\/\/)[^\s/?#]*@/gi, "$1").replaceAll(/\b[a-z]+:\/\/[^\s"'<>)]+/gi, (address) => {
    if (!URL.canParse(address)) return address;
    const { protocol, host, pathname } = new URL(address);
    return `${protocol}//${host}${pathname}`;
  });
