import { voice, voiceNames } from "../voices.ts";
import { SampleReader } from "./samples.ts";
import { fromOnset, likeness, likenessToBeginning, pauses, type Shape, shapeOf } from "./shape.ts";
import { Loudness } from "./vad.ts";

/** `language` in our spelling, such as `od-IN`; `unknown` for a noise, whose text is empty. */
export type Recognised = { readonly text: string; readonly language: string };

/**
 * How alike shapes must be. Measured over all voices and their phrases, 12 dB quieter, in white noise of -45 dBFS, shifted, as A-law
 * and as PCM of 8 and 16 kHz: at most 0.68 with one another, at least 0.80 with themselves, and at most 15 % longer or shorter.
 */
const SAME = 0.73;
/** For a beginning, which is often like another voice's: three in ten guesses after 300 ms are not its words, and one in forty after 1 s. */
const PERHAPS = 0.6;
const LENGTH_TOLERANCE = 0.2;
/** Between phrases lie a sign of punctuation in the text and a pause of this length in the audio. */
const PAUSE_STEPS = 20;
const PHRASES = /(?<=[,?.!।]) /;

type Known = { readonly loudness: readonly number[]; readonly shape: Shape; readonly recognised: Recognised };

let known: readonly Known[] | undefined;

/** Measured at the first speech, not when the module is loaded. */
function knownVoices(): readonly Known[] {
  known ??= voiceNames.flatMap(knownOf);
  return known;
}

/** A voice as a whole, and each phrase of it: an ear that is quick to end an utterance hears them apart. */
function knownOf(name: string): readonly Known[] {
  const { audio, text, language } = voice(name);
  const loudness = new Loudness(8000).measure(new SampleReader("mulaw").read(audio));
  const part = (words: string, from?: number, to?: number): Known => {
    const steps = fromOnset(loudness.slice(from, to));
    return { loudness: steps, shape: shapeOf(steps), recognised: { text: words, language } };
  };
  const starts = [0, ...pauses(loudness, PAUSE_STEPS)];
  const phrases = text.split(PHRASES);
  const parts = phrases.map((phrase, index) => part(phrase, starts[index], starts[index + 1]));
  return phrases.length > 1 && phrases.length === starts.length ? [part(text), ...parts] : [part(text)];
}

/**
 * What `spoken`, dBFS per 10 ms, is: a voice, or several with pauses between them. `partly`: the beginning of the last is enough.
 * `undefined` for speech that nobody knows.
 */
export function understand(spoken: readonly number[], partly: boolean): Recognised | undefined {
  const one = partly ? beginning(spoken) : whole(spoken);
  if (one) return one;
  for (const at of pauses(spoken, PAUSE_STEPS)) {
    const first = whole(spoken.slice(0, at));
    const rest = first && understand(spoken.slice(at), partly);
    if (rest) return joined(first, rest);
  }
  return undefined;
}

function joined(first: Recognised, rest: Recognised): Recognised {
  if (first.text === "" || rest.text === "") return first.text === "" ? rest : first;
  return { text: `${first.text} ${rest.text}`, language: first.language };
}

function whole(spoken: readonly number[]): Recognised | undefined {
  const heard = shapeOf(spoken);
  const asLong = knownVoices().filter(
    ({ shape }) => Math.abs(shape.length - heard.length) <= LENGTH_TOLERANCE * shape.length,
  );
  return most(SAME, asLong, ({ shape }) => likeness(heard, shape));
}

function beginning(spoken: readonly number[]): Recognised | undefined {
  const heard = shapeOf(spoken);
  const longer = knownVoices().filter(({ shape }) => (1 + LENGTH_TOLERANCE) * shape.length >= heard.length);
  return most(PERHAPS, longer, ({ loudness }) => likenessToBeginning(heard, loudness));
}

function most(least: number, among: readonly Known[], alike: (known: Known) => number): Recognised | undefined {
  let found: Recognised | undefined;
  let top = least;
  for (const candidate of among) {
    const score = alike(candidate);
    if (score <= top) continue;
    top = score;
    found = candidate.recognised;
  }
  return found;
}
