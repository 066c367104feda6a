import { expect, test } from "vitest";
import { curlOf, kindOf, matches, settingsOf, writtenIn } from "../../../src/page/console/agent-reading.ts";

const AGENT = {
  name: "clinic",
  numbers: ["+918047182200"],
  greeting: "नमस्ते! मैं आपकी क्या मदद कर सकती हूँ?",
  language: "hi-IN",
  listensFor: "unknown",
  voice: { language: "hi-IN", speaker: "priya", pace: 1.1, pitch: undefined },
  dialog: { kind: "chat", prompt: "You are Priya, the receptionist of the Sanjivani clinic.\nBe brief." },
  limits: { maxDurationMs: 900_000, silenceMs: 0 },
  speakers: ["priya", "shubh"],
  isDefault: true,
};

test("every setting can be read, in groups", () => {
  expect(settingsOf(AGENT)).toEqual([
    {
      title: "Dialog",
      settings: [
        { label: "Kind", value: "chat", prose: false },
        { label: "Prompt", value: AGENT.dialog.prompt, prose: true },
      ],
    },
    {
      title: "Speaks",
      settings: [
        { label: "Language", value: "Hindi", prose: false },
        { label: "Listens for", value: "any language", prose: false },
      ],
    },
    {
      title: "Voice",
      settings: [
        { label: "Language", value: "Hindi", prose: false },
        { label: "Speaker", value: "priya", prose: false },
        { label: "Pace", value: "1.1", prose: false },
      ],
    },
    {
      title: "Limits",
      settings: [
        { label: "Max duration", value: "15 min", prose: false },
        { label: "Silence", value: "none", prose: false },
      ],
    },
  ]);
});

test("what nobody has thought of yet can be read, too", () => {
  const told = { ...AGENT, phrases: { stillThere: ["जी?", "हैलो?"], ask: [{ on: true }] } };
  expect(settingsOf(told).at(-1)).toEqual({
    title: "Phrases",
    settings: [
      { label: "Still there", value: "जी? · हैलो?", prose: false },
      { label: "Ask 1 on", value: "yes", prose: false },
    ],
  });
});

test.each([
  ["CLIN", true],
  ["80471", true],
  ["hindi", true],
  ["मदद", true],
  ["", true],
  ["tamil", false],
])("a search for %j finds it: %s", (search, found) => {
  expect(matches(AGENT, search)).toBe(found);
});

test("the command is one that a shell reads as it stands", () => {
  expect(curlOf("https://voice.example", { name: `Asha's "desk"` })).toBe(
    `curl https://voice.example/v1/voice/sessions \\
  -H "Authorization: Bearer $DURVANI_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"agent":"Asha'\\''s \\"desk\\""}'`,
  );
});

test.each([
  ["You are Priya: be brief, like in Hindi.", "en"],
  ["आप प्रिया हैं। Be brief.", "hi-IN"],
  ["1234", "en"],
])("%j is read aloud as %s", (words, language) => {
  expect(writtenIn(words, AGENT)).toBe(language);
});

test("how it thinks is said in words", () => {
  expect(kindOf(AGENT)).toBe("language model");
  expect(kindOf({ ...AGENT, dialog: { kind: "oracle" } })).toBe("oracle");
});
