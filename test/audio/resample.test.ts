import { expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { loudnessDbfs } from "./loudness.ts";

type Rate = 8000 | 16000 | 24000;

function tone(rate: number, hertz: number, ms: number, amplitude = 16000): Buffer {
  const pcm = Buffer.alloc(Math.round((rate * ms) / 1000) * 2);
  for (let index = 0; index < pcm.length / 2; index += 1) {
    pcm.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * hertz * index) / rate)), index * 2);
  }
  return pcm;
}

/** Cuts at pseudo-random places, odd bytes included, the same ones every time. */
function cut(pcm: Buffer, seed: number): Buffer[] {
  const pieces: Buffer[] = [];
  let state = seed;
  for (let at = 0; at < pcm.length; ) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const length = state % 701;
    pieces.push(pcm.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

const resample = (from: Rate, to: Rate, pieces: readonly Buffer[]): Buffer => {
  const resampler = new Resampler(from, to);
  return Buffer.concat(pieces.map((piece) => resampler.push(piece)));
};

/** Past the filter's own beginning. */
const settled = (pcm: Buffer): Buffer => pcm.subarray(800);

const ways: readonly [Rate, Rate][] = [
  [24000, 16000],
  [8000, 16000],
  [8000, 24000],
];

test.each(ways)("%i to %i Hz: a telephone-band tone keeps its energy within 0.1 dB", (from, to) => {
  for (const hertz of [200, 440, 1000, 2000, 3000]) {
    const before = tone(from, hertz, 500);
    const after = resample(from, to, [before]);
    expect(Math.abs(loudnessDbfs(settled(after)) - loudnessDbfs(settled(before)))).toBeLessThan(0.1);
  }
});

test.each(ways)(
  "%i to %i Hz: the output is the same whatever the cut, so there is no click at a frame border",
  (from, to) => {
    const input = tone(from, 997, 700);
    const whole = resample(from, to, [input]);
    for (const seed of [1, 2, 3]) expect(resample(from, to, cut(input, seed)).equals(whole)).toBe(true);
  },
);

test.each(ways)("%i to %i Hz: after every frame the length is exactly in proportion, for a minute", (from, to) => {
  const resampler = new Resampler(from, to);
  const frame = tone(from, 300, 20);
  let bytes = 0;
  for (let frames = 1; frames <= 3000; frames += 1) {
    bytes += resampler.push(frame).length;
    expect(bytes).toBe((frames * frame.length * to) / from);
  }
});

test("what 16 kHz cannot carry is removed instead of folded back", () => {
  const after = resample(24000, 16000, [tone(24000, 10_000, 500)]);
  expect(loudnessDbfs(settled(after))).toBeLessThan(-65);
});

test("what 8 kHz never carried is not invented", () => {
  const after = resample(8000, 16000, [tone(8000, 3000, 500)]);
  // A pure 3 kHz tone at 16 kHz obeys x[n] = 2cos(w)x[n-1] - x[n-2]; an image at 5 kHz would break it.
  const twoCos = 2 * Math.cos((2 * Math.PI * 3000) / 16000);
  let worst = 0;
  for (let index = 402; index < after.length / 2; index += 1) {
    const expected = twoCos * after.readInt16LE((index - 1) * 2) - after.readInt16LE((index - 2) * 2);
    worst = Math.max(worst, Math.abs(after.readInt16LE(index * 2) - expected));
  }
  expect(worst).toBeLessThan(16000 * 0.002);
});

test("the loudest input does not wrap around", () => {
  const square = Buffer.alloc(24000 * 2);
  for (let index = 0; index < 24000; index += 1) square.writeInt16LE(index % 48 < 24 ? 32767 : -32768, index * 2);
  const after = resample(24000, 16000, [square]);
  for (let index = 200; index < after.length / 2; index += 1) {
    // Positive halves last 16 output samples; their middles, past the filter's ringing, stay positive.
    if ((index - 21 + 3200) % 32 === 8) expect(after.readInt16LE(index * 2)).toBeGreaterThan(25_000);
  }
});

test("each resampled frame is counted as a codec run", () => {
  const before = codecRuns();
  new Resampler(24000, 16000).push(tone(24000, 300, 20));
  expect(codecRuns() - before).toBe(1);
});
