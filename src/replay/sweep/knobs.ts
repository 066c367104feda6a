import type { Policy } from "../../call/call.ts";

/** One choice of a value for each knob that is turned, by its dotted name. */
export type Combination = Readonly<Record<string, number>>;

/** What the simulator's ear may be told, in its own terms; `threshold` from 0 (everything is speech) to 1. */
export type EarKnobs = { readonly silenceMs?: number; readonly threshold?: number; readonly minSpeechMs?: number };

export type Grid = {
  /** The names of what is turned, in the order in which they were given. */
  readonly names: readonly string[];
  /** Every value with every other; the combination in force now is among them. */
  readonly combinations: readonly Combination[];
  readonly present: Combination;
  /** An ear's knob is among them: then nothing of what the ear heard at the time counts, and the sound must be heard anew. */
  readonly needsEar: boolean;
};

/** What was asked for cannot be swept; the message is for the person who asked. */
export class KnobError extends Error {
  override readonly name = "KnobError";
}

/** More would take hours, and nobody reads them. */
const MOST = 500;

/** What the ear goes by as long as nobody says otherwise. */
const EAR: Readonly<Record<string, number>> = { "ear.silenceMs": 500, "ear.threshold": 0.3, "ear.minSpeechMs": 250 };
const isOfEar = (name: string): boolean => Object.hasOwn(EAR, name);
const WHOLE = ["ear.silenceMs", "ear.minSpeechMs"];
const HIGHEST: Readonly<Record<string, number>> = { "ear.threshold": 1 };

/** What cannot be swept over a recording, and why. */
const STUCK: ReadonlyMap<string, string> = new Map([
  [
    "reply.leadMs",
    "reply.leadMs cannot be swept: a recording has the voice's sound at the pace at which it was sent on, with the lead of then",
  ],
]);
/** Further off than this, the nearest name is no suggestion. */
const NEAR = 5;

type Knob = { readonly name: string; readonly values: readonly number[] };

/** `sets`: `name=v1,v2` each, as given to `--set`. Throws `KnobError`. */
export function gridOf(sets: readonly string[], policy: Policy): Grid {
  const known = knownKnobs(policy);
  const knobs = sets.map((set) => readKnob(set, known));
  const names = knobs.map(({ name }) => name);
  if (knobs.length === 0) throw new KnobError("nothing to turn: give at least one --set name=value,value");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new KnobError(`${twice} is set twice; name all its values in one --set`);
  const count = knobs.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST) throw new KnobError(`${count} combinations are too many to sweep: ${MOST} is the most`);
  const present = Object.fromEntries(names.map((name) => [name, known[name] ?? 0]));
  const all = product(knobs);
  return {
    names,
    combinations: all.some((combination) => isSame(combination, present)) ? all : [present, ...all],
    present,
    needsEar: names.some(isOfEar),
  };
}

export const isSame = (one: Combination, other: Combination): boolean =>
  Object.entries(one).every(([name, value]) => other[name] === value);

/** The policy with its knobs turned. */
export function policyWith(policy: Policy, combination: Combination): Policy {
  const turned = Object.entries(policy).map(([part, values]) => [
    part,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, combination[`${part}.${key}`] ?? value])),
  ]);
  return Object.fromEntries(turned) as Policy; // the same keys, all of them numbers
}

/** What the combination says of the ear. */
export function earWith(combination: Combination): EarKnobs {
  const said = Object.entries(combination).filter(([name]) => isOfEar(name));
  return Object.fromEntries(said.map(([name, value]) => [name.slice("ear.".length), value]));
}

/** Every knob there is, and where it stands now. */
function knownKnobs(policy: Policy): Combination {
  const ours = Object.entries(policy).flatMap(([part, values]) =>
    Object.entries(values).map(([key, value]): [string, number] => [`${part}.${key}`, value]),
  );
  return { ...Object.fromEntries(ours), ...EAR };
}

function readKnob(set: string, known: Combination): Knob {
  const [, name = "", list = ""] = /^([^=]*)=(.*)$/.exec(set) ?? [];
  if (name === "") throw new KnobError(`“${set}” is no knob with values: write it as name=value,value`);
  const stuck = STUCK.get(name);
  if (stuck !== undefined) throw new KnobError(stuck);
  if (!Object.hasOwn(known, name)) throw new KnobError(unknown(name, Object.keys(known)));
  const values = list.split(",").map((text) => readValue(name, text.trim()));
  return { name, values: [...new Set(values)] };
}

function readValue(name: string, text: string): number {
  const highest = HIGHEST[name] ?? Number.MAX_SAFE_INTEGER;
  const whole = WHOLE.includes(name);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= highest && (!whole || Number.isInteger(value))) return value;
  const range = name in HIGHEST ? `from 0 to ${highest}` : "of at least 0";
  throw new KnobError(`${name} takes ${whole ? "whole numbers" : "numbers"} ${range}, not “${text}”`);
}

function unknown(name: string, names: readonly string[]): string {
  const known = names.filter((one) => !STUCK.has(one));
  const nearest = [...known].sort((a, b) => distance(name, a) - distance(name, b))[0] ?? "";
  const hint = distance(name, nearest) <= NEAR ? `; did you mean ${nearest}?` : ".";
  return `there is no knob called ${name}${hint} There are: ${known.join(", ")}`;
}

/** How many letters must be put in, left out or changed to make one text of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one.toLowerCase()].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other.toLowerCase()].entries()) {
      const changed = (row[j] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function product(knobs: readonly Knob[]): readonly Combination[] {
  return knobs.reduce<readonly Combination[]>(
    (all, { name, values }) => all.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value }))),
    [{}],
  );
}
