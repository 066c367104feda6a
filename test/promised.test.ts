import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What the product owes: promises of its founding documents (S…) and the field's known bugs (I…). Each is kept by a test that names it. */
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const INCIDENTS = [...range(1, 11), 15, ...range(17, 23), ...range(25, 27), ...range(29, 34), 36].map((n) => `I${n}`);
const SERVER_PROMISES = [...range(6, 25)].map((n) => `S0.${n}`);
const OWED = [...INCIDENTS, ...SERVER_PROMISES, "S1", "S2"];

const here = import.meta.dirname;
const names = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "promised.test.ts")
  .flatMap((file) => [
    ...readFileSync(join(here, file), "utf8").matchAll(/(?:test|describe)[\w.]*(?:\([^"`]*\))?\(\s*["`]([^"`]+)/g),
  ])
  .map((match) => match[1] ?? "");

test.each(OWED)("%s is kept by a test that names it", (id) => {
  const naming = new RegExp(`(^|[\\s,(])${id.replace(".", "\\.")}(?![\\d.]*\\d)\\b`);
  expect(names.filter((name) => naming.test(name))).not.toEqual([]);
});
