import { expect, test } from "vitest";
import {
  FILES,
  type Fixture,
  type Golden,
  goldenText,
  listFixtures,
  readFixture,
} from "../../scripts/replay/fixture-folder.ts";
import { playStream } from "../../scripts/replay/imported.ts";
import { goldenOf } from "../../scripts/replay/make-fixture.ts";
import { type MishapCall, readMishaps } from "../../scripts/replay/mishaps.ts";
import { replayImitated } from "../../scripts/replay/player.ts";
import { columns } from "../../src/kit/columns.ts";
import { inWords } from "../../src/replay/again/difference-lines.ts";
import { decisionLog, type RecordedCall, type Replayed, readCall, replayInputs } from "../../src/replay/replay.ts";
import { leaks } from "../../src/replay/scrub/leaks.ts";
import { storyOf } from "../../src/replay/story/story.ts";
import { replayConfig, standardParts } from "../../src/replay-parts.ts";
import { seededDice } from "../../src/simulator/sarvam/dice.ts";

const fixtures = (await Promise.all((await listFixtures()).map(readFixture))).map(({ recording, ...fixture }) => ({
  ...fixture,
  title: [...fixture.golden.incidents, fixture.name].join(" "),
  call: recording ? { ...readCall(recording), mishaps: mishapsOf(fixture.texts) } : undefined,
}));

/** What went wrong at the provider, to go wrong again when the call is heard anew. */
function mishapsOf({ [FILES.mishaps]: text }: Fixture["texts"]): MishapCall["mishaps"] {
  return text === undefined ? undefined : readMishaps(text);
}

const recorded = fixtures.flatMap(({ call, ...fixture }) => (call ? [{ ...fixture, call }] : []));
const parts = standardParts();

const again = (call: RecordedCall): Promise<Replayed> => replayInputs(call, parts);
/** The text of the golden that it would make. */
const comesTo = (replayed: Replayed, about: Partial<Golden> = {}): string =>
  goldenText({ ...about, ...goldenOf(replayed) });
const differences = (replayed: Replayed): string => replayed.differences.flatMap(inWords).join("\n");

test("there are fixtures", () => {
  expect(fixtures.length).toBeGreaterThan(0);
});

test.each(recorded)(
  "$title, with its inputs: every decision and every word is as it was",
  async ({ call, texts, golden }) => {
    const replayed = await again(call);
    expect(differences(replayed)).toBe("");
    expect(comesTo(replayed, golden)).toBe(texts[FILES.golden]);
  },
);

const sounding = recorded.filter(({ call }) => call.audio.length > 0);
test.each(sounding)("$title, heard and answered anew: twice the same, and as it was", async ({ call, texts }) => {
  const [once, twice] = [await replayImitated(call, parts), await replayImitated(call, parts)];
  expect(decisionLog(twice.decisions)).toBe(decisionLog(once.decisions));
  expect(twice.entries).toEqual(once.entries);
  if (texts[FILES.line] !== undefined) expect(comesTo(once)).toBe(texts[FILES.line]);
});

const streamed = fixtures.filter(({ texts }) => FILES.wire in texts);
test.each(streamed)(
  "$title, its stream message by message: no rule of the carrier's is broken",
  async ({ call, texts }) => {
    const played = await playStream(texts[FILES.wire] ?? "", call?.setup, replayConfig({}));
    expect(differences(played)).toBe("");
    expect(comesTo(played)).toBe(texts[FILES.wireGolden]);
  },
);

test.each(fixtures)("$title holds no personal data", ({ texts }) => {
  expect(Object.entries(texts).flatMap(([file, text]) => leaks(text).map((leak) => `${file}, ${leak}`))).toEqual([]);
});

test.each(recorded)("the story of $title fits a terminal", ({ call }) => {
  for (const line of storyOf(call)) expect(columns(line), line).toBeLessThanOrEqual(110);
});

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const { next } = seededDice(seed);
  const keyed = items.map((item) => ({ item, key: next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

test("twenty fixtures, ten times in shuffled order: identical decision logs", async () => {
  const twenty = recorded.slice(0, 20);
  const orders = new Set<string>();
  const logs = new Map<string, string>();
  for (let round = 0; round < 10; round++) {
    const order = shuffled(twenty, round);
    orders.add(order.map(({ name }) => name).join());
    for (const { name, call } of order) {
      const log = decisionLog((await again(call)).decisions);
      expect(log, name).toBe(logs.get(name) ?? log);
      logs.set(name, log);
    }
  }
  if (twenty.length > 4) expect(orders.size).toBe(10);
});
