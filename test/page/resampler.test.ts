import { expect, test } from "vitest";
import { framesOf, Resampler } from "../../src/page/client/resampler.ts";

const tone = (rate: number, hertz: number, ms: number): Float32Array =>
  Float32Array.from({ length: (rate * ms) / 1000 }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / rate));

/** Of what a tone became, past the filter's own beginning and end; a whole sine is 0. */
function decibels(sound: Float32Array): number {
  const middle = sound.subarray(sound.length >> 2, -(sound.length >> 2));
  const energy = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length;
  return 10 * Math.log10(Math.max(energy * 2, 1e-12));
}

const after = (from: number, to: number, hertz: number): number =>
  decibels(new Resampler(from, to).push(tone(from, hertz, 500)));

test.each([
  [48_000, 8_000, 6_000],
  [48_000, 16_000, 10_000],
  [44_100, 16_000, 10_000],
  [44_100, 8_000, 6_000],
  [96_000, 16_000, 12_000],
])("from %i to %i Hz nothing of a tone of %i Hz, which is too high, folds back", (from, to, hertz) => {
  expect(after(from, to, hertz)).toBeLessThan(-60);
});

test.each([
  [48_000, 8_000, 3_000],
  [48_000, 16_000, 6_800],
  [44_100, 16_000, 6_800],
  [8_000, 16_000, 3_000],
  [16_000, 48_000, 6_800],
  [16_000, 44_100, 440],
  [16_000, 16_000, 1_000],
])("from %i to %i Hz a voice's tone of %i Hz keeps its level", (from, to, hertz) => {
  expect(Math.abs(after(from, to, hertz))).toBeLessThan(0.1);
});

test("however the sound is cut, what comes out is the same, and as long as it should be", () => {
  const input = tone(44_100, 700, 1_000);
  const whole = new Resampler(44_100, 16_000).push(input);
  expect(whole).toHaveLength(16_000);
  const inPieces = new Resampler(44_100, 16_000);
  const pieces: number[] = [];
  for (let at = 0; at < input.length; at += 128) pieces.push(...inPieces.push(input.subarray(at, at + 128)));
  expect(Buffer.from(Float32Array.from(pieces).buffer).equals(Buffer.from(whole.buffer))).toBe(true);
});

test.each([48_000, 44_100])(
  "a microphone at %i Hz gives frames of 20 ms, and what is too loud is cut at the top",
  (rate) => {
    const frames: Int16Array[] = [];
    const take = framesOf(rate, 16_000, (frame) => void frames.push(frame));
    take(new Float32Array(rate).fill(2));
    expect([frames.length, new Set(frames).size]).toEqual([50, 50]);
    expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([320]));
    expect(frames.at(-1)?.at(-1)).toBe(32_767);
  },
);
