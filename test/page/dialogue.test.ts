import { expect, test } from "vitest";
import { cutOff, type Dialogue, withMessage } from "../../src/page/call/dialogue.ts";

const so = (role: "user" | "bot", content: string) => ({ role, content, final: false });
const final = (role: "user" | "bot", content: string) => ({ role, content, final: true });
const CUT = "cut";

/** `who: what counts (what does not yet)`, line by line. */
function shown(...told: readonly (ReturnType<typeof so> | typeof CUT)[]): readonly string[] {
  const lines = told.reduce<Dialogue>((so, each) => (each === CUT ? cutOff(so) : withMessage(so, each)), []);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  return lines.map(
    ({ by, text, rest, interrupted }) => `${by}: ${text}${rest && ` (${rest})`}${interrupted ? " interrupted" : ""}`,
  );
}

test("a guess is replaced in its place, and in the end by what counts", () => {
  expect(shown(so("user", "where"), so("user", "where is"))).toEqual(["user:  (where is)"]);
  expect(shown(so("user", "where is"), final("user", "Where is it?"))).toEqual(["user: Where is it?"]);
});

test("what the agent says becomes what was heard, sentence by sentence", () => {
  const two = [so("bot", "One."), so("bot", "Two.")];
  expect(shown(...two)).toEqual(["bot:  (One. Two.)"]);
  expect(shown(...two, final("bot", "One."))).toEqual(["bot: One. (Two.)"]);
  expect(shown(...two, final("bot", "One."), final("bot", "Two."))).toEqual(["bot: One. Two."]);
});

test("who cuts in is shown below, and what was not heard is marked above, however late it is known", () => {
  const cutIn = [so("bot", "One."), so("bot", "Two. Three."), so("user", "wait"), CUT] as const;
  expect(shown(...cutIn)).toEqual(["bot:  (One. Two. Three.) interrupted", "user:  (wait)"]);
  expect(shown(...cutIn, final("bot", "One. Two."), final("user", "Wait."), so("bot", "Yes?"))).toEqual([
    "bot: One. Two. (Three.) interrupted",
    "user: Wait.",
    "bot:  (Yes?)",
  ]);
  expect(shown(so("bot", "One."), CUT, final("bot", "One."))).toEqual(["bot: One."]);
});

test("an answer after one that was cut off is a line of its own, even if nobody said anything", () => {
  expect(shown(so("bot", "One."), CUT, so("bot", "Two."))).toEqual(["bot:  (One.) interrupted", "bot:  (Two.)"]);
});

test("words that go on are one turn; after an answer they are the next one", () => {
  expect(shown(final("user", "Book a"), so("user", "tab"), final("user", "table."))).toEqual(["user: Book a table."]);
  expect(shown(final("user", "Hello."), so("bot", "Hi."), so("user", "where"))).toEqual([
    "user: Hello.",
    "bot:  (Hi.)",
    "user:  (where)",
  ]);
});

test("a guess that came to nothing goes when the agent speaks", () => {
  expect(shown(so("user", "hm"), so("bot", "Still there?"), so("user", "yes"))).toEqual([
    "bot:  (Still there?)",
    "user:  (yes)",
  ]);
});
