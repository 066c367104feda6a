import { expect, test } from "vitest";
import { heardSplit } from "../../../src/page/console/heard-split.ts";

test.each([
  ["all of it", "नमस्ते! कैसे हैं?", "नमस्ते! कैसे हैं?", "नमस्ते! कैसे हैं?", ""],
  ["nothing", "Hello there.", "", "", "Hello there."],
  ["up to a word", "We are open until eight.", "We are open", "We are open", "until eight."],
  ["up to a word in Devanagari", "वह कल शाम छह बजे तक पहुँच जाएगा।", "वह कल शाम", "वह कल शाम", "छह बजे तक पहुँच जाएगा।"],
  ["half of a word, which was not heard", "मैं संजीवनी क्लिनिक से", "मैं संजी", "मैं", "संजीवनी क्लिनिक से"],
  ["a word that lacks only its vowel sign", "நாளை காலை வரும்", "நாளை கால", "நாளை", "காலை வரும்"],
  ["other white space than was written", "One  two\nthree", "One two", "One  two", "three"],
  ["a number that is left out of one of both", "Order 48213 is here", "Order •••", "Order 48213", "is here"],
  ["more than there is", "One", "One two three", "One", ""],
])("a reply is parted at the word where the caller stopped hearing it: %s", (_, generated, heard, before, behind) => {
  expect(heardSplit(generated, heard)).toEqual({ heard: before, unheard: behind });
});

test("words are the same however their letters are composed", () => {
  expect(heardSplit("क\u093cिताब लाओ", "\u0958िताब").unheard).toBe("लाओ");
});
