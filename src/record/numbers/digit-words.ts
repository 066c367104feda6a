import { fold, looseFold } from "./fold.ts";
import { LEXICONS, type Lexicon } from "./lexicons.ts";

/**
 * A word people count with. `pair`: a number of two digits. `tens`: one that takes a following unit in (twenty, one: 21). `double`
 * and `triple`: the digit behind it, more than once. `zero`: what its language calls zero.
 */
export type DigitWord = {
  readonly kind: "unit" | "pair" | "tens" | "hundred" | "double" | "triple";
  readonly zero: string;
  readonly isZero: boolean;
  /** It is a word of English too, and counts only beside another of its language: "nau do", but not "98450, do you". */
  readonly isDoubtful: boolean;
};

const ENGLISH_TOO: ReadonlySet<string> = new Set("do be don sat char tin das dus bees tees sola".split(" "));

/** Short words by their spelling, long ones, which everybody spells differently, by what is left of it. */
const exact = new Map<string, DigitWord>();
const loose = new Map<string, DigitWord>();
const stems = new Map<string, string>();
for (const lexicon of LEXICONS) read(lexicon);

const looked = new Map<string, DigitWord | undefined>();

/** What a word counts for, in any of the languages and their usual Latin spellings; `undefined` for all other words. */
export function digitWord(word: string): DigitWord | undefined {
  // A call says the same words over and over, and folding them is what takes long.
  if (!looked.has(word)) looked.set(word, look(word));
  return looked.get(word);
}

function look(word: string): DigitWord | undefined {
  const folded = looseFold(word);
  return exact.get(fold(word)) ?? loose.get(folded) ?? onStem(folded);
}

/** In the south, 21 to 99 are the tens with a unit grown on, in many spellings: what the word begins with is enough. */
function onStem(word: string): DigitWord | undefined {
  for (const [stem, zero] of stems) {
    if (!word.startsWith(stem)) continue;
    return { kind: word.length - stem.length <= 1 ? "tens" : "pair", zero, isZero: false, isDoubtful: false };
  }
  return undefined;
}

function read({
  zero,
  units,
  pairs = "",
  tens = "",
  grown = "",
  hundred = "",
  double = "",
  triple = "",
}: Lexicon): void {
  const called = zero.split(" ")[0] ?? zero;
  const learn = (words: string, into: Map<string, DigitWord>, key: typeof fold, kind: DigitWord["kind"]): void => {
    for (const word of words.split(/[\s/]+/u)) {
      const known = into.has(key(word)) || word === "";
      if (!known)
        into.set(key(word), { kind, zero: called, isZero: words === zero, isDoubtful: ENGLISH_TOO.has(word) });
    }
  };
  learn(zero, exact, fold, "unit");
  learn(units, exact, fold, "unit");
  learn(hundred, exact, fold, "hundred");
  learn(double, exact, fold, "double");
  learn(triple, exact, fold, "triple");
  learn(pairs, loose, looseFold, "pair");
  learn(tens, loose, looseFold, "tens");
  for (const stem of grown.split(/\s+/u)) if (stem !== "") stems.set(looseFold(stem), called);
}
