import type { Language } from "../record/record.ts";

const SCRIPTS: Readonly<Record<Language, RegExp>> = {
  "hi-IN": /\p{Script=Devanagari}/u,
  "mr-IN": /\p{Script=Devanagari}/u,
  "en-IN": /\p{Script=Latin}/u,
  "bn-IN": /\p{Script=Bengali}/u,
  "ta-IN": /\p{Script=Tamil}/u,
  "te-IN": /\p{Script=Telugu}/u,
  "kn-IN": /\p{Script=Kannada}/u,
  "ml-IN": /\p{Script=Malayalam}/u,
  "gu-IN": /\p{Script=Gujarati}/u,
  "pa-IN": /\p{Script=Gurmukhi}/u,
  "od-IN": /\p{Script=Oriya}/u,
};

/**
 * Whether a text need not be translated: it has no letters, or all are of this language's script. Scripts that two languages share
 * prove it only where the call was held in this one (`spoken`).
 */
export function writtenIn(text: string, language: Language, spoken: string): boolean {
  const letters = text.match(/\p{Letter}/gu) ?? [];
  if (letters.length === 0) return true;
  const script = SCRIPTS[language];
  if (!letters.every((letter) => script.test(letter))) return false;
  const shared = Object.values(SCRIPTS).filter(({ source }) => source === script.source).length > 1;
  return !shared || spoken === language;
}

/** The text in pieces of at most so many characters, cut behind sentences where it can be, else between words, else anywhere. */
export function pieces(text: string, most: number): readonly string[] {
  const found: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const head = rest.slice(0, most);
    const cut = [/^[\s\S]*[.?!।॥](?=\s)/u, /^[\s\S]*(?=\s)/u].map((end) => end.exec(head)?.[0].length ?? 0);
    // No half of a surrogate pair is left behind.
    const anywhere = /[\ud800-\udbff]$/.test(head) ? most - 1 : most;
    const length = cut.find((at) => at > 0) ?? anywhere;
    found.push(rest.slice(0, length).trim());
    rest = rest.slice(length).trim();
  }
  return rest === "" ? found : [...found, rest];
}
