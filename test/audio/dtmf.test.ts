import { describe, expect, test } from "vitest";
import { digitsComplaint, dtmfTones } from "../../src/audio/dtmf.ts";
import type { AudioFormat } from "../../src/audio/format.ts";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { loudnessDbfs, SILENCE_DBFS } from "./loudness.ts";

const LINES: readonly AudioFormat[] = [
  { encoding: "mulaw", rate: 8000 },
  { encoding: "linear16", rate: 8000 },
  { encoding: "linear16", rate: 16000 },
  { encoding: "linear16", rate: 24000 },
];
const MULAW = { encoding: "mulaw", rate: 8000 } as const;
const ALL = "123A456B789C*0#D";
const HERTZ = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

const pcmOf = (sound: Buffer, { encoding }: AudioFormat): Buffer => (encoding === "mulaw" ? decodeMulaw(sound) : sound);
const stretch = (pcm: Buffer, rate: number, fromMs: number, toMs: number): Buffer =>
  pcm.subarray((fromMs * rate * 2) / 1000, (toMs * rate * 2) / 1000);

/** Goertzel: how strong one frequency is, as the amplitude of a sine of that strength. */
function strength(pcm: Buffer, rate: number, hertz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [last, before] = [0, 0];
  for (let at = 0; at < pcm.length; at += 2) [last, before] = [pcm.readInt16LE(at) + turn * last - before, last];
  return (2 * Math.sqrt(last ** 2 + before ** 2 - turn * last * before)) / (pcm.length / 2);
}

/** As a receiver decides: one row and one column stand far out, and neither is much the louder. Empty when they do not. */
function keyHeard(pcm: Buffer, rate: number): string {
  const strengths = HERTZ.map((hertz) => strength(pcm, rate, hertz));
  const strongest = [...strengths].sort((a, b) => b - a);
  const [first = 0, second = 0, third = 0] = strongest;
  if (second < 1000 || first > second * 1.3 || third * 4 > second) return "";
  const row = strengths.slice(0, 4).findIndex((value) => value >= second);
  const column = strengths.slice(4).findIndex((value) => value >= second);
  return ALL[row * 4 + column] ?? "";
}

test.each(LINES)("a receiver hears each key of the keypad on $encoding at $rate Hz", (line) => {
  const pcm = pcmOf(dtmfTones(ALL, line), line);
  const keys = [...ALL].map((_, n) => keyHeard(stretch(pcm, line.rate, n * 200, n * 200 + 100), line.rate));
  expect(keys.join("")).toBe(ALL);
});

test.each(LINES)("100 ms of tone and 100 ms of silence for each key, $encoding at $rate Hz", (line) => {
  const pcm = pcmOf(dtmfTones("59", line), line);
  expect(pcm).toHaveLength((400 * line.rate * 2) / 1000);
  for (const beginMs of [0, 200]) {
    expect(keyHeard(stretch(pcm, line.rate, beginMs, beginMs + 50), line.rate)).not.toBe("");
    expect(keyHeard(stretch(pcm, line.rate, beginMs + 50, beginMs + 100), line.rate)).not.toBe("");
    expect(loudnessDbfs(stretch(pcm, line.rate, beginMs + 100, beginMs + 200))).toBe(SILENCE_DBFS);
  }
});

test("w is half a second of silence and W a second", () => {
  const pcm = decodeMulaw(dtmfTones("1wW2", MULAW));
  expect(pcm).toHaveLength((200 + 500 + 1000 + 200) * 16);
  expect(loudnessDbfs(stretch(pcm, 8000, 100, 1700))).toBe(SILENCE_DBFS);
  expect(keyHeard(stretch(pcm, 8000, 1700, 1800), 8000)).toBe("2");
});

test.each(LINES)("tones reach -6 dBFS at the most and come and go without a click, $encoding at $rate Hz", (line) => {
  const pcm = pcmOf(dtmfTones(ALL, line), line);
  const samples = Array.from({ length: pcm.length / 2 }, (_, at) => pcm.readInt16LE(at * 2));
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(20 * Math.log10(peak / 32768)).toBeGreaterThan(-8);
  expect(20 * Math.log10(peak / 32768)).toBeLessThan(-5.8); // a step of µ-law above
  const edge = line.rate / 1000;
  for (const n of Array.from(ALL).keys()) {
    const begin = (n * 200 * line.rate) / 1000;
    const end = begin + (100 * line.rate) / 1000;
    for (const at of [begin, end - edge]) {
      for (const sample of samples.slice(at, at + edge)) expect(Math.abs(sample)).toBeLessThan(peak / 5);
    }
  }
});

test.each(["12e", "1 2", "1,2", "a", "१", "+91", "1\n"])("%j is refused: it is no key", (digits) => {
  expect(digitsComplaint(digits)).toContain("0-9, A-D, # and *");
  expect(() => dtmfTones(digits, MULAW)).toThrow("0-9, A-D, # and *");
});

test("no digits at all are refused", () => {
  expect(digitsComplaint("")).toBe("there are no digits");
  expect(() => dtmfTones("", MULAW)).toThrow("there are no digits");
});

describe("I16: digits longer than the maximum", () => {
  test("fail with the length, pauses counted, instead of being cut", () => {
    for (const digits of ["1".repeat(33), `${"1".repeat(32)}w`, "9".repeat(1000)]) {
      expect(digitsComplaint(digits)).toBe(`there are ${digits.length} digits and pauses; 32 is the most`);
      expect(() => dtmfTones(digits, MULAW)).toThrow("32 is the most");
    }
  });

  test("do not take those of exactly the maximum with them", () => {
    expect(digitsComplaint("1".repeat(32))).toBeUndefined();
    expect(dtmfTones("1".repeat(32), MULAW)).toHaveLength(32 * 200 * 8);
  });
});
