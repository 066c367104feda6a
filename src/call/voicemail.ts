import { AWAY, CALLED, LISTENING, RECORDED } from "./voicemail-phrases.ts";

const WORDS_BETWEEN = 12;

const called = anyOf(CALLED);
const away = anyOf(AWAY);
const recorded = anyOf(RECORDED);
const listening = anyOf(LISTENING);

/**
 * Is this transcript an answering machine's, or the announcement of a carrier that could not reach whom was called?
 *
 * A machine it is that says what only recordings say ("after the tone"), or that names whom was called as only recordings do
 * ("the number you have dialled") and says that they are away. "Not available", "busy", "switched off" or "leave a message" say
 * nothing by themselves: people say so of others and of themselves. And whoever asks who is calling, offers to pass it on, or
 * begs for patience is no machine, whatever else is said: somebody listens.
 *
 * When in doubt it is a person, for a person taken for a machine is hung up on. So a greeting that somebody spoke in words of
 * their own, without the tone, goes unnoticed, and so do menus and the beep itself. It goes by one text: where recognisers cut
 * an announcement into pieces, it is to be given all of them together. A person who recites an announcement is taken for one.
 */
export function soundsLikeMachine(text: string): boolean {
  const words = plain(text);
  if (listening.test(words)) return false;
  return recorded.test(words) || (called.test(words) && away.test(words));
}

/** Malayalam's consonants without a vowel, as they were written before they had letters of their own: with a joiner. */
const CHILLUS = new Map(
  [..."ൺണൻനർരൽലൾള".matchAll(/(.)(.)/gu)].map(([, chillu = "", letter]) => [`${letter}\u0d4d\u200d`, chillu]),
);

/** Small letters without punctuation; letters that can be written in two ways, and with joiners or without, in one of them. */
function plain(text: string): string {
  const letters = text.normalize("NFC").toLowerCase();
  return letters
    .replace(/[\u0d23\u0d28\u0d30\u0d32\u0d33]\u0d4d\u200d/gu, (old) => CHILLUS.get(old) ?? old)
    .replace(/['’\u200c\u200d]/gu, "")
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
}

function anyOf(phrases: readonly string[]): RegExp {
  const sources = phrases.map((phrase) => phrase.normalize("NFC").replaceAll("…", `\\S*( \\S+){0,${WORDS_BETWEEN}}? `));
  return new RegExp(`(?<![^ ])(${sources.join("|")})`, "u");
}
