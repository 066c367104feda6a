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

test("of an error the log tells type, code, message and stack, and nothing else that hangs on it", () => {
  const lines: string[] = [];
  const log = createLog("debug", { write: (line: string) => void lines.push(line) });
  const canary = "Failing row contains (call_1, +919876543210, mera order radd kar do)";
  const row = { severity: "ERROR", code: "23502", detail: canary, where: canary, parameters: [canary] };
  const refused = Object.assign(new Error("null value in column violates not-null constraint"), row);
  log.child({ call: "call_1" }).warn({ err: refused, kind: "turn" }, "the database refused an entry");
  const cause = Object.assign(new Error(canary), { code: "ECONNREFUSED" });
  log.error({ err: new TypeError("fetch failed", { cause }) }, "a request failed");
  log.error({ err: { secret: canary } }, "what was thrown is no error");
  expect(lines.join("")).not.toContain("9876543210");
  expect(lines.map((line) => JSON.parse(line).err)).toEqual([
    { type: "Error", code: "23502", message: refused.message, stack: refused.stack },
    { type: "TypeError", code: "ECONNREFUSED", message: "fetch failed", stack: expect.any(String) },
    { type: "object", message: "[object Object]" },
  ]);
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
