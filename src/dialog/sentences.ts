/** A text is only cut at a clause once it is this long (UTF-16 units) … */
const LONG = 120;
/** … and then at the first clause mark from here on, so that speech starts early and a barge-in is told finely. */
const CLAUSE_FROM = 80;
/** Text without any mark is cut at a space before this: speech providers refuse endless texts. */
const LONGEST = 400;
/** Shorter than this is not worth a voice of its own ("Ok.") and is joined to what follows. */
const FRAGMENT = 12;

/** A possible end: sentence marks of the scripts spoken here, with closing quotes, brackets and emphasis; or a line's end. */
const ENDS = /[.!?…؟।॥۔]+["'”’»)\]}*_`]*|\n/gu;
const CLAUSES = /[,;:،؛](?=\s)|[—–](?=[^\d])/gu;

/** A stop after these ends no sentence. */
const ABBREVIATIONS = new Set(
  "dr mr mrs ms prof shri smt sr jr st rs lt col gen capt vs e.g i.e approx pvt dept govt डॉ रु प्रो श्री".split(" "),
);
/** A stop after these ends no sentence when a number follows: "No. 7". */
const COUNTERS = new Set("no nos fig vol art sec नं सं क्र".split(" "));

/**
 * Cuts words into sentences while they are still being written: each is given out as soon as it is surely complete, clean
 * enough to be spoken. How the words are split into tokens changes nothing. Ends when `tokens` ends; its errors pass through.
 */
export async function* sentences(tokens: AsyncIterable<string>): AsyncGenerator<string> {
  let text = "";
  for await (const token of tokens) {
    text = (text + token).trimStart();
    for (let cut = nextCut(text, false); cut > 0; cut = nextCut(text, false)) {
      const sentence = speakable(text.slice(0, cut));
      text = text.slice(cut).trimStart();
      if (sentence) yield sentence;
    }
  }
  yield* splitSentences(text);
}

/** The same for a text that is already whole. */
export function splitSentences(whole: string): readonly string[] {
  const result: string[] = [];
  let text = whole.trimStart();
  while (text) {
    const cut = nextCut(text, true) || text.length;
    const sentence = speakable(text.slice(0, cut));
    if (sentence) result.push(sentence);
    text = text.slice(cut).trimStart();
  }
  return result;
}

/** How much of `text` is surely one sentence; 0 while that cannot be known without more text. */
function nextCut(text: string, ended: boolean): number {
  const end = firstEnd(text, ended);
  if (end.at <= LONG) return end.sure ? end.at : 0;
  if (text.length <= LONG) return 0;
  const clause = firstClause(text, end.at);
  if (clause > 0 && clause <= LONGEST) return clause;
  if (end.at <= LONGEST) return end.sure ? end.at : 0;
  if (text.length <= LONGEST) return 0;
  return Math.max(text.lastIndexOf(" ", LONGEST), 0);
}

/** The first sentence end that is worth a cut. Not `sure`: what comes next may still show that it is none. */
function firstEnd(text: string, ended: boolean): { readonly at: number; readonly sure: boolean } {
  for (const match of text.matchAll(ENDS)) {
    const at = match.index + match[0].length;
    if (speakable(text.slice(0, at)).length < FRAGMENT) continue;
    const verdict = endsHere(text, match[0], at, ended);
    if (verdict !== "no") return { at, sure: verdict === "yes" };
  }
  return { at: Number.POSITIVE_INFINITY, sure: false };
}

type Verdict = "yes" | "no" | "unknown";

/** Does the sentence end with `mark`, which stands right before `at`? */
function endsHere(text: string, mark: string, at: number, ended: boolean): Verdict {
  if (mark === "\n") return "yes";
  const rest = text.slice(at);
  if (rest === "") return ended ? "yes" : "unknown";
  if (/[।॥۔]/u.test(mark)) return "yes";
  if (!/^\s/u.test(rest)) return "no";
  const next = rest.trimStart().charAt(0);
  if (next === "" && !rest.includes("\n")) return ended ? "yes" : "unknown";
  if (rest.slice(0, rest.length - rest.trimStart().length).includes("\n")) return "yes";
  if (!/^[.…]/u.test(mark)) return "yes";
  if (/\p{Ll}/u.test(next)) return "no";
  return isAbbreviation(text.slice(0, at - mark.length), next) ? "no" : "yes";
}

function isAbbreviation(before: string, next: string): boolean {
  const word = /[\p{L}\p{M}.]+$/u.exec(before)?.[0] ?? "";
  if (/^(?:\p{Lu}\.)*\p{Lu}$/u.test(word)) return true; // initials: "A. P. J. Abdul"
  const known = word.toLowerCase();
  return ABBREVIATIONS.has(known) || (COUNTERS.has(known) && /\p{Nd}/u.test(next));
}

function firstClause(text: string, before: number): number {
  for (const match of text.matchAll(CLAUSES)) {
    const at = match.index + match[0].length;
    if (at >= CLAUSE_FROM && at < before) return at;
  }
  return 0;
}

/** Without what is only meant for the eye: headings, list marks, emphasis, code marks, link targets. Empty if nothing can be said. */
function speakable(text: string): string {
  const plain = text
    .replace(/^\s*(?:#{1,6}\s+|[-*•+]\s+|>\s+)/gmu, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
    .replace(/[*`]+/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : "";
}
