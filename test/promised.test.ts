import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What the product owes: promises of its founding documents (S…) and the field's known bugs (I…). Each is kept by a test that names it. */
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const INCIDENTS = [...range(1, 11), 15, ...range(17, 23), ...range(25, 34), ...range(36, 41), 43].map((n) => `I${n}`);
const SERVER_PROMISES = [...range(6, 25)].map((n) => `S0.${n}`);
const BROWSER_PROMISES = [...range(1, 5), ...range(27, 31)].map((n) => `S0.${n}`);
/** Two stay open: endpointing within 50 ms (S4.17) and answers that begin before the words are final (S4.18). */
const AGENT_PROMISES = [...range(1, 16), ...range(19, 22)].map((n) => `S4.${n}`);
/** Numbered in the order of the page. Open: organisations, 22 kHz, versions, states of an agent, other platforms. */
const CLIENT_PROMISES = [...range(3, 6), 9, 10, ...range(12, 41)].map((n) => `S3.${n}`);
const OWED = [...INCIDENTS, ...SERVER_PROMISES, ...BROWSER_PROMISES, "S1", "S2", ...AGENT_PROMISES, ...CLIENT_PROMISES];

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
