/** A reply at the word where the caller stopped hearing it. */
export type HeardSplit = { readonly heard: string; readonly unheard: string };

/**
 * What the caller heard of what the dialog answered, and what not. Words are what stands between spaces, in any script: no letter is
 * parted from its vowel signs. A word that was heard in part was not heard. White space stays as it is written.
 */
export function heardSplit(generated: string, heard: string): HeardSplit {
  const words = [...generated.matchAll(/\S+/gu)];
  const known = heard.match(/\S+/gu) ?? [];
  const last = known.at(-1);
  const count = last !== undefined && isPart(last, words[known.length - 1]?.[0]) ? known.length - 1 : known.length;
  const end = words[count]?.index ?? generated.length;
  return { heard: generated.slice(0, end).trimEnd(), unheard: generated.slice(end) };
}

function isPart(text: string, word: string | undefined): boolean {
  const [part, whole] = [text.normalize(), (word ?? text).normalize()];
  return part !== whole && whole.startsWith(part);
}
