import { expect, test } from "vitest";
import type { Voice } from "../../src/record/record.ts";
import { LANGUAGES } from "../../src/record/record.ts";
import { configMessage, textPieces, voiceComplaints, voiceFields } from "../../src/speech/sarvam/tts-config.ts";
import { defaultSpeaker, SPEAKERS } from "../../src/speech/sarvam/tts-speakers.ts";

const MULAW = { encoding: "mulaw", rate: 8000 } as const;
const V3: Voice = { language: "en-IN", model: "bulbul:v3", speaker: "shubh" };
const V2: Voice = { ...V3, model: "bulbul:v2", speaker: "anushka" };
const FLASH: Voice = { ...V3, model: "bulbul:v4-flash", speaker: "simran_en_customer" };

for (const [voice, complaint] of [
  [{ ...V3, pitch: 0.1 }, "pitch is not taken by bulbul:v3"],
  [{ ...V3, loudness: 1 }, "loudness is not taken by bulbul:v3"],
  [{ ...V3, pace: 2.1 }, "pace must be from 0.5 to 2"],
  [{ ...V3, temperature: 0 }, "temperature must be from 0.01 to 1"],
  [{ ...V3, speaker: "anushka" }, 'speaker "anushka" is not of bulbul:v3 but of bulbul:v2'],
  [{ ...V3, speaker: "simran_en_customer" }, 'speaker "simran_en_customer" is not of bulbul:v3 but of bulbul:v4-flash'],
  [{ ...V3, speaker: "Shubh" }, 'speaker "Shubh" must be lower-case letters, digits and underscores'],
  [{ ...V3, minBufferSize: 29 }, "minBufferSize must be from 30 to 200"],
  [{ ...V3, maxChunkLength: 501 }, "maxChunkLength must be from 50 to 500"],
  [{ ...V3, maxChunkLength: 99.5 }, "maxChunkLength must be a whole number of characters"],
  [{ ...V3, bitrate: "320k" }, 'bitrate "320k" must be one of 32k, 64k, 96k, 128k, 192k'],
  [{ ...V2, pace: 0.2 }, "pace must be from 0.3 to 3"],
  [{ ...V2, pitch: 0.8 }, "pitch must be from -0.75 to 0.75"],
  [{ ...V2, temperature: 0.6 }, "temperature is not taken by bulbul:v2"],
  [{ ...V2, speaker: "shubh" }, 'speaker "shubh" is not of bulbul:v2 but of bulbul:v3'],
  [{ ...FLASH, pitch: 0.6 }, "pitch must be from -0.5 to 0.5"],
  [{ ...FLASH, loudness: 2.6 }, "loudness must be from 0.1 to 2.5"],
  [{ ...FLASH, temperature: 0.6 }, "temperature is not taken by bulbul:v4-flash"],
  [
    { ...FLASH, speaker: "shubh" },
    'speaker "shubh" is not of bulbul:v4-flash, whose speakers are named voice_language_style',
  ],
  [{ ...V3, model: "bulbul:v4" }, 'model "bulbul:v4" is unknown; known are bulbul:v2, bulbul:v3, bulbul:v4-flash'],
] as const satisfies readonly (readonly [Voice, string])[]) {
  test(`S0.12: a voice is refused because ${complaint}`, () => {
    expect(voiceComplaints(voice)).toEqual([complaint]);
    expect(() => configMessage(voice, MULAW)).toThrow(complaint);
  });
}

test("S0.12: everything wrong with a voice is said at once", () => {
  expect(voiceComplaints({ ...V3, pitch: 1, loudness: 1, pace: 9 })).toHaveLength(3);
});

test("S1: every language has a voice on every model, and its config asks for the line's own codec and rate", () => {
  for (const model of ["bulbul:v2", "bulbul:v3", "bulbul:v4-flash"]) {
    for (const language of LANGUAGES) {
      const speaker = defaultSpeaker(model, language);
      expect(voiceFields({ language, model, speaker }, { encoding: "linear16", rate: 24000 })).toEqual({
        target_language_code: language,
        speaker,
        speech_sample_rate: 24000,
        output_audio_codec: "linear16",
      });
    }
  }
});

test("S1: pitch and loudness are sent where the model takes them", () => {
  expect(voiceFields({ ...V2, pitch: -0.75, loudness: 3, pace: 3 }, MULAW)).toMatchObject({
    pitch: -0.75,
    loudness: 3,
    pace: 3,
  });
  expect(voiceFields({ ...FLASH, pitch: 0.5, loudness: 0.1 }, MULAW)).toMatchObject({ pitch: 0.5, loudness: 0.1 });
});

test("a speaker newer than our roster is left for the server to judge", () => {
  expect(voiceComplaints({ ...V3, speaker: "amelia" })).toEqual([]);
  expect([SPEAKERS["bulbul:v2"].length, SPEAKERS["bulbul:v3"].length]).toEqual([7, 37]);
});

test("a long text is cut at white space, into pieces that join to the text", () => {
  const text = "एक दो तीन ".repeat(600);
  const pieces = textPieces(text);
  expect(pieces.join("")).toBe(text);
  expect(pieces.map((piece) => piece.length <= 2500)).toEqual([true, true, true]);
  expect(pieces[0]?.endsWith(" ")).toBe(true);
});

test("a long text without white space is cut between characters, never inside one", () => {
  const pieces = textPieces("😀".repeat(10), 7);
  expect(pieces.join("")).toBe("😀".repeat(10));
  expect(pieces.every((piece) => piece.length <= 7)).toBe(true);
  // Throws for half a character.
  expect(pieces.map(encodeURIComponent)).toHaveLength(4);
});
