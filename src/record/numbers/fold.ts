/** The scripts of India repeat one table of letters, 0x80 apart; the same letter stands at the same offset in each. */
const BLOCKS = [0x0900, 0x0980, 0x0a00, 0x0a80, 0x0b00, 0x0b80, 0x0c00, 0x0c80, 0x0d00];
const CHANDRABINDU = 0x01;
const ANUSVARA = 0x02;
const NUKTA = 0x3c;
const HA = 0x39;
const VIRAMA = 0x4d;

const everywhere = (...offsets: readonly number[]): string =>
  `[${offsets.flatMap((offset) => BLOCKS.map((block) => String.fromCodePoint(block + offset))).join("")}]`;
const pattern = (source: string): RegExp => new RegExp(source, "gu");

const NUKTAS = pattern(everywhere(NUKTA));
const CHANDRABINDUS = pattern(everywhere(CHANDRABINDU));
/** ṅ, ñ, ṇ, n, m before a consonant, which may as well be written as an anusvara. */
const NASALS = pattern(
  `${everywhere(0x19, 0x1e, 0x23, 0x28, 0x29, 0x2e)}${everywhere(VIRAMA)}(?=${everywhere(...span(0x15, HA))})`,
);
/** Signs that are written or left out as one likes; with them Gurmukhi's small h. */
const SILENT = pattern(`\u0a4d\u0a39|${everywhere(VIRAMA, ANUSVARA)}`);

/** Malayalam's letters of their own for a consonant without a vowel; Gurmukhi's second anusvara and its doubling sign; Odia's y. */
const ODD: Readonly<Record<string, string>> = {
  ...{ ൺ: "ണ്", ൻ: "ന്", ർ: "ര്", ൽ: "ല്", ൾ: "ള്", ൿ: "ക്" },
  "\u0a70": "\u0a02",
  "\u0a71": "",
  "\u0b5f": "\u0b2f",
};
const ODD_LETTERS = pattern(`[${Object.keys(ODD).join("")}]`);

/** Letters that spellings of one word confuse: long and short vowels, aspirates, the three s, the n, l and r, b and v. */
const CONFUSED: ReadonlyMap<number, number> = new Map([
  ...[0x40, 0x42, 0x48, 0x4c, 0x08, 0x0a, 0x10, 0x14].map((long) => [long, long - 1] as const),
  ...[0x16, 0x18, 0x1b, 0x1d, 0x20, 0x22, 0x25, 0x27, 0x2b, 0x2d].map((aspirate) => [aspirate, aspirate - 1] as const),
  ...[0x36, 0x37].map((s) => [s, 0x38] as const),
  ...[0x23, 0x29].map((n) => [n, 0x28] as const),
  [0x33, 0x32],
  [0x31, 0x30],
]);
const B = 0x2c;
const V = 0x35;

/**
 * One spelling for all of a word: no case, no joiners, no nukta (फ़ोन, फोन), anusvara for chandrabindu (कहाँ, कहां) and for a nasal
 * before a consonant (पन्द्रह, पंद्रह). The dialog's patterns fold the first four too, so words they hold for one are one here.
 */
export function fold(word: string): string {
  return word
    .normalize("NFD")
    .toLowerCase()
    .replace(/[\u200B-\u200D\uFEFF]/gu, "")
    .replace(NUKTAS, "")
    .normalize("NFC")
    .replace(ODD_LETTERS, (letter) => ODD[letter] ?? letter)
    .replace(CHANDRABINDUS, (sign) => shifted(sign, 1))
    .replace(NASALS, (nasal) => String.fromCodePoint(blockOf(nasal) + ANUSVARA))
    .replaceAll("’", "'");
}

/**
 * What is left of a long word when nobody can spell it: अट्ठावन, अठ्ठावन and अठावन are one, and so are ikkis and ikkees. Too coarse for
 * words of one syllable.
 */
export function looseFold(word: string): string {
  const letters = [...fold(word).replace(SILENT, "")].map(unconfused).join("");
  return letters
    .replaceAll("ee", "i")
    .replaceAll("oo", "u")
    .replaceAll("w", "v")
    .replace(/(\p{L})\1+/gu, "$1")
    .replace(/(?<=[a-z])h$/u, "")
    .replace(/(?<=\u0b38)\u0b3f$/u, ""); // ବାଇଶ and ବାଇଶି
}

function unconfused(letter: string): string {
  const block = blockOf(letter);
  if (!BLOCKS.includes(block)) return letter;
  const offset = (letter.codePointAt(0) ?? 0) - block;
  const plain = CONFUSED.get(offset) ?? offset;
  return String.fromCodePoint(block + (plain === B ? V : plain));
}

const blockOf = (letter: string): number => (letter.codePointAt(0) ?? 0) & ~0x7f;
const shifted = (letter: string, by: number): string => String.fromCodePoint((letter.codePointAt(0) ?? 0) + by);

function span(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
