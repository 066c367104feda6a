import { type DigitWord, digitWord } from "./digit-words.ts";
import { fold } from "./fold.ts";

/**
 * Whose words a text is: `said`, typed or to be said, by or to people; `told` by a program about the call, such as a provider's
 * complaint, which is full of sizes and times; or the `name` of a thing, which somebody chose and others go by.
 */
export type TextSort = "said" | "told" | "name";

/** From how many digits on a number may tell who somebody is. */
export const TELLING = 4;

/** Zeros of the scripts whose digits are masked: ASCII, Arabic (two), the nine of India, full width. The other nine follow each. */
const ZEROS = [...[0x30, 0x660, 0x6f0, 0xff10], ...[0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66]];
const DIGITS = ZEROS.map((zero) => `${String.fromCodePoint(zero)}-${String.fromCodePoint(zero + 9)}`).join("");
const DIGIT = new RegExp(`[${DIGITS}]`, "gu");
const TOKEN = new RegExp(`(?<digits>[${DIGITS}]+)|[\\p{L}\\p{M}][\\p{L}\\p{M}\\u200B-\\u200D\\uFEFF]*`, "gu");
/** What may stand inside a number, written or dictated. A colon may not: times of day are no secret. */
const WITHIN = /^[\s\p{Cf}.,;।/()+_‐-―−-]*$/u;

/**
 * What programs tell of a call is full of sizes, times and codes, as "told 2800 ms again" and "closed with 1006": these count for
 * nothing there.
 */
const MEASURE =
  /(?<![\d.,])\d{1,7}(?:\.\d+)?(?= ?(?:ms|s|seconds|bytes|k?Hz)\b)|(?<=\b(?:closed with|code|error|HTTP|status)[ :]+)[134]\d{3}\b/giu;
/** Up to so many other words may stand within a number as it is dictated: "nine, and then eight". */
const FILLERS = 2;

/** How often the digit behind it counts. */
const TIMES = { double: 2, triple: 3 } as const;

/** A stretch of digits or a word. `gap` is what stands before it. Its place in the list of a text's tokens is its name. */
type Token = { readonly gap: string; readonly text: string; readonly counts: DigitWord | "digits" | undefined };
/** Tokens that are one number, and how many digits they come to. */
type Run = { readonly indices: readonly number[]; readonly digits: number };

function tokensOf(text: string, sort: TextSort = "said"): readonly Token[] {
  const measures = sort === "told" ? [...text.matchAll(MEASURE)] : [];
  const isMeasure = (at: number): boolean =>
    measures.some((measure) => at >= measure.index && at < measure.index + measure[0].length);
  let end = 0;
  return [...text.matchAll(TOKEN)].map((match) => {
    const gap = text.slice(end, match.index);
    end = match.index + match[0].length;
    const inDigits = match.groups?.["digits"] !== undefined;
    return { gap, text: match[0], counts: inDigits ? digitsUnless(isMeasure(match.index)) : digitWord(match[0]) };
  });
}

const digitsUnless = (isMeasure: boolean): Token["counts"] => (isMeasure ? undefined : "digits");

/** How many tokens a text has. */
export const tokenCount = (text: string): number => text.match(TOKEN)?.length ?? 0;

/** Which tokens of a text belong to numbers of at least so many digits, written in digits, in words, or in both. */
export function telling(text: string, atLeast = TELLING, sort: TextSort = "said"): ReadonlySet<number> {
  return new Set(
    runsIn(tokensOf(text, sort))
      .filter(({ digits }) => digits >= atLeast)
      .flatMap(({ indices }) => indices),
  );
}

/** The same of texts that were said one after the other, where a number may begin in one and end in another. */
export function tellingTogether(texts: readonly string[]): readonly ReadonlySet<number>[] {
  const all = telling(texts.join(" "));
  let first = 0;
  return texts.map((text) => {
    const from = first;
    first += tokenCount(text);
    return new Set([...all].filter((index) => index >= from && index < first).map((index) => index - from));
  });
}

/** The numbers in a text that tell who somebody is, and are not all zeros. */
export function numbersIn(text: string, sort: TextSort): readonly string[] {
  const tokens = tokensOf(text, sort);
  return shownAmong(runsIn(tokens), tokens);
}

/** The same of what is one only if a few other words may stand within it: "nine, then eight, um, four five", or "5 or 10 to 12". */
export function doubtfulNumbersIn(text: string, sort: TextSort): readonly string[] {
  const tokens = tokensOf(text, sort);
  const plain = numbersIn(text, sort);
  const isTime = ({ indices }: Run): boolean =>
    [indices[0] ?? 0, (indices.at(-1) ?? 0) + 1].some((index) => tokens[index]?.gap === ":");
  const runs = runsIn(tokens).filter((run) => !isTime(run));
  return shownAmong(bridged(runs, tokens), tokens).filter((number) => !plain.includes(number));
}

function shownAmong(runs: readonly Run[], tokens: readonly Token[]): readonly string[] {
  return runs
    .filter(({ digits }) => digits >= TELLING)
    .filter(({ indices }) => !indices.flatMap((index) => tokens[index] ?? []).every(isZero))
    .map(({ indices }) => tokens.slice(indices[0], (indices.at(-1) ?? 0) + 1))
    .map((run) => run.map(({ gap, text }, index) => (index === 0 ? text : gap + text)).join(""));
}

function bridged(runs: readonly Run[], tokens: readonly Token[]): readonly Run[] {
  const all: number[][] = [];
  for (const { indices } of runs) {
    const before = all.at(-1);
    const between = tokens.slice((before?.at(-1) ?? 0) + 1, (indices[0] ?? 0) + 1);
    const isOne = between.length <= FILLERS + 1 && between.every(({ gap }) => WITHIN.test(gap));
    if (before && isOne) before.push(...indices);
    else all.push([...indices]);
  }
  return all.map((indices) => runOf(indices, tokens));
}

/**
 * What an early guess at a text has in common with it, token by token from the start, is masked as in the text; behind that, where
 * the text had anything masked, whatever counts is: it may be the beginning of a number that was to come.
 */
export function tellingInGuess(guess: string, text: string, inText: ReadonlySet<number>): ReadonlySet<number> {
  const tokens = tokensOf(guess);
  const final = tokensOf(text);
  const differs = tokens.findIndex((token, index) => fold(token.text) !== fold(final[index]?.text ?? ""));
  const common = differs < 0 ? tokens.length : differs;
  const isTelling = (token: Token, index: number): boolean =>
    index < common ? inText.has(index) : inText.size > 0 && token.counts !== undefined;
  return new Set([...telling(guess), ...tokens.flatMap((token, index) => (isTelling(token, index) ? [index] : []))]);
}

/**
 * The text with these tokens made zeros: digits of their own script, one for one, so that a dialog's patterns find a number of the
 * same length in the same writing, and number words the zero of their language, so that somebody still dictates. `double` tells
 * nothing by itself, and stays.
 */
export function masked(text: string, tokens: ReadonlySet<number>): string {
  let index = -1;
  return text.replace(TOKEN, (token) => {
    index++;
    return tokens.has(index) ? zeros(token) : token;
  });
}

/** The text with `stand` in place of every number of at least so many digits, written in digits, in words, or in both. */
export function withoutNumbers(text: string, stand: string, sort: TextSort = "said", atLeast = TELLING): string {
  const tokens = tokensOf(text, sort);
  const numbers = runsIn(tokens).filter(({ digits }) => digits >= atLeast);
  const within = new Set(numbers.flatMap(({ indices }) => indices));
  const first = new Set(numbers.map(({ indices }) => indices[0]));
  const kept = tokens.map(({ gap, text }, index) => {
    if (!within.has(index)) return gap + text;
    return first.has(index) ? gap + stand : "";
  });
  return kept.join("") + text.slice(tokens.reduce((sum, token) => sum + token.gap.length + token.text.length, 0));
}

function zeros(token: string): string {
  const word = digitWord(token);
  if (!word) return token.replace(DIGIT, zeroOf);
  return word.kind in TIMES ? token : word.zero;
}

function zeroOf(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  return String.fromCodePoint(ZEROS.find((zero) => point >= zero && point <= zero + 9) ?? point);
}

function isZero({ text, counts }: Token): boolean {
  if (counts === "digits") return text.replace(DIGIT, zeroOf) === text;
  return counts !== undefined && (counts.isZero || counts.kind in TIMES);
}

/** The longest stretches of tokens that count, with nothing but separators between them. */
function runsIn(tokens: readonly Token[]): readonly Run[] {
  const runs: number[][] = [];
  for (const [index, token] of tokens.entries()) {
    if (!countsHere(tokens, index)) continue;
    const run = runs.at(-1);
    if (run?.at(-1) === index - 1 && WITHIN.test(token.gap)) run.push(index);
    else runs.push([index]);
  }
  return runs.map((indices) => runOf(indices, tokens));
}

const runOf = (indices: readonly number[], tokens: readonly Token[]): Run => ({
  indices,
  digits: digitsOf(indices.flatMap((index) => tokens[index] ?? [])),
});

/** `double` counts only with something behind it that does, a doubtful word only beside one of its language. */
function countsHere(tokens: readonly Token[], index: number): boolean {
  const counts = tokens[index]?.counts;
  if (counts === undefined || counts === "digits") return counts !== undefined;
  const before = neighbour(tokens[index], tokens[index - 1]);
  const behind = neighbour(tokens[index + 1], tokens[index + 1]);
  if (counts.kind in TIMES) return behind !== undefined;
  return !counts.isDoubtful || [before, behind].some((it) => it !== "digits" && it?.zero === counts.zero);
}

/** What a token beside another counts for, if no more than what may stand within a number is between them, before `later`. */
const neighbour = (later: Token | undefined, token: Token | undefined): Token["counts"] =>
  later && WITHIN.test(later.gap) ? token?.counts : undefined;

function digitsOf(run: readonly Token[]): number {
  return run.reduce((sum, token, index) => sum + worth(token, run[index - 1]), 0);
}

/** How many digits a token adds: `hundred` two to what stands before it, and what it or a ten takes in adds none. */
function worth({ text, counts }: Token, before: Token | undefined): number {
  if (counts === "digits" || counts === undefined) return text.length;
  const last = before?.counts === "digits" ? undefined : before?.counts?.kind;
  switch (counts.kind) {
    case "unit":
      return last === "tens" || last === "hundred" ? 0 : 1;
    case "pair":
    case "tens":
      return last === "hundred" ? 0 : 2;
    case "hundred":
      return last === "unit" || last === "pair" || last === "tens" ? 2 : 3;
    case "double":
    case "triple":
      return TIMES[counts.kind] - 1;
  }
}
