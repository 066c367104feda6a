const SENTENCE_END = /[.!?।॥…](?=\s|$)|\n/gu;

/** Takes from `buffer` what is to be spoken now: all of it when draining, otherwise up to the last sentence end there is. */
export function takeText(
  buffer: string,
  minBuffer: number,
  drain: boolean,
): { readonly now: string; readonly rest: string } {
  if (drain) return { now: buffer, rest: "" };
  if (buffer.length < minBuffer) return { now: "", rest: buffer };
  const last = [...buffer.matchAll(SENTENCE_END)].at(-1);
  const cut = last ? last.index + last[0].length : buffer.length;
  return { now: buffer.slice(0, cut), rest: buffer.slice(cut) };
}

/** Cuts text into pieces of at most `maxChunk` characters, at sentence ends if possible, then at spaces, then anywhere. */
export function pieces(text: string, maxChunk: number): readonly string[] {
  const found: string[] = [];
  let rest = text.trim();
  while (rest.length > maxChunk) {
    const head = rest.slice(0, maxChunk + 1);
    const sentence = [...head.matchAll(SENTENCE_END)].at(-1);
    const space = head.lastIndexOf(" ");
    const cut = sentence ? sentence.index + sentence[0].length : space > 0 ? space : maxChunk;
    found.push(rest.slice(0, Math.min(cut, maxChunk)));
    rest = rest.slice(Math.min(cut, maxChunk)).trim();
  }
  return rest === "" ? found : [...found, rest];
}
