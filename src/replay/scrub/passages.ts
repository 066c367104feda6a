import type { DialogFact } from "../../dialog/dialog.ts";
import type { JournalEntry } from "../../journal/journal.ts";
import { masked, telling, tellingTogether } from "../../record/numbers/numbers.ts";
import { textsIn } from "./fields.ts";
import { agree, type Guess, learn, type Secrets } from "./joins.ts";

/** What a call's texts must not show, found in its whole course. */
type Passages = {
  /** A text of the call without its numbers. The same for the same text, and of texts joined what it is of each of them. */
  readonly mask: (text: string) => string;
  /** Key presses that were part of a number, and what a free dialog was told of them. */
  readonly secretKeys: ReadonlySet<JournalEntry>;
};

/** As much of the events as matters here. */
type Heard = { readonly kind: "partial" | "final"; readonly utterance: number; readonly text: string };
type Generated = { readonly kind: "generated"; readonly generation: number; readonly text: string };
type Key = { readonly kind: "key"; readonly digit: string };
type Written = { readonly kind: "text"; readonly text: string };
type Event = Heard | Generated | Key | Written | { readonly kind: "timer"; readonly timer: string };
type Seen = { readonly event: Event; readonly entry: JournalEntry };

/** What the caller made known in one go: an utterance, with the ear's guesses at it, or a key. */
type Part = {
  readonly text: string;
  readonly isKey: boolean;
  readonly final: boolean;
  readonly guesses: Set<string>;
  readonly entry: JournalEntry;
};

/**
 * `trimmed`: texts as the call compares them, without names and without blanks around them. A number may be dictated in several
 * utterances, by several keys, or in both, so all the caller made known is read as one text; the agent's texts are read by reply.
 */
export function readPassages(entries: readonly JournalEntry[], trimmed: (text: string) => string): Passages {
  const seen = entries.flatMap((entry) => ("in" in entry ? [{ event: entry.in as Event, entry }] : []));
  const secrets: Secrets = new Map();
  const guesses = [...readCaller(seen, secrets, trimmed), ...readInterruptions(entries, secrets, trimmed)];
  readAgent(seen, secrets, trimmed);
  const texts = textsIn(entries).filter(({ sort }) => sort !== "name");
  agree(secrets, new Set(texts.map(({ text }) => trimmed(text))), guesses);
  const secretKeys = typed(seen).flatMap((keys) => keysIn(keys, secrets.get(digits(keys)) ?? new Set()));
  return {
    mask: (text) => masked(text, secrets.get(text) ?? telling(text)),
    secretKeys: withFacts(entries, new Set(secretKeys)),
  };
}

function readCaller(seen: readonly Seen[], secrets: Secrets, trimmed: (text: string) => string): readonly Guess[] {
  const parts = partsOf(seen, trimmed);
  const found = tellingTogether(parts.map(({ text }) => text));
  const secretKeys = new Set<JournalEntry>();
  for (const [index, part] of parts.entries()) {
    const tokens = found[index] ?? new Set();
    if (!part.isKey) learn(secrets, part.text, tokens);
    else if (tokens.size > 0) secretKeys.add(part.entry);
  }
  for (const keys of typed(seen)) {
    const secret = keys.some(({ entry }) => secretKeys.has(entry));
    learn(secrets, digits(keys), secret ? telling(digits(keys), 1) : new Set());
  }
  return parts.flatMap(({ text, guesses }) => [...guesses].map((guess) => ({ guess, text })));
}

function readAgent(seen: readonly Seen[], secrets: Secrets, trimmed: (text: string) => string): void {
  const replies = new Map<number, string[]>();
  for (const { event } of seen) {
    if (event.kind !== "generated") continue;
    replies.set(event.generation, [...(replies.get(event.generation) ?? []), trimmed(event.text)]);
  }
  for (const texts of replies.values()) {
    const found = tellingTogether(texts);
    for (const [index, text] of texts.entries()) learn(secrets, text, found[index] ?? new Set());
  }
}

/**
 * What the caller had heard of a reply when they cut in, as a free dialog was told: the beginning of its texts, cut anywhere.
 * That is known of it as of an early guess.
 */
function readInterruptions(
  entries: readonly JournalEntry[],
  secrets: Secrets,
  trimmed: (text: string) => string,
): readonly Guess[] {
  let texts: string[] = [];
  return entries.flatMap((entry) => {
    if ("in" in entry) {
      const event = entry.in as Event;
      if (event.kind === "generated" && event.text !== "") texts.push(trimmed(event.text));
    }
    if (!("out" in entry)) return [];
    if (entry.out.do === "start-reply") texts = [];
    const fact = factIn(entry);
    if (fact?.kind !== "interrupted" || fact.heard === "") return [];
    const text = texts.join(" ");
    learn(secrets, text, new Set());
    return [{ guess: trimmed(fact.heard), text }];
  });
}

/** The keys, and what was told of each right behind it. */
function withFacts(entries: readonly JournalEntry[], keys: ReadonlySet<JournalEntry>): ReadonlySet<JournalEntry> {
  let isSecret = false;
  const facts = entries.filter((entry) => {
    if ("in" in entry) isSecret = keys.has(entry);
    return isSecret && factIn(entry)?.kind === "key";
  });
  return new Set([...keys, ...facts]);
}

const factIn = (entry: JournalEntry): DialogFact | undefined =>
  "out" in entry && entry.out.do === "tell-dialog"
    ? (entry.out as unknown as { readonly fact: DialogFact }).fact
    : undefined;

/** In the order in which they counted. Of an utterance that is its first final with words in it, or else its last partial. */
function partsOf(seen: readonly Seen[], trimmed: (text: string) => string): readonly Part[] {
  const open = new Map<number, Part>();
  const parts: Part[] = [];
  for (const { event, entry } of seen) {
    const typed = typedIn(event, trimmed);
    if (typed !== "") parts.push({ text: typed, isKey: event.kind === "key", final: true, guesses: new Set(), entry });
    if (event.kind !== "partial" && event.kind !== "final") continue;
    const text = trimmed(event.text);
    if (text === "") continue;
    const before = open.get(event.utterance);
    const guesses = before?.guesses ?? new Set();
    guesses.add(text);
    if (before?.final) continue;
    // It moves to where it was last heard of.
    if (before) parts.splice(parts.indexOf(before), 1);
    const part = { text, isKey: false, final: event.kind === "final", guesses, entry };
    open.set(event.utterance, part);
    parts.push(part);
  }
  return parts;
}

/** What the caller made known without a word: a key, or something written. */
function typedIn(event: Event, trimmed: (text: string) => string): string {
  if (event.kind === "key") return isDigit(event.digit) ? event.digit : "";
  return event.kind === "text" ? trimmed(event.text) : "";
}

/** Keys as the call took them for words: up to a `#`, or a pause, or the end. */
function typed(seen: readonly Seen[]): readonly (readonly Seen[])[] {
  const taken: Seen[][] = [[]];
  for (const one of seen) {
    const { event } = one;
    const keys = taken.at(-1) ?? [];
    const ends = event.kind === "key" ? event.digit === "#" : event.kind === "timer" && event.timer === "keys";
    if (ends && keys.length > 0) taken.push([]);
    else if (event.kind === "key") keys.push(one);
  }
  return taken.filter((keys) => keys.length > 0);
}

const digits = (keys: readonly Seen[]): string =>
  keys.map(({ event }) => (event.kind === "key" ? event.digit : "")).join("");

/** Those of the keys that are in these tokens of the text they make: the digits between two stars are one token. */
function keysIn(keys: readonly Seen[], tokens: ReadonlySet<number>): readonly JournalEntry[] {
  let token = -1;
  let before = "";
  return keys.flatMap(({ event, entry }) => {
    if (event.kind !== "key") return [];
    if (isDigit(event.digit) && !isDigit(before)) token++;
    before = event.digit;
    return isDigit(before) && tokens.has(token) ? [entry] : [];
  });
}

const isDigit = (key: string): boolean => /\d/.test(key);
