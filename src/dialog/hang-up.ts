/** What a model writes to end the call. In brackets, so that no sentence contains it by chance. */
const MARKER = "[hang up]";

/** Told to every model: how to end a call, and how its own interrupted words look. */
export const PHONE_RULES = [
  "You are on a telephone call: answer in one to three short sentences, without lists, headings, emphasis, emoji or links,",
  "because everything you write is spoken. Use the caller's language and its own script. Write numbers as they are spoken.",
  `When the conversation is over and you have said goodbye, end your answer with ${MARKER} and nothing after it;`,
  "never write it otherwise. An earlier answer of yours that ends with a dash was cut off by the caller at that point:",
  "what you had meant to say after it was not heard.",
].join(" ");

/** How far a model's answer has come. `hangUp` turns true once the marker was written. */
export type Ending = { hangUp: boolean };

/**
 * Passes a model's tokens on without the marker, however it is split over them, and notes in `ending` that it came. Only
 * what may still become the marker is held back.
 */
export async function* withoutHangUp(tokens: AsyncIterable<string>, ending: Ending): AsyncGenerator<string> {
  let held = "";
  for await (const token of tokens) {
    const { clean, rest, found } = strip(held + token);
    ending.hangUp ||= found;
    held = rest;
    if (clean) yield clean;
  }
  if (held) yield held;
}

function strip(text: string): { readonly clean: string; readonly rest: string; readonly found: boolean } {
  const without = text.replaceAll(/\[hang[ _-]?up\]/giu, "");
  const open = without.lastIndexOf("[");
  const mayBecome = open >= 0 && /^\[(?:h(?:a(?:n(?:g(?:[ _-]?(?:u(?:p)?)?)?)?)?)?)?$/iu.test(without.slice(open));
  return {
    clean: mayBecome ? without.slice(0, open) : without,
    rest: mayBecome ? without.slice(open) : "",
    found: without.length < text.length,
  };
}
