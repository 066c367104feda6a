import { expect, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { loudnessDbfs, SILENCE_DBFS } from "../../src/audio/loudness.ts";
import { readWav, writeWav } from "../../src/audio/wav.ts";

const noise = (length: number, step: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index * step) % 256));

const formats: readonly AudioFormat[] = [
  { encoding: "mulaw", rate: 8000 },
  { encoding: "linear16", rate: 8000 },
  { encoding: "linear16", rate: 16000 },
  { encoding: "linear16", rate: 24000 },
];

test.each(formats)("mono $encoding at $rate Hz comes back as it was written", (format) => {
  const wav = { format, channels: [noise(1600, 37)] };
  expect(readWav(writeWav(wav))).toEqual(wav);
});

test.each(formats)("stereo $encoding at $rate Hz keeps caller and agent apart", (format) => {
  const wav = { format, channels: [noise(1600, 37), noise(1600, 91)] };
  expect(readWav(writeWav(wav))).toEqual(wav);
});

test("a µ-law file says format 7 and keeps one byte per sample", () => {
  const file = writeWav({ format: { encoding: "mulaw", rate: 8000 }, channels: [noise(800, 3)] });
  expect(file.subarray(0, 4).toString()).toBe("RIFF");
  expect(file.readUInt16LE(20)).toBe(7);
  expect(file.readUInt32LE(24)).toBe(8000);
  expect(file.length).toBeLessThan(800 + 80);
});

test("channels of different lengths, none, or three are refused", () => {
  const format: AudioFormat = { encoding: "mulaw", rate: 8000 };
  for (const channels of [[], [noise(2, 1), noise(4, 1)], [noise(2, 1), noise(2, 1), noise(2, 1)]]) {
    expect(() => writeWav({ format, channels })).toThrow("one channel");
  }
});

test("what is no WAV file, or one of another rate, is refused", () => {
  expect(() => readWav(Buffer.from("not a wav file at all, by no means"))).toThrow();
  const file = writeWav({ format: { encoding: "mulaw", rate: 8000 }, channels: [noise(800, 3)] });
  file.writeUInt32LE(44100, 24);
  expect(() => readWav(file)).toThrow();
});

test("loudness: a full-scale sine is -3 dBFS, half of it -9, silence the floor", () => {
  const sine = (amplitude: number): Buffer => {
    const pcm = Buffer.alloc(16000);
    for (let index = 0; index < 8000; index += 1) {
      pcm.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * 100 * index) / 8000)), index * 2);
    }
    return pcm;
  };
  expect(loudnessDbfs(sine(32767))).toBeCloseTo(-3.01, 2);
  expect(loudnessDbfs(sine(16383.5))).toBeCloseTo(-9.03, 2);
  expect(loudnessDbfs(Buffer.alloc(320))).toBe(SILENCE_DBFS);
  expect(loudnessDbfs(Buffer.alloc(0))).toBe(SILENCE_DBFS);
});
