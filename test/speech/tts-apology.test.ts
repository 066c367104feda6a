import { expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import { LANGUAGES } from "../../src/record/record.ts";
import { apologyAudio, apologyText } from "../../src/speech/apology.ts";

for (const language of LANGUAGES) {
  test(`the apology in ${language} is speech of 3 to 6 s on every line, and its words are written in its own script`, () => {
    const before = codecRuns();
    const mulaw = apologyAudio(language, { encoding: "mulaw", rate: 8000 });
    expect(codecRuns()).toBe(before);
    expect(mulaw.length).toBeGreaterThan(24_000);
    expect(mulaw.length).toBeLessThanOrEqual(48_000);
    for (const rate of [8000, 16000, 24000] as const) {
      const pcm = apologyAudio(language, { encoding: "linear16", rate });
      expect(pcm.length).toBe(mulaw.length * 2 * (rate / 8000));
      const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
      const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      expect(loudness).toBeGreaterThan(1000);
    }
    const latin = /[a-z]/i.test(apologyText(language));
    expect(latin).toBe(language === "en-IN");
  });
}

test("an apology is converted once, however many calls fail together", () => {
  const format = { encoding: "linear16", rate: 16000 } as const;
  const first = apologyAudio("hi-IN", format);
  const before = codecRuns();
  expect(apologyAudio("hi-IN", format)).toBe(first);
  expect(codecRuns()).toBe(before);
});
