import { expect, test } from "vitest";
import { sentences, splitSentences } from "../../src/dialog/sentences.ts";

async function* tokens(parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
}

async function cut(parts: readonly string[]): Promise<string[]> {
  const result: string[] = [];
  for await (const sentence of sentences(tokens(parts))) result.push(sentence);
  return result;
}

const table: readonly { name: string; text: string; cut: readonly string[] }[] = [
  {
    name: "stops, questions and exclamations end sentences",
    text: "Your order is on its way. Is there anything else? Very good indeed!",
    cut: ["Your order is on its way.", "Is there anything else?", "Very good indeed!"],
  },
  {
    name: "the danda ends a Hindi sentence, with or without a space behind it",
    text: "आपका ऑर्डर कल पहुँचेगा।क्या और कुछ चाहिए? धन्यवाद, फिर मिलेंगे॥ शुभ दिन, नमस्ते।",
    cut: ["आपका ऑर्डर कल पहुँचेगा।", "क्या और कुछ चाहिए?", "धन्यवाद, फिर मिलेंगे॥", "शुभ दिन, नमस्ते।"],
  },
  {
    name: "the Urdu stop ends a sentence",
    text: "آپ کا آرڈر کل پہنچے گا۔ شکریہ، خدا حافظ۔",
    cut: ["آپ کا آرڈر کل پہنچے گا۔", "شکریہ، خدا حافظ۔"],
  },
  {
    name: "numbers stay whole",
    text: "It weighs 3.5 kilos and costs ₹1,200.50 today. The rest is free.",
    cut: ["It weighs 3.5 kilos and costs ₹1,200.50 today.", "The rest is free."],
  },
  {
    name: "abbreviations, initials and counters do not end a sentence",
    text: "Dr. Rao and Mrs. Iyer paid Rs. 500 for No. 7 at A. P. J. Kalam Road. The answer is no. They left.",
    cut: ["Dr. Rao and Mrs. Iyer paid Rs. 500 for No. 7 at A. P. J. Kalam Road.", "The answer is no.", "They left."],
  },
  {
    name: "a stop before a small letter ends nothing",
    text: "Tea, coffee, etc. are served until 5 p.m. every day. Welcome to us.",
    cut: ["Tea, coffee, etc. are served until 5 p.m. every day.", "Welcome to us."],
  },
  {
    name: "quotes and brackets stay with the sentence they close",
    text: 'He said "come tomorrow." (It was late by then.) “We will see.” Then he left us.',
    cut: ['He said "come tomorrow."', "(It was late by then.)", "“We will see.”", "Then he left us."],
  },
  { name: "fragments join what follows", text: "Ok. I will look it up. Yes.", cut: ["Ok. I will look it up.", "Yes."] },
  {
    name: "a line's end ends a sentence",
    text: "These are the shops\nBengaluru South\nMumbai Central",
    cut: ["These are the shops", "Bengaluru South", "Mumbai Central"],
  },
  {
    name: "what is only for the eye is not spoken",
    text: "## About your order\n\n- **Two** shirts in `blue`\n* See [our page](https://example.com/a.b) please.\n---\n🙂",
    cut: ["About your order", "Two shirts in blue", "See our page please."],
  },
  {
    name: "a long sentence is cut at a clause once it is past 80 characters",
    text: "I have looked at your order and at the delivery that was planned for it, and it seems that the van, which was late, will come at noon, or a little later.",
    cut: [
      "I have looked at your order and at the delivery that was planned for it, and it seems that the van,",
      "which was late, will come at noon, or a little later.",
    ],
  },
  {
    name: "a sentence of up to 120 characters is not cut at a clause",
    text: "We are open from Monday to Saturday from nine in the morning until, as a rule, seven in the evening of that day.",
    cut: [
      "We are open from Monday to Saturday from nine in the morning until, as a rule, seven in the evening of that day.",
    ],
  },
];

test.each(table)("$name", async ({ text, cut: expected }) => {
  expect(splitSentences(text)).toEqual(expected);
  expect(await cut([text])).toEqual(expected);
  expect(await cut([...text])).toEqual(expected);
});

test("text without any mark is cut between words before it grows endless", async () => {
  const endless = "और एक शब्द ".repeat(100);
  const parts = await cut([...endless]);
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(400);
  expect(parts.join(" ")).toBe(endless.trim());
});

test("a sentence is given out while the model still writes", async () => {
  let written = 0;
  async function* model(): AsyncGenerator<string> {
    for (const token of ["Your order ", "has left. ", "It ", "comes ", "tomorrow."]) {
      written += 1;
      yield token;
    }
  }
  const out = sentences(model());
  expect((await out.next()).value).toBe("Your order has left.");
  expect(written).toBe(3);
  await out.return(undefined);
});

test("a model that fails passes its failure on", async () => {
  async function* model(): AsyncGenerator<string> {
    yield "Your order ";
    throw new Error("broke off");
  }
  await expect(async () => {
    for await (const _ of sentences(model()));
  }).rejects.toThrow("broke off");
});

/** A small seeded generator, so that a failure can be seen again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const PIECES = [
  ...[
    "order",
    "आपका",
    "नमस्ते",
    "3.5",
    "₹1,200.50",
    "Dr.",
    "No.",
    "7",
    "Ok.",
    "a.m.",
    "கடை",
    "ٹھیک",
    "A.",
    "यह",
    "is",
    "Bengaluru",
  ],
  ...[". ", "। ", "? ", "! ", "… ", "۔ ", ", ", "; ", " — ", "\n", '." ', ".) ", "।", "...", ", "],
];

test("however the text is split into tokens, the sentences are the same and no word is lost", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const roll = dice(seed);
    const text = Array.from(
      { length: 20 + roll(80) },
      () => `${PIECES[roll(PIECES.length)]}${roll(3) ? " " : ""}`,
    ).join("");
    const chunks: string[] = [];
    for (let at = 0; at < text.length; ) {
      const size = 1 + roll(9);
      chunks.push(text.slice(at, at + size));
      at += size;
    }
    const whole = splitSentences(text);
    expect(await cut(chunks), `seed ${seed}: ${text}`).toEqual(whole);
    const letters = (of: string): string => of.replace(/[^\p{L}\p{M}\p{N}]+/gu, "");
    expect(letters(whole.join(" ")), `seed ${seed}`).toBe(letters(text));
  }
});
