import { expect, test } from "vitest";
import { writeTranslation } from "../../src/jobs/translation.ts";
import { pieces, writtenIn } from "../../src/jobs/translation-text.ts";
import { books, id, said } from "./written-up.ts";

const TURNS = [said(1, "", "Welcome."), said(2, "मेरा ऑर्डर कहाँ है?", "रास्ते में है।"), said(3, "1234", "ठीक है।")];

/** Translates into angle brackets; breaks off at the `fails`-th request. */
function translator(from = "hi-IN", most = 1000) {
  const asked: string[] = [];
  const world = { fails: 0 };
  const provider = {
    translate: async (text: string) => {
      asked.push(text);
      if (asked.length === world.fails) throw new Error("Sarvam answered 429");
      return { text: `<${text}>`, from };
    },
    translatedAtOnce: most,
    translationModel: "m",
  };
  return { asked, world, provider };
}

test("a transcript is translated line by line, but for what is in that language already", async () => {
  const { state, store } = books(TURNS, { translateTo: "en-IN" });
  const { asked, provider } = translator();
  expect(await writeTranslation({ store, provider }, id)).toBe("written");
  expect(asked).toEqual(["मेरा ऑर्डर कहाँ है?", "रास्ते में है।", "ठीक है।"]);
  expect(state.call?.translation).toEqual({
    callId: id,
    language: "en-IN",
    model: "m",
    characters: asked.join("").length,
    complete: true,
    lines: [
      { by: "agent", text: "Welcome.", atMs: 1000 },
      { by: "caller", text: "मेरा ऑर्डर कहाँ है?", atMs: 2000, translation: "<मेरा ऑर्डर कहाँ है?>" },
      { by: "agent", text: "रास्ते में है।", atMs: 2000, translation: "<रास्ते में है।>" },
      { by: "caller", text: "1234", atMs: 3000 },
      { by: "agent", text: "ठीक है।", atMs: 3000, translation: "<ठीक है।>" },
    ],
  });
  expect(state.owed).not.toContain("translation");
  await writeTranslation({ store, provider }, id);
  expect(asked).toHaveLength(3);
});

test("lines that were translated are kept when the next one fails, and not paid for again", async () => {
  const { state, store } = books(TURNS, { translateTo: "en-IN" });
  const { asked, world, provider } = translator();
  world.fails = 2;
  await expect(writeTranslation({ store, provider }, id)).rejects.toThrow("429");
  expect(state.call?.translation).toMatchObject({ complete: false, lines: [{}, { translation: "<मेरा ऑर्डर कहाँ है?>" }] });
  expect(state.owed).toContain("translation");
  await writeTranslation({ store, provider }, id);
  expect(asked).toEqual(["मेरा ऑर्डर कहाँ है?", "रास्ते में है।", "रास्ते में है।", "ठीक है।"]);
  expect(state.call?.translation).toMatchObject({ complete: true, characters: 19 + 14 + 7 });
});

test("a line that came into the books late is translated too", async () => {
  const { state, store } = books(TURNS, { translateTo: "en-IN" });
  const { world, provider } = translator();
  world.fails = 3;
  await expect(writeTranslation({ store, provider }, id)).rejects.toThrow("429");
  if (state.call) state.call = { ...state.call, turns: [...TURNS, said(1, "हाँ?", "")] };
  await writeTranslation({ store, provider }, id);
  expect(state.call?.translation?.lines.map(({ text }) => text)).toEqual([
    "Welcome.",
    "हाँ?",
    ...["मेरा ऑर्डर कहाँ है?", "रास्ते में है।", "1234", "ठीक है।"],
  ]);
});

test("what proves to be in that language has no translation; long lines go in pieces", async () => {
  const { state, store } = books([said(1, "नमस्कार. तुम्ही कसे आहात", "")], { translateTo: "mr-IN" });
  const { asked, provider } = translator("mr-IN", 12);
  await writeTranslation({ store, provider }, id);
  expect(asked).toEqual(["नमस्कार.", "तुम्ही कसे", "आहात"]);
  expect(state.call?.translation?.lines).toEqual([{ by: "caller", text: "नमस्कार. तुम्ही कसे आहात", atMs: 1000 }]);
});

test("nobody's wish is nobody's translation", async () => {
  const { store } = books(TURNS, {});
  expect(await writeTranslation({ store, provider: translator().provider }, id)).toBe("none");
});

test.each<[text: string, language: Parameters<typeof writtenIn>[1], spoken: string, is: boolean]>([
  ["Hello 12", "en-IN", "hi-IN", true],
  ["Hello जी", "en-IN", "hi-IN", false],
  ["क्या हाल है", "hi-IN", "hi-IN", true],
  ["क्या हाल है", "hi-IN", "mr-IN", false],
  ["வணக்கம்", "ta-IN", "hi-IN", true],
  ["9876 ?!", "ta-IN", "hi-IN", true],
])("%s is in %s in a call in %s: %s", (text, language, spoken, is) => {
  expect(writtenIn(text, language, spoken)).toBe(is);
});

test("pieces lose nothing, cut behind sentences, between words, or through a word that is too long", () => {
  expect(pieces("One two. Three four. Five", 15)).toEqual(["One two.", "Three four.", "Five"]);
  expect(pieces("one two three", 8)).toEqual(["one two", "three"]);
  expect(pieces("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(pieces("abc😀d", 4)).toEqual(["abc", "😀d"]);
  expect(pieces("  ", 4)).toEqual([]);
});
