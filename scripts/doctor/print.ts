import type { Finding, Listener } from "./finding.ts";

const MARKS = { ok: "✓", warn: "!", fail: "✗" } as const;
const NAME_WIDTH = 15;
const INDENT = " ".repeat(NAME_WIDTH + 2);

/** For people: one line each, and what to do under each fault. */
export function printer(print: (line: string) => void): Listener {
  return {
    finding: ({ check, level, found, todo }) => {
      print(`${MARKS[level]} ${check.padEnd(NAME_WIDTH)}${found}`);
      if (todo) print(`${INDENT}→ ${todo}`);
    },
    live: (line) => print(`${INDENT}${line}`),
  };
}

/** The last line: how it stands. */
export function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]): number => findings.filter((one) => one.level === level).length;
  const faults = count("fail");
  const warnings = count("warn");
  const looks = warnings === 0 ? "" : ` ${warnings === 1 ? "One thing is" : `${warnings} things are`} worth a look.`;
  if (faults === 0) return `All ${findings.length - warnings} things that were looked for are there.${looks}`;
  return `${faults === 1 ? "One fault" : `${faults} faults`} to mend.${looks}`;
}
