import type { Row } from "./sweep.ts";

const WIDTH = 120;

type Figure = { readonly title: string; readonly of: (row: Row) => number | undefined };

/** Less is better in all of them. */
const FIGURES: readonly Figure[] = [
  { title: "cut-ins", of: (row) => row.cutIns },
  { title: "false stops", of: (row) => row.falseStops },
  { title: "missed", of: (row) => row.missed },
  { title: "lost", of: (row) => row.lostWords },
  { title: "silent", of: (row) => row.unanswered },
  { title: "gap p50", of: (row) => row.gapP50Ms },
  { title: "gap p95", of: (row) => row.gapP95Ms },
];

/** The rows for a terminal, at most 120 columns wide, numbered as in the plot. `names`: what was turned, in the order of the columns. */
export function sweepTable(rows: readonly Row[], names: readonly string[]): readonly string[] {
  const figures = FIGURES.map((figure) => figureColumn(figure, rows));
  const numbers = ["", ...rows.map((row, index) => `${index + 1}${row.present ? "*" : " "}`)];
  const table = (titles: readonly string[]): readonly string[] =>
    aligned([numbers, ...names.map((name, index) => [`${titles[index]} `, ...knobColumn(name, rows)]), ...figures]);
  const inFull = table(names);
  const fits = inFull.every((line) => line.length <= WIDTH);
  const letters = names.map((_, index) => String.fromCharCode(65 + index));
  const legend = fits ? [] : [...names.map((name, index) => `${letters[index]}  ${name}`), ""];
  const lines = fits ? inFull : table(letters);
  return [...legend, ...lines, "", ...notes(rows)];
}

const knobColumn = (name: string, rows: readonly Row[]): readonly string[] =>
  rows.map(({ combination }) => `${combination[name]} `);

/** The best values bear a mark, unless there is nothing to choose from. */
function figureColumn({ title, of }: Figure, rows: readonly Row[]): readonly string[] {
  const values = rows.map(of);
  const known = values.filter((value) => value !== undefined).map(Math.round);
  const best = Math.min(...known);
  const differ = known.some((value) => value !== best);
  const cells = values.map((value) => {
    if (value === undefined) return "– ";
    return `${Math.round(value)}${differ && Math.round(value) === best ? "+" : " "}`;
  });
  return [`${title} `, ...cells];
}

/** Each cell ends in a mark or a space of its own. */
function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = table.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const height = table[0]?.length ?? 0;
  return Array.from({ length: height }, (_, line) =>
    table
      .map((cells, index) => (cells[line] ?? "").padStart(widths[index] ?? 0))
      .join(" ")
      .trimEnd(),
  );
}

function notes(rows: readonly Row[]): readonly string[] {
  const [first] = rows;
  const changed = Math.max(0, ...rows.map((row) => row.changed));
  return [
    `* in force now   + best of its column   ${first?.turns ?? 0} turns of callers in the recordings   gaps in ms`,
    "missed: interruptions the agent did not give way to   lost: words in no turn   silent: turns without any answer",
    ...(changed === 0
      ? []
      : [`In up to ${changed} of the calls not everything went as recorded: what follows from there is modelled.`]),
  ];
}
