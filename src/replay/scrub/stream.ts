import { TELLING } from "../../record/numbers/numbers.ts";
import type { WireMessage } from "../wire/wire.ts";
import { scrubText } from "./scrub.ts";
import { NUMBER, PARAMETER } from "./stand-ins.ts";

const ID = /^(?:(?<of>account|call|stream)_?)?sid$/i;
const TWILIO_ID = /^[A-Z]{2}(?=[0-9a-z]{32}$)/;
const PARTY = /^(?:from|to)$/i;
const PARAMETERS = /^custom_?parameters$/i;
/** Sound, and counts that are written as texts. */
const PLAIN = /^(?:event|payload|chunk|timestamp|sequence_?number|sample_?rate|bit_?rate)$/i;

/** `field`: where the value stands; those of custom parameters count for one. */
type Change = (value: string, field: string) => string;

/**
 * What a carrier sent, without personal data but for the sound: telephone numbers and ids are made constants, the same for the
 * same; other texts are masked as in `scrubText`; keys are zeros where there are enough of them for a number.
 */
export function scrubStream(messages: readonly WireMessage[], words: readonly string[]): readonly WireMessage[] {
  const keys = messages.flatMap((message) => ("text" in message ? (keyIn(JSON.parse(message.text)) ?? []) : []));
  const masksKeys = keys.filter(isDigit).length >= TELLING;
  const idOf = identification();
  const change: Change = (text, field) => {
    if (text === "" || PLAIN.test(field)) return text;
    if (field === "digit") return masksKeys && isDigit(text) ? "0" : text;
    return constantFor(field) ?? idOf(text, field) ?? scrubText(text, words);
  };
  return messages.map((message) =>
    "text" in message ? { ...message, text: JSON.stringify(changed(JSON.parse(message.text), "", change)) } : message,
  );
}

function constantFor(field: string): string | undefined {
  if (PARAMETERS.test(field)) return PARAMETER;
  return PARTY.test(field) ? NUMBER : undefined;
}

/** What stands for an id: a text in a field for ids, and from then on the same text in any other. */
function identification(): (text: string, field: string) => string | undefined {
  const ids = new Map<string, string>();
  return (text, field) => {
    const id = ID.exec(field);
    if (id && !ids.has(text)) ids.set(text, standIn(text, id.groups?.["of"], [...ids.values()]));
    return ids.get(text);
  };
}

/** A stream as the text of a file, a message a line. */
export const streamText = (messages: readonly WireMessage[]): string => messages.map(lineOf).join("");

/** The key that a message tells of. */
export function keyIn(message: unknown): string | undefined {
  const digit = (message as { readonly dtmf?: { readonly digit?: unknown } } | undefined)?.dtmf?.digit;
  return digit === undefined ? undefined : String(digit);
}

function lineOf({ atMs, ...what }: WireMessage): string {
  const said = "text" in what ? { message: JSON.parse(what.text) as unknown } : what;
  return `${JSON.stringify({ atMs: Math.round(atMs * 1000) / 1000, ...said })}\n`;
}

/** `others`: those that stand for other ids. Two that were not the same are not the same afterwards. */
function standIn(id: string, of: string | undefined, others: readonly string[]): string {
  const prefix = TWILIO_ID.exec(id)?.[0] ?? (of === undefined || of === "call" ? "" : `${of}-`);
  const alike = others.filter((other) => other.replace(/0.*$/, "") === prefix).length;
  // Letters: digits would be taken for a number.
  const which =
    alike === 0 ? "" : [...String(alike)].map((digit) => String.fromCodePoint(0x61 + Number(digit))).join("");
  return prefix + which.padStart(32, "0");
}

function changed(value: unknown, field: string, change: Change): unknown {
  if (Array.isArray(value)) return value.map((item) => changed(item, field, change));
  if (typeof value === "object" && value !== null) {
    const within = (name: string): string => (PARAMETERS.test(field) && !PARTY.test(name) ? field : name);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, changed(inner, within(name), change)]),
    );
  }
  if (typeof value === "string") return change(value, field);
  const isTelling = [ID, PARTY, PARAMETERS].some((fields) => fields.test(field));
  return isTelling && value !== null ? change(String(value), field) : value;
}

const isDigit = (key: string): boolean => /^\d$/.test(key);
