import { masked, telling, tellingInGuess, tokenCount } from "../../record/numbers/numbers.ts";

/** Texts of a call, and which of their tokens must not be shown. */
export type Secrets = Map<string, ReadonlySet<number>>;
/** An early guess of the ear's at what an utterance turned out to be. */
export type Guess = { readonly guess: string; readonly text: string };
/** A known text within another, from that token of it on. */
type Part = { readonly text: string; readonly first: number };

/** The same text may have been said twice, once within a number. True when that was news. */
export function learn(secrets: Secrets, text: string, tokens: ReadonlySet<number>): boolean {
  const known = secrets.get(text);
  const all = new Set([...(known ?? []), ...tokens]);
  secrets.set(text, all);
  return all.size > (known?.size ?? 0);
}

/**
 * The call joins what it hears, and what it generates, with blanks. What was found in a text that is joined from known ones holds
 * for them too, and the other way round, until all agree: then a scrubbed call joins what its scrubbed journal says it joined.
 */
export function agree(secrets: Secrets, texts: ReadonlySet<string>, guesses: readonly Guess[]): void {
  for (const { guess } of guesses) learn(secrets, guess, new Set());
  const byStart = grouped([...secrets.keys()]);
  const joined = [...new Set([...texts, ...secrets.keys()])].map((text) => ({ text, parts: partsOf(text, byStart) }));
  // Every pass that brings news hides one token more, of which there are only so many.
  let news = true;
  while (news) {
    const newsOfGuesses = guesses.map(({ guess, text }) =>
      learn(secrets, guess, tellingInGuess(guess, text, of(text))),
    );
    const newsOfTexts = joined.map(({ text, parts }) => agreeOn(secrets, text, parts));
    news = [...newsOfGuesses, ...newsOfTexts].includes(true);
  }

  function of(text: string): ReadonlySet<number> {
    return secrets.get(text) ?? new Set();
  }
}

function agreeOn(secrets: Secrets, text: string, parts: readonly Part[]): boolean {
  const hidden = new Set(parts.flatMap((it) => [...(secrets.get(it.text) ?? [])].map((token) => token + it.first)));
  // A word that counts for a number only in company is a zero here too, and may make one of what stands beside it.
  const shown = masked(text, new Set([...hidden, ...(secrets.get(text) ?? [])]));
  const news = learn(secrets, text, new Set([...hidden, ...telling(shown)]));
  const all = [...(secrets.get(text) ?? [])];
  const newsOfParts = parts.map((part) => {
    const end = part.first + tokenCount(part.text);
    const own = all.filter((token) => token >= part.first && token < end).map((token) => token - part.first);
    return learn(secrets, part.text, new Set(own));
  });
  return news || newsOfParts.includes(true);
}

/** All known texts that a text can be joined from, in whichever way. */
function partsOf(text: string, byStart: ReadonlyMap<string, readonly string[]>): readonly Part[] {
  const parts: Part[] = [];
  const leadsToEnd = new Map<number, boolean>([[text.length, true]]);
  const walk = (at: number, first: number): boolean => {
    const before = leadsToEnd.get(at);
    if (before !== undefined) return before;
    const here = (byStart.get(startOf(text, at)) ?? []).filter((part) => {
      const end = at + part.length;
      if (!text.startsWith(part, at) || (end < text.length && !isBlank(text, end))) return false;
      return walk(behindBlanks(text, end), first + tokenCount(part));
    });
    parts.push(...here.map((part) => ({ text: part, first })));
    leadsToEnd.set(at, here.length > 0);
    return here.length > 0;
  };
  walk(0, 0);
  return parts;
}

function grouped(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const start = startOf(text, 0);
    groups.set(start, [...(groups.get(start) ?? []), text]);
  }
  return groups;
}

/** What stands before the next blank. */
const startOf = (text: string, at: number): string => text.slice(at).match(/^\S*/u)?.[0] ?? "";
const isBlank = (text: string, at: number): boolean => /\s/u.test(text[at] ?? "");

function behindBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && isBlank(text, next)) next++;
  return next;
}
