import { join } from "node:path";
import { expect, test } from "vitest";
import { FIXTURES } from "../../scripts/replay/fixture-folder.ts";
import { load } from "../../scripts/replay/load.ts";
import { readMishaps } from "../../scripts/replay/mishaps.ts";
import { replayImitated } from "../../scripts/replay/player.ts";
import { replayConfig, standardParts } from "../../src/replay-parts.ts";

test("I25: what went wrong at the provider goes wrong again, at its instant, and the ear goes by the sound", async () => {
  const { call } = await load(join(FIXTURES, "i25-ear-lost-in-mid-word"), replayConfig({}));
  const [cut] = call.mishaps ?? [];
  const lost = async (it: typeof call): Promise<readonly number[]> => {
    const { decisions } = await replayImitated(it, standardParts());
    return decisions.filter(({ why }) => why.includes("ear lost")).map(({ atMs }) => Math.round(atMs));
  };
  expect(await lost({ ...call, mishaps: undefined })).toEqual([]);
  // The news takes its time to come.
  expect(await lost(call)).toEqual([Math.round((cut?.atMs ?? 0) + 20)]);
});

test("a file of mishaps that makes no sense is refused", () => {
  expect(readMishaps('[{"atMs":5,"cut":"tts"},{"atMs":7.5,"set":{"noFinals":true}}]')).toHaveLength(2);
  for (const text of [
    '[{"atMs":-1,"cut":"tts"}]',
    '[{"atMs":1,"cut":"all"}]',
    '[{"atMs":1,"set":{"noFinal":true}}]',
    "{}",
  ]) {
    expect(() => readMishaps(text), text).toThrow();
  }
});
