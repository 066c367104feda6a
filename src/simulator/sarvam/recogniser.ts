import { type Recognised, understand } from "./understanding.ts";
import { STEP_MS } from "./vad.ts";

export type { Recognised } from "./understanding.ts";

/** What to understand next, in order: each utterance of any socket takes one when its final is made. */
type ScriptLine = string | { readonly text: string; readonly language?: string };
/** May be replaced or added to while calls run. When empty, the committed voices are recognised; any other speech is a filler phrase. */
export type Script = ScriptLine[];

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

/** Knows the committed voices by the rise and fall of their loudness, whatever the codec, the level and the moment they begin. */
export class Recogniser {
  script: Script;

  constructor(script: Script) {
    this.script = script;
  }

  /** What the speech so far seems to be; takes nothing from the script. `spoken` is dBFS per 10 ms. */
  guess(spoken: readonly number[], language: string): Recognised {
    const [line] = this.script;
    const whole = line === undefined ? heard(spoken, true, language) : read(line, language);
    const words = whole.text.split(" ");
    const share = (spoken.length * STEP_MS) / expectedMs(whole.text);
    const said = Math.min(words.length, Math.max(1, Math.ceil(words.length * share)));
    return { ...whole, text: words.slice(0, said).join(" ") };
  }

  /** What was said, and in which language, whatever was asked for; takes a line of the script if there is one. Empty for a noise. */
  decide(spoken: readonly number[], language: string): Recognised {
    const line = this.script.shift();
    return line === undefined ? heard(spoken, false, language) : read(line, language);
  }
}

/** Only the realtime socket knows `auto` and `or-IN`, and it spells a detected Odia in that way too. */
function heard(spoken: readonly number[], partly: boolean, language: string): Recognised {
  const found = understand(spoken, partly) ?? filler(language);
  const realtime = language === "auto" || language === "or-IN";
  return found.language === "od-IN" && realtime ? { ...found, language: "or-IN" } : found;
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
