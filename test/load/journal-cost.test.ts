import { expect, test } from "vitest";
import { costLines } from "../../scripts/load/journal-cost.ts";
import { Measurement } from "../../scripts/load/measure.ts";
import type { LoadResult } from "../../scripts/load/run.ts";

const options = { calls: 2, carrier: "twilio", seconds: 10, env: {} } as const;

function round(cpuMsPerCallSecond: number, clearMs: readonly number[] = [], unanswered = 0): LoadResult {
  const measured = new Measurement(8);
  measured.clearMs.push(...clearMs);
  const memory = { rssBytes: undefined, idleRssBytes: undefined };
  return {
    ...memory,
    options,
    measured,
    connected: 2,
    unanswered,
    steadySeconds: 10,
    cpuMsPerCallSecond,
    ownDelayMs: 0,
  };
}

test("each way is compared with the one without journals round by round, so that a busy minute tells nothing", () => {
  const lines = costLines(
    [
      { title: "none", results: [round(2), round(10), round(3)] },
      { title: "with", results: [round(3, [1, 2]), round(11, [5]), round(3.6, [], 1)] },
    ],
    options,
  );
  expect(lines[0]).toBe("three times 2 calls at once over twilio, 3 rounds of 10 s each");
  expect(lines[2]).toMatch(/^none +3\.00 +1\.00 \(1\.00–1\.00\) +– \/ – +\(0\) +nothing$/);
  expect(lines[3]).toMatch(/^with +3\.60 +1\.20 \(1\.10–1\.50\) +2\.00 \/ 5\.00 +\(3\) +something/);
});
