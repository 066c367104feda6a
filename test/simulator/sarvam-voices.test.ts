import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LANGUAGES } from "../../src/record/record.ts";
import { SampleReader } from "../../src/simulator/sarvam/samples.ts";
import { Loudness } from "../../src/simulator/sarvam/vad.ts";
import { voice, voiceNames } from "../../src/simulator/voices.ts";

test.each(voiceNames)("the committed voice %s is short, begins at once and is about as loud as a caller", (name) => {
  const { audio, durationMs } = voice(name);
  const steps = new Loudness(8000).measure(new SampleReader("mulaw").read(audio));
  const power = steps.reduce((sum, db) => sum + 10 ** (db / 10), 0) / steps.length;
  expect(durationMs).toBeLessThanOrEqual(4500);
  expect(Math.abs(audio.length / 8 - durationMs)).toBeLessThan(1);
  expect(steps.findIndex((db) => db > -40)).toBeLessThan(10);
  expect(10 * Math.log10(power)).toBeGreaterThan(-21);
  expect(10 * Math.log10(power)).toBeLessThan(-16);
});

test("a voice that does not exist is an error that names those that do", () => {
  expect(() => voice("nobody")).toThrow(/en-question/);
});

test.each(LANGUAGES)("somebody asks a question in %s, written in its own script", (language) => {
  const { text, language: spoken } = voice(`${language.slice(0, 2)}-question`);
  const script = new Intl.Locale(language.replace("od", "or")).maximize().script;
  expect(spoken).toBe(language);
  expect(text).toMatch(new RegExp(`^[\\p{Script=${script}}\\p{P}\\s]+$`, "u"));
});

test("there is a file for every voice and a voice for every file, and together they stay small", () => {
  const folder = join(import.meta.dirname, "../../src/simulator/voices");
  const files = readdirSync(folder);
  expect(files.toSorted()).toEqual([...voiceNames.map((name) => `${name}.ulaw`), "voices.json"].toSorted());
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  expect(bytes).toBeLessThanOrEqual(450_000);
});
