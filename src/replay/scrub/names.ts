import { fold } from "../../record/numbers/fold.ts";

const WORD = /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}\u200B-\u200D\uFEFF]*(?:['’][\p{L}\p{M}]+)*/gu;

/** E-mail addresses, and payment addresses such as `x@okaxis`. */
const ADDRESS = /[\p{L}\p{M}\p{N}._%+-]+@(?=[\p{N}-]*\p{L})[\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)*/gu;
/** What stands for them: the domain is one that nobody can own, the bank is none. */
const MAIL = "name@example.com";
const PAYMENT = "name@bank";

/**
 * What stands for a name is written in the name's own script, and is one word where there was one: a dialog answers in the
 * caller's script, and its patterns count words. It has no digits, which would be taken for numbers.
 */
const STEMS: readonly { readonly script: RegExp; readonly stem: string; readonly block: number }[] = [
  { script: /\p{Script=Devanagari}/u, stem: "नाम", block: 0x0900 },
  { script: /\p{Script=Bengali}/u, stem: "নাম", block: 0x0980 },
  { script: /\p{Script=Gurmukhi}/u, stem: "ਨਾਮ", block: 0x0a00 },
  { script: /\p{Script=Gujarati}/u, stem: "નામ", block: 0x0a80 },
  { script: /\p{Script=Oriya}/u, stem: "ନାମ", block: 0x0b00 },
  { script: /\p{Script=Tamil}/u, stem: "பெயர்", block: 0x0b80 },
  { script: /\p{Script=Telugu}/u, stem: "పేరు", block: 0x0c00 },
  { script: /\p{Script=Kannada}/u, stem: "ಹೆಸರು", block: 0x0c80 },
  { script: /\p{Script=Malayalam}/u, stem: "പേര്", block: 0x0d00 },
];
/** Ten letters that all of these have, at the same offsets: pa, ta, ca, ṭa, ya, ra, la, ma, na, ha. */
const LETTERS = [0x2a, 0x24, 0x1a, 0x1f, 0x2f, 0x30, 0x32, 0x2e, 0x28, 0x39];

/**
 * Puts what stands for them in place of names and addresses. Blanks stay as they are, and so does everything else.
 *
 * `words`: what nobody may read, as whole words in whatever case and spelling; several in one string are as many words. `*`
 * within a word is any letters, as in a dialog's patterns: `रमेश*` is रमेश and रमेशला. The same word always gets the same name.
 */
export function renaming(words: readonly string[]): (text: string) => string {
  const renamed = renamingWord(words);
  return (text) => text.replace(ADDRESS, standIn).replace(WORD, renamed);
}

/** Finds which of these words are in a text, as they stand there. */
export function seeking(words: readonly string[]): (text: string) => readonly string[] {
  const renamed = renamingWord(words);
  return (text) => (text.match(WORD) ?? []).filter((word) => renamed(word) !== word);
}

function renamingWord(words: readonly string[]): (word: string) => string {
  const secrets = [...new Set(words.flatMap(partsOf))].map(matcher);
  if (secrets.length === 0) return (word) => word;
  const nameOf = (word: string): string | undefined => {
    const folded = fold(word);
    const index = secrets.findIndex((secret) => secret.test(folded));
    return index < 0 ? undefined : placeholder(word, index);
  };
  return (word) => nameOf(word) ?? withoutEnding(word, nameOf) ?? word;
}

/** The addresses in a text that are not our own. */
export function addressesIn(text: string): readonly string[] {
  return (text.match(ADDRESS) ?? []).filter((address) => address !== MAIL && address !== PAYMENT);
}

const standIn = (address: string): string => (address.slice(address.indexOf("@")).includes(".") ? MAIL : PAYMENT);

/** `Ramesh's`: the name is in front of the apostrophe. */
function withoutEnding(word: string, nameOf: (word: string) => string | undefined): string | undefined {
  const at = Math.max(word.lastIndexOf("'"), word.lastIndexOf("’"));
  const name = at < 0 ? undefined : nameOf(word.slice(0, at));
  return name === undefined ? undefined : name + word.slice(at);
}

const partsOf = (words: string): readonly string[] =>
  (words.match(/[\p{L}\p{M}\p{N}*\u200B-\u200D\uFEFF]+(?:['’][\p{L}\p{M}*]+)*/gu) ?? [])
    .map(fold)
    .filter((word) => /[^*]/u.test(word));

const matcher = (word: string): RegExp => new RegExp(`^${word.replaceAll("*", "[^ ]*")}$`, "u");

function placeholder(word: string, index: number): string {
  const script = STEMS.find(({ script }) => script.test(word));
  const digits = [...String(index)].map(Number);
  if (!script) return `Name${digits.map((digit) => String.fromCodePoint(0x41 + digit)).join("")}`;
  const letters = digits.map((digit) => String.fromCodePoint(script.block + (LETTERS[digit] ?? 0)));
  return script.stem + letters.join("");
}
