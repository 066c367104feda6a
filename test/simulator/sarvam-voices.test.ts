import { expect, test } from "vitest";
import { SampleReader } from "../../src/simulator/sarvam/samples.ts";
import { Loudness } from "../../src/simulator/sarvam/vad.ts";
import { voice, voiceNames } from "../../src/simulator/voices.ts";

test.each(voiceNames)("the committed voice %s is short, begins at once and is about as loud as a caller", (name) => {
  const { audio, durationMs } = voice(name);
  const steps = new Loudness(8000).measure(new SampleReader("mulaw").read(audio));
  const power = steps.reduce((sum, db) => sum + 10 ** (db / 10), 0) / steps.length;
  expect(durationMs).toBeLessThanOrEqual(3000);
  expect(Math.abs(audio.length / 8 - durationMs)).toBeLessThan(1);
  expect(steps.findIndex((db) => db > -40)).toBeLessThan(10);
  expect(10 * Math.log10(power)).toBeGreaterThan(-21);
  expect(10 * Math.log10(power)).toBeLessThan(-16);
});

test("a voice that does not exist is an error that names those that do", () => {
  expect(() => voice("nobody")).toThrow(/en-question/);
});
