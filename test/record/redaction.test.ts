import { expect, test } from "vitest";
import type { BookEntry, Turn } from "../../src/record/record.ts";
import { readable, readableEntry } from "../../src/record/redaction.ts";
import { decision, turn } from "../store/entries.ts";

test.each([
  ["My card is 4111 1111 1111 1111, thank you.", "My card is [number], thank you."],
  ["The code is 1234.", "The code is [number]."],
  ["मेरा नंबर ९८४५० १२३४५ है", "मेरा नंबर [number] है"],
  ["নম্বর ৯৮৪৫০১২৩৪৫", "নম্বর [number]"],
  ["எண் ௯௮௪௫௦௧", "எண் [number]"],
  ["It is nine eight four five oh, double one.", "It is [number]."],
  ["नौ आठ चार पाँच शून्य है", "[number] है"],
  ["ஒன்பது எட்டு நான்கு ஐந்து", "[number]"],
  ["తొమ్మిది ఎనిమిది నాలుగు ఐదు", "[number]"],
  ["ಒಂಬತ್ತು ಎಂಟು ನಾಲ್ಕು ಐದು", "[number]"],
  ["ഒൻപത് എട്ട് നാല് അഞ്ച്", "[number]"],
  ["নয় আট চার পাঁচ", "[number]"],
  ["નવ આઠ ચાર પાંચ", "[number]"],
  ["ਨੌਂ ਅੱਠ ਚਾਰ ਪੰਜ", "[number]"],
  ["नऊ आठ चार पाच", "[number]"],
  ["ନଅ ଆଠ ଚାରି ପାଞ୍ଚ", "[number]"],
  ["nau aath char paanch", "[number]"],
  ["982 and then 5551234#", "982 and then [number]#"],
  ["मेरा ओटीपी बारह चौंतीस है", "मेरा ओटीपी [number] है"],
  ["ஓடிபி பன்னிரண்டு முப்பத்திநாலு", "ஓடிபி [number]"],
  ["நைன் எய்ட் ஃபோர் ஃபைவ்", "[number]"],
  ["My pincode is 5 6 0 0 3 8, PAN ABCDE1234F.", "My pincode is [number], PAN ABCDE[number]F."],
])("a number of four and more digits is not shown: %s", (text, shown) => {
  expect(readable(text, "digits")).toBe(shown);
  expect(readable(shown, "digits")).toBe(shown);
  expect(readable(text, undefined)).toBe(text);
});

const NO_NUMBER = [
  ...["Two rooms, please.", "I am 42.", "At 10:30, on the 5th", "एक मिनट रुकिए", "", "999"],
  ...["It takes 10 to 12 days.", "I sat at ten to four with two to three people.", "one lakh twenty thousand"],
  ...["रात के दस बजे तीन लोग", "मैं दो बार आया और तीन चार लोग थे", "एक हज़ार दो सौ चौंतीस", "teen char baar das baar"],
  ...["ரெண்டு மூணு பேர்", "எட்டு மணிக்கு ஆறு பேர்", "நூறு ரூபாய் இருபத்தி ஐந்து பைசா"],
];

test.each(NO_NUMBER)("what is no such number stays: %s", (text) => expect(readable(text, "digits")).toBe(text));

const words = "Your number is 9845012345.";
const spoken = { userText: "98450 12345", agentGenerated: words, agentSent: words, agentHeard: words };
const turnOf = (entry: BookEntry): Turn | undefined => (entry.kind === "turn" ? entry.turn : undefined);

test("a turn's texts are shown without their numbers, and cost what they did", () => {
  const shown = turnOf(readableEntry(turn(1, spoken), "digits"));
  const left = "Your number is [number].";
  expect(shown).toMatchObject({ userText: "[number]", agentGenerated: left, agentSent: left, agentHeard: left });
  expect(shown?.metrics).toMatchObject({ agentCharacters: words.length, agentAudioMs: 2100 });
  expect(readableEntry(turn(1), "digits")).toEqual(turn(1));
  expect(readableEntry(turn(1, spoken), undefined)).toEqual(turn(1, spoken));
});

test("masked again, a turn still costs what it did at first", () => {
  const once = readableEntry(turn(1, spoken), "digits");
  expect(readableEntry(once, "digits")).toEqual(once);
});

test("decisions and ends tell no number, but times and sizes stay", () => {
  const said = decision(1);
  if (said.kind !== "decision") throw new Error("not a decision");
  const why = "the application closed with 1006 after 2800 ms: 9845012345";
  const entry = { ...said, decision: { ...said.decision, why, inputs: { note: "+919845012345", ms: 12345 } } };
  expect(readableEntry(entry, "digits")).toMatchObject({
    decision: {
      why: "the application closed with 1006 after 2800 ms: [number]",
      inputs: { note: "+[number]", ms: 12345 },
    },
  });
  const end = { how: "agent-hung-up", detail: "for 9845012345", handoffData: '{"card":"4111111111111111"}' } as const;
  const closing = { end, endedAt: 1_760_000_000_000 };
  expect(readableEntry({ kind: "close", closing }, "digits")).toEqual({
    kind: "close",
    closing: { ...closing, end: { how: "agent-hung-up", detail: "for [number]", handoffData: '{"card":"[number]"}' } },
  });
});
