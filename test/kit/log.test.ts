import { expect, test } from "vitest";
import { createLog } from "../../src/kit/log.ts";
import { backoffMs } from "../../src/kit/retry.ts";

test("what is personal or secret never reaches the log", () => {
  const lines: string[] = [];
  const log = createLog("debug", { write: (line: string) => void lines.push(line) });
  const canary = "+919876543210";
  log.info({ from: canary, to: canary, call: { from: canary, text: canary }, token: canary, url: canary }, "a call");
  log.child({ number: canary }).warn({ digit: canary, headers: { authorization: canary } }, "a child");
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain(canary);
});

test("a log below its level writes nothing", () => {
  const lines: string[] = [];
  createLog("warn", { write: (line: string) => void lines.push(line) }).info({}, "quiet");
  expect(lines).toEqual([]);
});

test("waiting doubles up to its cap, spread over its upper half", () => {
  const bounds = { firstMs: 250, capMs: 4000 };
  for (let attempt = 0; attempt < 10; attempt++) {
    const full = Math.min(4000, 250 * 2 ** attempt);
    expect(backoffMs(attempt, () => 0, bounds)).toBe(full / 2);
    expect(backoffMs(attempt, () => 0.999, bounds)).toBeLessThanOrEqual(full);
  }
});
