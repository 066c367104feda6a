import { describe, expect, test } from "vitest";
import { Hearing } from "../../src/simulator/sarvam/hearing.ts";
import { realtimeSettings, realtimeVad } from "../../src/simulator/sarvam/realtime-settings.ts";
import { Recogniser } from "../../src/simulator/sarvam/recogniser.ts";
import { encodeSamples, type SampleEncoding, SampleReader } from "../../src/simulator/sarvam/samples.ts";
import { likeness, shapeOf } from "../../src/simulator/sarvam/shape.ts";
import { Loudness } from "../../src/simulator/sarvam/vad.ts";
import { voice, voiceNames } from "../../src/simulator/voices.ts";
import { frames } from "./sarvam-client.ts";

type Line = {
  readonly encoding: SampleEncoding & ("mulaw" | "alaw" | "linear16");
  readonly rate: number;
  readonly gainDb: number;
  readonly noiseDb: number;
  readonly shiftSamples: number;
  /** Off: the caller's side says where speech begins and ends, as a line too noisy for the ear needs it. */
  readonly automatic: boolean;
};

const PLAIN: Line = { encoding: "mulaw", rate: 8000, gainDb: 0, noiseDb: -96, shiftSamples: 0, automatic: true };
/** Quick to believe in speech: even the cough is some. */
const KEEN = { min_speech_duration_ms: "80" };

const samplesOf = (name: string): Int16Array => new SampleReader("mulaw").read(voice(name).audio);
const silence = (ms: number): Int16Array => new Int16Array(ms * 8);
const joined = (...parts: readonly Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));

function onTheLine(samples: Int16Array, { rate, gainDb, noiseDb }: Line): Int16Array {
  const gain = 10 ** (gainDb / 20);
  const noise = 32_768 * 10 ** (noiseDb / 20) * Math.sqrt(3);
  let seed = 1;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x7fffffff;
    return (seed / 0x7fffffff) * 2 - 1;
  };
  const times = rate / 8000;
  const between = (index: number): number => {
    const [before = 0, after = before] = [samples[Math.floor(index / times)], samples[Math.floor(index / times) + 1]];
    return before + (after - before) * ((index % times) / times);
  };
  return new Int16Array(samples.length * times).map((_, index) => Math.round(between(index) * gain + random() * noise));
}

/** What the ear makes of `samples`: all utterances' texts, and what each was guessed to be on the way. */
function understood(samples: Int16Array, line: Line, query: Readonly<Record<string, string>>, language = "auto") {
  const settings = realtimeSettings({ language_code: "auto", ...query });
  if (typeof settings === "string") throw new Error(settings);
  const hearing = new Hearing(line.encoding, line.rate, realtimeVad(settings));
  const recogniser = new Recogniser([]);
  const finals: ReturnType<Recogniser["decide"]>[] = [];
  const guesses: string[] = [];
  const all = onTheLine(joined(silence(300), silence(10).subarray(0, line.shiftSamples), samples, silence(700)), line);
  hearing.automatic = line.automatic;
  if (!line.automatic) hearing.begin();
  for (const frame of frames(encodeSamples(all, line.encoding), 160)) {
    hearing.hear(frame, (event) => {
      if (event === "end") finals.push(recogniser.decide(hearing.spoken, language));
      else if (hearing.spokenMs % 250 === 0) guesses.push(recogniser.guess(hearing.spoken, language).text);
    });
  }
  if (hearing.finish()) finals.push(recogniser.decide(hearing.spoken, language));
  return { finals, guesses };
}

const LINES: Readonly<Record<string, Line>> = {
  "as it is": PLAIN,
  "12 dB quieter": { ...PLAIN, gainDb: -12 },
  "12 dB quieter, in the noise of a line": { ...PLAIN, gainDb: -12, noiseDb: -52 },
  "12 dB quieter, in loud noise": { ...PLAIN, gainDb: -12, noiseDb: -45, automatic: false },
  "12 dB quieter, as A-law, off the step by 4 ms": { ...PLAIN, encoding: "alaw", gainDb: -12, shiftSamples: 32 },
  "as PCM of 8 kHz, off the step by 7 ms": { ...PLAIN, encoding: "linear16", shiftSamples: 56 },
  "as PCM of 16 kHz, off the step by 3 ms": { ...PLAIN, encoding: "linear16", rate: 16_000, shiftSamples: 24 },
};

describe.each(Object.entries(LINES))("%s", (_, line) => {
  test.each(voiceNames)("%s is understood", (name) => {
    const { text, language } = voice(name);
    const { finals } = understood(samplesOf(name), line, KEEN, "unknown");
    expect(finals).toEqual([{ text, language }]);
  });
});

test("any two voices differ far more than a voice from itself on a bad line", () => {
  const shape = (samples: Int16Array) => shapeOf(new Loudness(8000).measure(samples));
  const shapes = voiceNames.map((name) => shape(samplesOf(name)));
  for (const [index, name] of voiceNames.entries()) {
    const bad = shape(onTheLine(samplesOf(name), { ...PLAIN, gainDb: -12, noiseDb: -45 }));
    for (const [other, known] of shapes.entries()) {
      const alike = likeness(bad, known);
      if (other === index) expect(alike, name).toBeGreaterThan(0.78);
      else expect(alike, `${name} and ${voiceNames[other]}`).toBeLessThan(0.69);
    }
  }
});

test("the noise of a line has no shape, so that nothing is understood in it", () => {
  const hiss = onTheLine(silence(2000), { ...PLAIN, noiseDb: -45 });
  expect(shapeOf(new Loudness(8000).measure(hiss))).toEqual([]);
});

test("a noise is blank from the first guess on", () => {
  const { finals, guesses } = understood(samplesOf("door"), PLAIN, KEEN);
  expect(guesses.length).toBeGreaterThan(1);
  expect(new Set(guesses)).toEqual(new Set([""]));
  expect(finals).toEqual([{ text: "", language: "unknown" }]);
});

test("a long sentence is guessed in growing parts, none of them another's words", () => {
  const { guesses } = understood(samplesOf("hi-long"), PLAIN, {});
  const { text } = voice("hi-long");
  expect(guesses.length).toBeGreaterThan(10);
  for (const guess of guesses.slice(3)) expect(text.startsWith(guess), guess).toBe(true);
  expect(guesses.at(-1)?.length).toBeGreaterThan(text.length / 2);
});

test("two voices with a pause between them are one utterance or two, as the ear is patient or not; no word is lost", () => {
  const [first, second] = [voice("hi-first"), voice("hi-second")];
  const samples = joined(samplesOf("hi-first"), silence(400), samplesOf("hi-second"));
  const texts = (silenceMs: string) =>
    understood(samples, PLAIN, { silence_duration_ms: silenceMs }).finals.map(({ text }) => text);
  expect(texts("600")).toEqual([`${first.text} ${second.text}`]);
  expect(texts("300")).toEqual([first.text, second.text]);
});

test("a door slams before somebody speaks: only the words are understood, in their language", () => {
  const samples = joined(samplesOf("door"), silence(300), samplesOf("ta-question"));
  const { text, language } = voice("ta-question");
  expect(understood(samples, PLAIN, {}).finals).toEqual([{ text, language }]);
});

test("an impatient ear hears the phrases of one voice as utterances", () => {
  const { finals } = understood(samplesOf("en-hello"), PLAIN, { silence_duration_ms: "300" });
  expect(finals.map(({ text }) => text)).toEqual(["Hello?", "Are you there?"]);
});

test.each([
  ["auto", "or-IN"],
  ["or-IN", "or-IN"],
  ["unknown", "od-IN"],
  ["od-IN", "od-IN"],
])("asked for %s, Odia is spelled %s, as that socket spells it", (asked, told) => {
  expect(understood(samplesOf("od-question"), PLAIN, {}, asked).finals).toMatchObject([{ language: told }]);
});

test("speech that nobody knows is no voice's, however long", () => {
  const tone = (ms: number) => new Int16Array(ms * 8).map((_, index) => (index % 16 < 8 ? 4000 : -4000));
  for (const ms of [300, 500, 800, 1500, 4000]) {
    expect(understood(tone(ms), PLAIN, {}, "ta-IN").finals, `${ms} ms`).toMatchObject([
      { text: expect.stringContaining("தகவல்கள்"), language: "ta-IN" },
    ]);
  }
});
