import { languageOf } from "../ui/format.ts";
import { spanOf } from "./health-reading.ts";

/** An agent as `/v1/agents` tells of it. What else it is made of is shown as it comes. */
export type Agent = {
  readonly name: string;
  readonly numbers: readonly string[];
  readonly greeting: string;
  readonly language: string;
  readonly dialog: { readonly kind: string };
  readonly isDefault: boolean;
};

/** `prose`: words of some length, in the agent's language as likely as in English. */
type Setting = { readonly label: string; readonly value: string; readonly prose: boolean };
type SettingGroup = { readonly title: string; readonly settings: readonly Setting[] };

/** Shown where the agent is introduced; `speakers` is a choice that the web call offers. */
const ELSEWHERE = ["name", "numbers", "greeting", "isDefault", "speakers"];
const PROSE_FROM = 60;

const KINDS: Readonly<Record<string, string>> = {
  chat: "language model",
  rules: "rules",
  echo: "says back what it hears",
  relay: "your own application",
};

export const kindOf = ({ dialog }: Agent): string => KINDS[dialog.kind] ?? dialog.kind;

/** Everything that can be read of it, in groups: what it thinks by, plain values, the rest. */
export function settingsOf(agent: Agent): readonly SettingGroup[] {
  const entries = Object.entries(agent).filter(([key, value]) => !ELSEWHERE.includes(key) && !isNothing(value));
  const plain = entries.filter(([, value]) => !isGroup(value)).flatMap(([key, value]) => settings([key], value));
  const groups = entries
    .filter(([key, value]) => isGroup(value) && key !== "dialog")
    .map(([key, value]) => ({ title: titleOf(key), settings: settings([], value) }));
  const dialog = { title: "Dialog", settings: settings([], agent.dialog) };
  return [dialog, { title: "Speaks", settings: plain }, ...groups].filter((group) => group.settings.length > 0);
}

/** What words are written in, for who reads them aloud: prompts are in English as often as in the agent's language. */
export const writtenIn = (words: string, { language }: Pick<Agent, "language">): string =>
  /\p{L}/u.test(words.replace(/\p{Script=Latin}/gu, "")) ? language : "en";

/** Whether one of its names, numbers or words has this in it. */
export function matches({ name, numbers, greeting, language }: Agent, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const words = [name, ...numbers, greeting, language, languageOf(language)];
  return words.some((word) => word.toLowerCase().includes(wanted));
}

/** Makes a session with the agent, from a shell. */
export function curlOf(origin: string, { name }: Pick<Agent, "name">): string {
  const quoted = JSON.stringify({ agent: name }).replaceAll("'", `'\\''`);
  return [
    `curl ${origin}/v1/voice/sessions`,
    `-H "Authorization: Bearer $DURVANI_KEY"`,
    `-H "Content-Type: application/json"`,
    `-d '${quoted}'`,
  ].join(" \\\n  ");
}

function settings(path: readonly string[], value: unknown): readonly Setting[] {
  if (isNothing(value)) return [];
  if (isGroup(value)) {
    return Object.entries(value).flatMap(([key, inner]) => {
      const step = Array.isArray(value) ? String(Number(key) + 1) : key;
      return settings([...path, step], inner);
    });
  }
  const text = textOf(path.at(-1) ?? "", value);
  const label = titleOf(path.join(" ").replace(/Ms$/, ""));
  return [{ label, value: text, prose: text.length >= PROSE_FROM || text.includes("\n") }];
}

function textOf(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.join(" · ");
  if (typeof value === "boolean") return yesNo(value);
  if (typeof value === "number" && key.endsWith("Ms")) return value === 0 ? "none" : spanOf(value);
  if (typeof value !== "string" || !["language", "listensFor"].includes(key)) return String(value);
  return value === "unknown" ? "any language" : languageOf(value);
}

const yesNo = (value: boolean): string => (value ? "yes" : "no");
const isNothing = (value: unknown): boolean => value === undefined || value === null || value === "";
/** Lists of plain values are read in one line. */
const isGroup = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !(Array.isArray(value) && value.every((inner) => typeof inner !== "object"));

/** `systemPrompt` becomes `System prompt`. */
function titleOf(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
