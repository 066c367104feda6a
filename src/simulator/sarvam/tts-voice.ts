import { hashText, seededDice } from "./dice.ts";
import { encodeSamples, wavHeader } from "./samples.ts";
import type { SpeechCodec, SpeechSettings } from "./tts-settings.ts";

/** Synthesised texts that are kept: dialogs repeat themselves, and load tests much more so. */
const KEPT = 64;
const kept = new Map<string, Buffer>();

/** One period of each vowel: harmonics weighted by two resonances. */
const PERIOD = 256;
const VOWELS = [
  [700, 1200],
  [300, 2200],
  [350, 800],
  [500, 1800],
  [450, 900],
].map(([first = 500, second = 1500]) => vowelPeriod(first, second));
const PEAK = 11_000;

/**
 * Speech-like sound that is the same for the same text and speaker: a syllable of a voiced vowel for each few letters, a
 * dip at each space, silence at punctuation. `msPerChar` divided by the pace gives each character its length.
 * Headerless bytes in the codec asked for; `wav` is PCM here, without its header.
 */
export function synthesise(text: string, settings: SpeechSettings, msPerChar: number): Buffer {
  const { codec, rate, pace, speaker } = settings;
  const name = [codec, rate, pace, speaker, msPerChar, text].join("|");
  const known = kept.get(name);
  if (known) return known;
  const made = codec === "mp3" ? silentMp3(text, settings, msPerChar) : encode(speak(text, settings, msPerChar), codec);
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? "");
  kept.set(name, made);
  return made;
}

/** A whole WAV file around PCM. */
export const wavFile = (pcm: Buffer, rate: number): Buffer => Buffer.concat([wavHeader(rate, pcm.length), pcm]);

/** Bytes that one millisecond takes. MP3 is at a constant 64 kbit/s. */
export function bytesPerMs(codec: SpeechCodec, rate: number): number {
  switch (codec) {
    case "mulaw":
    case "alaw":
      return rate / 1000;
    case "linear16":
    case "wav":
      return rate / 500;
    case "mp3":
      return 8;
    default:
      return codec satisfies never;
  }
}

function encode(samples: Int16Array, codec: Exclude<SpeechCodec, "mp3">): Buffer {
  return encodeSamples(samples, codec === "wav" ? "linear16" : codec);
}

function speak(text: string, { rate, pace, speaker }: SpeechSettings, msPerChar: number): Int16Array {
  const characters = [...text];
  const charSamples = Math.round((msPerChar / pace / 1000) * rate);
  const samples = new Int16Array(characters.length * charSamples);
  const dice = seededDice(hashText(speaker + text));
  const base = 105 + (hashText(speaker) % 110);
  let phase = 0;
  for (let index = 0; index < characters.length; index += 1) {
    if (!/[\p{L}\p{M}\p{N}]/u.test(characters[index] ?? "")) continue;
    const vowel = VOWELS[Math.floor(dice.next() * VOWELS.length)] ?? VOWELS[0];
    const hertz = base * (1.12 - (0.24 * index) / characters.length) * dice.between(0.96, 1.04);
    const step = (hertz * PERIOD) / rate;
    const peak = PEAK * dice.between(0.65, 1);
    const from = index * charSamples;
    for (let offset = 0; offset < charSamples; offset += 1) {
      phase = (phase + step) % PERIOD;
      const swell = 0.35 + 0.65 * Math.sin((Math.PI * offset) / charSamples);
      samples[from + offset] = (vowel?.[Math.floor(phase)] ?? 0) * peak * swell;
    }
  }
  return samples;
}

function vowelPeriod(first: number, second: number): Float32Array {
  const fundamental = 130;
  const resonance = (hertz: number, centre: number, width: number): number => 1 / (1 + ((hertz - centre) / width) ** 2);
  const period = new Float32Array(PERIOD);
  for (let harmonic = 1; harmonic <= 24; harmonic += 1) {
    const hertz = harmonic * fundamental;
    const weight = resonance(hertz, first, 120) + 0.5 * resonance(hertz, second, 180) + 0.3 / harmonic;
    for (let index = 0; index < PERIOD; index += 1) {
      period[index] =
        (period[index] ?? 0) + weight * Math.sin((2 * Math.PI * harmonic * index) / PERIOD + harmonic ** 2);
    }
  }
  const top = period.reduce((highest, value) => Math.max(highest, Math.abs(value)), 0);
  return period.map((value) => value / top);
}

/** Valid frames of silence, of the right length: nobody here needs to hear an MP3. MPEG-2 (2.5 for 8 kHz), layer III, mono. */
function silentMp3(text: string, { rate, pace }: SpeechSettings, msPerChar: number): Buffer {
  const rateIndex = rate === 22_050 ? 0 : rate === 24_000 ? 1 : 2;
  const frame = Buffer.alloc(Math.floor((72 * 64_000) / rate));
  frame.set([0xff, rate === 8000 ? 0xe3 : 0xf3, 0x80 | (rateIndex << 2), 0xc0]);
  const frames = Math.ceil((([...text].length * msPerChar) / pace / 1000) * (rate / 576));
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}
