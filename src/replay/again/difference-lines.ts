import { stamp, wrap } from "../../kit/columns.ts";
import type { Difference } from "./replayed.ts";

const WIDTH = 110;

/** One difference told to a person, in lines of at most 110 columns. */
export function inWords({ atMs, about, was, now, cause }: Difference): readonly string[] {
  return [
    ...indented(`at ${stamp(atMs)} ${about}: was: ${was}; now: ${now}`, 2),
    ...(cause === undefined ? [] : indented(`because ${cause}`, 6)),
  ];
}

const indented = (text: string, columns: number): readonly string[] =>
  wrap(text, WIDTH - columns - 4).map((line, index) => `${" ".repeat(index === 0 ? columns : columns + 4)}${line}`);
