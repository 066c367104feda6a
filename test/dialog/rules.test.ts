import { expect, test } from "vitest";
import { BUILT_IN_GREETING, BUILT_IN_RULES } from "../../src/dialog/built-in.ts";
import type { Utterance } from "../../src/dialog/dialog.ts";
import { echoAgent } from "../../src/dialog/echo.ts";
import { pattern, wordsOf } from "../../src/dialog/pattern.ts";
import { type Rules, rulesAgent, rulesSchema } from "../../src/dialog/rules.ts";
import type { Said } from "../../src/record/record.ts";

const idle = new AbortController().signal;
const caller = (text: string): Said => ({ by: "caller", text });

async function answer(agent: ReturnType<typeof rulesAgent>, history: readonly Said[]): Promise<Utterance[]> {
  const result: Utterance[] = [];
  for await (const utterance of agent.reply(history, idle)) result.push(utterance);
  return result;
}

const textOf = (utterances: readonly Utterance[]): string =>
  utterances
    .map((utterance) => (utterance.kind === "text" ? utterance.text : ""))
    .join(" ")
    .trim();
const hangsUp = (utterances: readonly Utterance[]): boolean => utterances.some(({ kind }) => kind === "hang-up");

test.each<[source: string, text: string, found: boolean]>([
  ["bye", "Ok, BYE!", true],
  ["bye", "Is there a bypass?", false],
  ["bye", "bye-bye", true],
  ["पता", "आपका पता क्या है?", true],
  ["पता", "यह लापता है", false],
  ["कहाँ है", "मेरा ऑर्डर कहां है", true],
  ["फोन", "फ़ोन", true],
  ["kya haal", "Kya, haal?", true],
  ["விலை", "இதன் விலை என்ன?", true],
  ["order * late", "is my order not a little late today", true],
  ["order * late", "my order late", true],
  ["price*", "the prices please", true],
  ["what's your name", "what’s your name", true],
  ["*", "anything", true],
  ["one two", "two one", false],
])("the pattern %j in %j: %s", (source, text, found) => {
  expect(pattern(source)?.find(wordsOf(text)) !== undefined).toBe(found);
});

test("captures keep the caller's own spelling", () => {
  const find = pattern("my name is {name} from {city}")?.find;
  expect(find?.(wordsOf("Well, my name is Ravi Kumar from New Delhi!"))).toEqual({
    name: "Ravi Kumar",
    city: "New Delhi",
  });
  expect(pattern("मेरा नाम {name} है")?.find(wordsOf("जी मेरा नाम फ़ातिमा शेख़ है"))).toEqual({ name: "फ़ातिमा शेख़" });
});

test("a pattern stays quick on endless words", () => {
  const find = pattern("a * b * c * d")?.find;
  expect(find?.(wordsOf("a b c ".repeat(5000)))).toBeUndefined();
});

test("S0.10: fixed replies take turns within a call and fill in what was caught", async () => {
  const rules: Rules = rulesSchema.parse({
    rules: [
      { when: ["my name is {name}"], say: ["Hello {name}, nice to meet you.", "You said so, {name}, I remember."] },
      { when: ["stop"], say: "As you wish, goodbye to you.", hangUp: true },
    ],
    otherwise: 'I do not understand "{caller}" yet.',
  });
  const agent = rulesAgent(rules);
  const first = [caller("My name is Asha")];
  expect(textOf(await answer(agent, first))).toBe("Hello Asha, nice to meet you.");
  const second: Said[] = [...first, { by: "agent", text: "Hello Asha" }, caller("hm"), caller("my name is Asha Rao")];
  expect(textOf(await answer(agent, second))).toBe("You said so, Asha Rao, I remember.");
  expect(textOf(await answer(agent, [...second, caller("my name is X")]))).toBe("Hello X, nice to meet you.");
  expect(textOf(await answer(agent, [caller("Flurb?")]))).toBe('I do not understand "Flurb?" yet.');
  expect(await answer(agent, [caller("please stop it")])).toEqual([
    { kind: "text", text: "As you wish, goodbye to you." },
    { kind: "hang-up" },
  ]);
});

test("mistakes in rules are named", () => {
  const wrong = rulesSchema.safeParse({
    rules: [
      { when: ["?!"], say: "a {b}" },
      { when: [], say: "" },
    ],
    otherwise: "{name}",
  });
  expect(wrong.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual(
    expect.arrayContaining([
      "rules.0.when.0: is no pattern: it has no words",
      "rules.0.say: {b} is not caught by every pattern of this rule",
      "rules.1.when: needs at least one pattern",
      "rules.1.say: must not be empty",
      "otherwise: {name} cannot be known here; only {caller} can",
    ]),
  );
});

test("S0.10: echo says back the caller's last words", async () => {
  const history: Said[] = [
    caller("one"),
    { by: "agent", text: "one" },
    caller("This is the second one. It is longer."),
  ];
  expect(await answer(echoAgent, history)).toEqual([
    { kind: "text", text: "This is the second one." },
    { kind: "text", text: "It is longer." },
  ]);
  expect(await answer(echoAgent, [])).toEqual([]);
});

const builtIn = rulesAgent(rulesSchema.parse(BUILT_IN_RULES));
const isHindi = (text: string): boolean => /\p{Script=Devanagari}/u.test(text);

test("the built-in agent greets in at least 60 characters", () => {
  expect(BUILT_IN_GREETING.length).toBeGreaterThanOrEqual(60);
});

test.each([
  ["Where is my order?", /warehouse/],
  ["what are your opening hours", /Monday to Saturday/],
  ["How much does it cost?", /rupees/],
  ["Tell me your address please", /Mahatma Gandhi Road/],
  ["Who are you?", /Durvani/],
  ["wait, one more question", /listening|still here/],
  ["Thank you", /welcome/],
  ["मेरा ऑर्डर कहाँ है?", /गोदाम/],
  ["दुकान कितने बजे खुलती है", /सोमवार/],
  ["इसकी कीमत क्या है?", /रुपये/],
  ["आपका पता क्या है", /गांधी मार्ग/],
  ["आप कौन हैं?", /दूरवाणी/],
  ["एक और सवाल", /सवाल|पूछिए/],
  ["धन्यवाद", /स्वागत/],
  ["मेरा order कहां है", /गोदाम/],
  ["mera order kahan hai", /गोदाम/],
])("the built-in agent knows an answer to %j and stays on the line", async (words, expected) => {
  const said = await answer(builtIn, [caller(words)]);
  expect(textOf(said)).toMatch(expected);
  expect(hangsUp(said)).toBe(false);
});

test.each(["bye", "Goodbye!", "thank you, goodbye", "ok bye-bye", "अलविदा", "धन्यवाद, अलविदा", "ठीक है बाय", "alvida"])(
  "the built-in agent hangs up on %j, after its own goodbye",
  async (words) => {
    const said = await answer(builtIn, [caller(words)]);
    expect(said.map(({ kind }) => kind)).toEqual(["text", "hang-up"]);
  },
);

test.each([
  "thank you",
  "thank you very much",
  "धन्यवाद",
  "शुक्रिया",
  "ok",
  "no",
  "don't hang up",
  "I want to buy one",
  "wait, don't say goodbye",
  "",
])("the built-in agent does not hang up on %j", async (words) => {
  const said = await answer(builtIn, [caller(words)]);
  expect(hangsUp(said)).toBe(false);
  expect(textOf(said)).not.toBe("");
});

test.each(["What is the capital of France?", "मौसम कैसा है?", "मुझे पता नहीं", "hm", "…", ""])(
  "the built-in agent answers %j, which it does not know, with two whole sentences of at least 80 characters, every time",
  async (words) => {
    const history: Said[] = [];
    for (let time = 1; time <= 6; time++) {
      history.push(caller(words));
      const said = await answer(builtIn, history);
      expect(said).toHaveLength(2);
      for (const utterance of said) {
        expect(utterance.kind === "text" && utterance.text.length).toBeGreaterThanOrEqual(80);
        expect(textOf([utterance])).toMatch(/[.।?]$/);
        expect(isHindi(textOf([utterance]))).toBe(isHindi(words));
      }
      history.push({ by: "agent", text: textOf(said) });
    }
  },
);
