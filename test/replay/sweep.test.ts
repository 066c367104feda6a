import { describe, expect, test } from "vitest";
import { POLICY } from "../../src/call/call.ts";
import { gridOf } from "../../src/replay/sweep/knobs.ts";
import { errorsPer100, type Row, sweep } from "../../src/replay/sweep/sweep.ts";
import { sweepTable } from "../../src/replay/sweep/table.ts";
import { handMade, type Step } from "./hand-made.ts";

/** One answered question, and an agent that is stopped by a noise at 6000 if at all. */
const call = (gapMs: number, stopped: boolean) =>
  handMade([
    { at: 1000, ear: "speech-started", n: 0 },
    { at: 2000, ear: "speech-ended", n: 0 },
    { at: 2000, ear: "final", n: 0, text: "कहाँ है" },
    { at: 2000, answers: 2 },
    { at: 2000, turn: "कहाँ है", seq: 2 },
    { at: 2000 + gapMs, sounds: 9000 },
    { at: 6000, ear: "speech-started", n: 1 },
    ...(stopped ? [{ at: 6000, stops: true } satisfies Step] : []),
    { at: 6200, ear: "final", n: 1, text: "" },
  ]);

const GRID = gridOf(["bargeIn.minMs=0,120"], POLICY);

test("every call is played under every combination, and all are summed up", async () => {
  const calls = [
    { name: "one", ...call(500, true) },
    { name: "two", ...call(1500, true), labels: { noises: [] } },
  ];
  const run: string[] = [];
  const rows = await sweep(calls, GRID, async (swept, combination) => {
    const minMs = combination["bargeIn.minMs"] ?? 0;
    const which = calls.findIndex(({ call: it }) => it === swept);
    run.push(`${which} ${minMs}`);
    const { replayed } = call([500, 1500][which] ?? 0, minMs === 0);
    return minMs === 0 ? replayed : { ...replayed, modelledFromMs: 6000 };
  });
  expect(run).toEqual(["0 0", "1 0", "0 120", "1 120"]);
  const counts = { turns: 2, cutIns: 0, missed: 0, lostWords: 0, unanswered: 0, gapP50Ms: 500, gapP95Ms: 1500 };
  expect(rows).toEqual([
    { combination: { "bargeIn.minMs": 0 }, present: true, changed: 0, ...counts, falseStops: 1 },
    { combination: { "bargeIn.minMs": 120 }, present: false, changed: 2, ...counts, falseStops: 0 },
  ]);
  expect(rows.map(errorsPer100)).toEqual([50, 0]);
});

test("where nothing was answered there is no gap", async () => {
  const { call: it, replayed } = handMade([]);
  const [row] = await sweep([{ name: "silent", call: it }], GRID, async () => replayed);
  expect(row).not.toHaveProperty("gapP50Ms");
  expect(errorsPer100(row as Row)).toBe(0);
});

describe("the table", () => {
  const row = (combination: Row["combination"], more: Partial<Row> = {}): Row => {
    const counts = {
      turns: 80,
      cutIns: 3,
      falseStops: 2,
      missed: 1,
      lostWords: 0,
      unanswered: 2,
      gapP50Ms: 900.4,
      gapP95Ms: 1400,
    };
    return { combination, present: false, changed: 0, ...counts, ...more };
  };

  test("marks what is in force now and the best of each column where there is a choice", () => {
    const rows = [
      row({ "turn.mergeMs": 300 }, { falseStops: 5, changed: 4 }),
      row({ "turn.mergeMs": 700 }, { present: true, gapP50Ms: 850 }),
    ];
    expect(sweepTable(rows, ["turn.mergeMs"])).toEqual([
      "   turn.mergeMs  cut-ins  false stops  missed  lost  silent  gap p50  gap p95",
      "1           300        3            5       1     0       2      900     1400",
      "2*          700        3            2+      1     0       2      850+    1400",
      "",
      "* in force now   + best of its column   80 turns of callers in the recordings   gaps in ms",
      "missed: interruptions the agent did not give way to   lost: words in no turn   silent: turns without any answer",
      "In up to 4 of the calls not everything went as recorded: what follows from there is modelled.",
    ]);
  });

  test("says that there is no gap where nothing was answered", () => {
    const { gapP50Ms: _, gapP95Ms: __, ...silent } = row({ "turn.mergeMs": 1 });
    expect(sweepTable([silent, row({ "turn.mergeMs": 2 })], ["turn.mergeMs"])[1]).toMatch(/–\s+–$/);
  });

  test("of many knobs fits into 120 columns all the same", () => {
    const names = Object.entries(POLICY).flatMap(([part, values]) =>
      Object.keys(values).map((key) => `${part}.${key}`),
    );
    const rows = [row(Object.fromEntries(names.map((name) => [name, 700])))];
    const lines = sweepTable(rows, names);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    for (const name of names) expect(lines.filter((line) => line.endsWith(name)).length).toBe(1);
  });
});
