import type { DialogFact } from "../../dialog/dialog.ts";
import { type CallSetup, type JournalEntry, withoutSound } from "../../journal/journal.ts";
import { masked, TELLING, type TextSort, telling } from "../../record/numbers/numbers.ts";
import type { BookEntry, CallId, CallOpening } from "../../record/record.ts";
import { mapTexts, textsIn } from "./fields.ts";
import { renaming } from "./names.ts";
import { readPassages } from "./passages.ts";
import { CARRIER_CALL, NUMBER, OPENED_AT, PARAMETER, RECORDING, RELAY } from "./stand-ins.ts";

const ZERO_KEY = { digit: "0" };

export type Scrubbing = {
  /** The call's id becomes `call_<name>`. */
  readonly name: string;
  /** Names and other words that must not be in it, whole, in any case and spelling. `*` within one is any letters. */
  readonly words: readonly string[];
  /** Sound is somebody's voice, and says every number aloud; left out unless it is asked for. */
  readonly keepAudio?: boolean;
};

/**
 * A text without what tells who somebody is: numbers of four and more digits, in any script, in words, or in both; addresses for
 * mail and payments; and `words`. Everything else stays as it is, to the byte. Twice is once.
 */
export function scrubText(text: string, words: readonly string[]): string {
  return withoutNumbers(renaming(words)(text), "said");
}

/**
 * A call's journal without personal data. What the call joined and compared is the same as before, so it replays: a text always
 * comes out the same, and a sentence is masked as its parts are.
 */
export function scrubEntries(
  entries: readonly JournalEntry[],
  { name, words, keepAudio = false }: Scrubbing,
): readonly JournalEntry[] {
  const renamed = renaming(words);
  const { mask, secretKeys } = readPassages(entries, (text) => renamed(text.trim()));
  const foreign = toldToUs(entries);
  const change = (text: string, sort: TextSort, where: string): string => {
    if (/(?:^|\.)digits$/.test(where)) return withoutKeys(text);
    return sort === "said"
      ? text.replace(/\S(?:.*\S)?/su, (said) => mask(renamed(said)))
      : withoutNumbers(foreign.has(text) ? renamed(text) : text, sort);
  };
  const laterMs = OPENED_AT - (entries.flatMap(wallTime)[0] ?? OPENED_AT);
  return (keepAudio ? entries : entries.flatMap((entry) => withoutSound(entry) ?? [])).map((entry): JournalEntry => {
    if ("audio" in entry || "spoken" in entry) return entry;
    if ("book" in entry) return { ...entry, book: anonymous(mapTexts(entry.book, change), name, laterMs) };
    if ("call" in entry) return { ...entry, call: anonymousSetup(mapTexts(entry.call, change)) };
    return secretKeys.has(entry) ? withZero(entry) : mapTexts(entry, change);
  });
}

function withoutNumbers(text: string, sort: TextSort): string {
  return masked(text, telling(text, TELLING, sort));
}

/** What others' programs told the call. What our own tells is made of its own words, which a name may be one of. */
function toldToUs(entries: readonly JournalEntry[]): ReadonlySet<string> {
  const texts = textsIn(entries.filter((entry) => "in" in entry));
  return new Set(texts.flatMap(({ text, sort }) => (sort === "told" ? [text] : [])));
}

function wallTime(entry: JournalEntry): readonly number[] {
  if (!("book" in entry)) return [];
  switch (entry.book.kind) {
    case "open":
      return [entry.book.opening.openedAt];
    case "answered":
      return [entry.book.at];
    case "close":
      return [entry.book.closing.endedAt];
    default:
      return [];
  }
}

function anonymous(book: BookEntry, name: string, laterMs: number): BookEntry {
  switch (book.kind) {
    case "open":
      return { ...book, opening: anonymousOpening(book.opening, name, laterMs) };
    case "answered":
      return { ...book, at: book.at + laterMs };
    case "recording":
      return { ...book, url: RECORDING };
    case "close":
      return { ...book, closing: { ...book.closing, endedAt: book.closing.endedAt + laterMs } };
    default:
      return book;
  }
}

const anonymousOpening = (opening: CallOpening, name: string, laterMs: number): CallOpening => ({
  ...opening,
  id: `call_${name}` as CallId,
  carrierCallId: CARRIER_CALL[opening.carrier],
  from: NUMBER,
  to: NUMBER,
  openedAt: opening.openedAt + laterMs,
});

/** What an application is told of every call, and where it is, is the customer's own. */
function anonymousSetup(call: CallSetup): CallSetup {
  const dialog = call.dialog as {
    readonly kind?: unknown;
    readonly action?: unknown;
    readonly customParameters?: object;
  };
  if (dialog?.kind !== "relay") return call;
  const names = Object.keys(dialog.customParameters ?? {});
  const customParameters = Object.fromEntries(names.map((name) => [name, PARAMETER]));
  const { url, action } = RELAY;
  return { ...call, dialog: { ...dialog, url, ...(dialog.action !== undefined && { action }), customParameters } };
}

/** Keys that are to be sounded: pauses between them hide no number. */
const withoutKeys = (keys: string): string =>
  keys.replace(/\D/g, "").length < TELLING ? keys : keys.replace(/\d/g, ZERO_KEY.digit);

function withZero(entry: JournalEntry): JournalEntry {
  if ("in" in entry) return { ...entry, in: { ...entry.in, ...ZERO_KEY } };
  if (!("out" in entry)) return entry;
  const { fact } = entry.out as unknown as { readonly fact: DialogFact };
  return { ...entry, out: { ...entry.out, fact: { ...fact, ...ZERO_KEY } } as typeof entry.out };
}
