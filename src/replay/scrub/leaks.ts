import { doubtfulNumbersIn, numbersIn, TELLING } from "../../record/numbers/numbers.ts";
import { type Text, textsIn } from "./fields.ts";
import { addressesIn, seeking } from "./names.ts";
import { CONSTANTS } from "./stand-ins.ts";
import { keyIn } from "./stream.ts";

/**
 * Whatever in the text of a finished fixture still looks like personal data, and where it stands: numbers, addresses, and these
 * words, which are sought in names of things, too. JSON, or a line of it each.
 */
export function leaks(text: string, words: readonly string[] = []): readonly string[] {
  const wordsIn = seeking(words);
  const pieces = piecesOf(text);
  return [
    ...placed(pieces, ({ text, sort }) => {
      const found = sort === "name" || CONSTANTS.includes(text) ? [] : [...addressesIn(text), ...numbersIn(text, sort)];
      return [...found, ...wordsIn(text)];
    }).map(({ where, what }) => `${where}: ${what}`),
    ...keyedNumber(pieces),
  ];
}

/** Something in a file that may be personal data. */
type Doubt = { readonly where: string; readonly what: string };

/** What may be a number, dictated with other words in between, and may as well be several: for a person to look at. */
export function doubts(text: string): readonly Doubt[] {
  return placed(piecesOf(text), ({ text, sort }) =>
    sort === "name" || CONSTANTS.includes(text) ? [] : doubtfulNumbersIn(text, sort),
  );
}

function placed(pieces: readonly Piece[], find: (found: Text) => readonly string[]): readonly Doubt[] {
  return pieces.flatMap(({ place, json }) =>
    textsIn(json).flatMap((one) => find(one).map((what) => ({ where: place + one.where, what }))),
  );
}

/** Keys that a carrier told of make a number by being many. In a journal they are texts of what was said. */
function keyedNumber(pieces: readonly Piece[]): readonly string[] {
  const keys = pieces.flatMap(({ place, json }) => {
    const digit = keyIn((json as { readonly message?: unknown } | null)?.message);
    return digit !== undefined && digit > "0" && digit <= "9" ? [{ place, digit }] : [];
  });
  const [first] = keys;
  if (!first || keys.length < TELLING) return [];
  return [`${first.place}message.dtmf.digit: ${keys.map(({ digit }) => digit).join("")}`];
}

type Piece = { readonly place: string; readonly json: unknown };

function piecesOf(text: string): readonly Piece[] {
  const whole = parsed(text);
  if (whole !== undefined) return [{ place: "", json: whole }];
  return text.split("\n").map((line, index) => ({ place: `line ${index + 1} `, json: parsed(line) ?? line }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Then it is read as it stands.
  }
}
