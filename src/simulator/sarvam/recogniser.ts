import { voice, voiceNames } from "../voices.ts";
import { SampleReader } from "./samples.ts";
import { Loudness, STEP_MS } from "./vad.ts";

/** What to understand next, in order: each utterance of any socket takes one when its final is made. */
type ScriptLine = string | { readonly text: string; readonly language?: string };
/** May be replaced or added to while calls run. When empty, the committed voices are recognised; any other speech is a filler phrase. */
export type Script = ScriptLine[];

export type Recognised = { readonly text: string; readonly language: string };

const FILLER: Readonly<Record<string, string>> = {
  "hi-IN": "मुझे थोड़ी जानकारी चाहिए",
  "bn-IN": "আমার কিছু তথ্য দরকার",
  "ta-IN": "எனக்கு சில தகவல்கள் வேண்டும்",
  "te-IN": "నాకు కొంత సమాచారం కావాలి",
  "kn-IN": "ನನಗೆ ಸ್ವಲ್ಪ ಮಾಹಿತಿ ಬೇಕು",
  "ml-IN": "എനിക്ക് കുറച്ച് വിവരങ്ങൾ വേണം",
  "mr-IN": "मला थोडी माहिती हवी आहे",
  "gu-IN": "મને થોડી માહિતી જોઈએ છે",
  "pa-IN": "ਮੈਨੂੰ ਕੁਝ ਜਾਣਕਾਰੀ ਚਾਹੀਦੀ ਹੈ",
  "od-IN": "ମୋତେ କିଛି ସୂଚନା ଦରକାର",
  "or-IN": "ମୋତେ କିଛି ସୂଚନା ଦରକାର",
};
const ENGLISH_FILLER = "I would like some information please";

/** Below this the telephone is quiet; above `LOUD_DB` all speech is alike. Between them lies the shape of a phrase. */
const QUIET_DB = -50;
const LOUD_DB = -6;
const MAX_SHIFT_STEPS = 15;
/** How alike two shapes must be. Measured: the committed voices reach at most 0.46 with one another, and at least 0.87 with themselves when 12 dB quieter and in line noise. */
const SAME = 0.7;
const PERHAPS = 0.6;
const LENGTH_TOLERANCE = 0.2;

type Shape = { readonly steps: readonly number[]; readonly recognised: Recognised };

/** Knows the committed voices by the rise and fall of their loudness, whatever the codec, the level and the moment they begin. */
export class Recogniser {
  script: Script;

  constructor(script: Script) {
    this.script = script;
  }

  /** What the speech so far seems to be; takes nothing from the script. `spoken` is dBFS per 10 ms. */
  guess(spoken: readonly number[], language: string): Recognised {
    const [line] = this.script;
    const whole = line === undefined ? (best(spoken, true) ?? filler(language)) : read(line, language);
    const words = whole.text.split(" ");
    const share = (spoken.length * STEP_MS) / expectedMs(whole.text);
    const said = Math.min(words.length, Math.max(1, Math.ceil(words.length * share)));
    return { ...whole, text: words.slice(0, said).join(" ") };
  }

  /** What was said; takes a line of the script if there is one. Empty for a cough. */
  decide(spoken: readonly number[], language: string): Recognised {
    const line = this.script.shift();
    if (line !== undefined) return read(line, language);
    return best(spoken, false) ?? filler(language);
  }
}

function read(line: ScriptLine, language: string): Recognised {
  const { text, language: own } = typeof line === "string" ? { text: line } : { language: undefined, ...line };
  return { text, language: own ?? spokenLanguage(language) };
}

function filler(language: string): Recognised {
  return { text: FILLER[language] ?? ENGLISH_FILLER, language: spokenLanguage(language) };
}

/** `unknown` and `auto` ask for detection: words of no known language count as Indian English. */
function spokenLanguage(language: string): string {
  return language === "unknown" || language === "auto" ? "en-IN" : language;
}

const expectedMs = (text: string): number => Math.max(300, text.length * 65);

let shapes: readonly Shape[] | undefined;

/** Measured at the first speech, not when the module is loaded. */
function knownShapes(): readonly Shape[] {
  shapes ??= voiceNames.map((name) => {
    const { audio, text, language } = voice(name);
    const loudness = new Loudness(8000).measure(new SampleReader("mulaw").read(audio));
    return { steps: shapeOf(loudness), recognised: { text, language } };
  });
  return shapes;
}

/** `partly`: the beginning of a phrase is enough. */
function best(spoken: readonly number[], partly: boolean): Recognised | undefined {
  const heard = shapeOf(spoken);
  let found: Recognised | undefined;
  let score = partly ? PERHAPS : SAME;
  for (const { steps, recognised } of knownShapes()) {
    if (recognised.text === "" && partly) continue;
    if (!partly && Math.abs(heard.length - steps.length) > LENGTH_TOLERANCE * steps.length) continue;
    const alike = likeness(heard, partly ? steps.slice(0, heard.length) : steps);
    if (alike <= score) continue;
    score = alike;
    found = recognised;
  }
  return found;
}

/** Loudness above quiet, from the first to the last loud step. */
function shapeOf(loudness: readonly number[]): readonly number[] {
  const heights = loudness.map((db) => Math.min(LOUD_DB, Math.max(QUIET_DB, db)) - QUIET_DB);
  const first = heights.findIndex((height) => height > 6);
  return first < 0 ? [] : heights.slice(first, heights.findLastIndex((height) => height > 6) + 1);
}

/** Pearson's correlation at the best of all small shifts. */
function likeness(one: readonly number[], other: readonly number[]): number {
  let top = 0;
  for (let shift = -MAX_SHIFT_STEPS; shift <= MAX_SHIFT_STEPS; shift += 1) {
    top = Math.max(top, correlation(one, other, shift));
  }
  return top;
}

function correlation(one: readonly number[], other: readonly number[], shift: number): number {
  const from = Math.min(0, -shift);
  const to = Math.max(one.length, other.length - shift);
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let index = from; index < to; index += 1) {
    const a = one[index] ?? 0;
    const b = other[index + shift] ?? 0;
    sumA += a;
    sumB += b;
    sumAA += a * a;
    sumBB += b * b;
    sumAB += a * b;
  }
  const count = to - from;
  const spread = (count * sumAA - sumA ** 2) * (count * sumBB - sumB ** 2);
  return spread > 0 ? (count * sumAB - sumA * sumB) / Math.sqrt(spread) : 0;
}
