/** What a pattern found in the caller's words: the captured stretches by name, as the caller said them. */
export type Captures = Readonly<Record<string, string>>;

/** Looks for its pattern in words; `undefined` when it is not there. */
export type Pattern = { readonly names: readonly string[]; readonly find: (words: Words) => Captures | undefined };

/** What was said, cut into words: as spoken, and folded so that spellings of one word are one. */
export type Words = { readonly spoken: readonly string[]; readonly folded: string };

/** Callers' words beyond this are not searched: patterns may be slow on endless text. */
const SEARCHED = 1000;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;
const PART = /\{(?<name>[\p{L}_][\p{L}\p{M}\p{N}_]*)\}|(?<word>[\p{L}\p{M}\p{N}*]+(?:['’][\p{L}\p{M}*]+)*)/gu;

export function wordsOf(text: string): Words {
  const spoken = joined(text).slice(0, SEARCHED).match(WORD) ?? [];
  return { spoken, folded: spoken.map((word) => ` ${fold(word)}`).join("") };
}

/**
 * Words found anywhere in what was said, next to each other, whole: `bye` is not found in "bypass". Case, punctuation and Indic
 * spelling variants (nukta, chandrabindu) do not matter. `*` alone stands for any words or none, within a word for any letters;
 * `{name}` catches one or more words, up to the pattern's next word or the end. `undefined` when there is no word in it.
 */
export function pattern(source: string): Pattern | undefined {
  const parts = [...joined(source).matchAll(PART)].map((match) => match.groups ?? {});
  if (parts.length === 0) return undefined;
  const names = parts.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const regex = new RegExp(
    `${parts.map((part, index) => partRegex(part, index === parts.length - 1)).join("")}(?= |$)`,
    "du",
  );
  return { names, find: (words) => find(regex, names, words) };
}

/** Every word of the text to search is preceded by one space: a part matches its own space and itself. */
function partRegex({ name, word }: Readonly<Record<string, string | undefined>>, last: boolean): string {
  if (name !== undefined) return last ? " (.+)" : "((?: [^ ]+)+?)";
  if (word === "*") return "(?: [^ ]+)*?";
  return ` ${fold(word ?? "").replaceAll("*", "[^ ]*")}`;
}

function find(regex: RegExp, names: readonly string[], { spoken, folded }: Words): Captures | undefined {
  const match = regex.exec(folded);
  if (!match) return undefined;
  const caught = names.map((name, index) => {
    const [from, to] = match.indices?.[index + 1] ?? [0, 0];
    const first = wordsBefore(folded, folded[from] === " " ? from : from - 1);
    return [name, spoken.slice(first, wordsBefore(folded, to)).join(" ")];
  });
  return Object.fromEntries(caught);
}

const wordsBefore = (folded: string, index: number): number => folded.slice(0, index).split(" ").length - 1;

/** Zero-width joiners change the shape of a letter, not the word. */
const joined = (text: string): string => text.normalize("NFC").replace(/[\u200B-\u200D\uFEFF]/gu, "");

/** One spelling for all: no case, no nukta (फ़ोन, फोन), anusvara for chandrabindu (कहाँ, कहां). */
function fold(word: string): string {
  return word
    .normalize("NFD")
    .toLowerCase()
    .replace(/[\u093C\u09BC\u0A3C\u0ABC\u0B3C]/gu, "")
    .replaceAll("\u0901", "\u0902")
    .normalize("NFC")
    .replaceAll("’", "'");
}
