import type { Combination } from "./knobs.ts";
import { type Box, placeLabels } from "./plot-labels.ts";
import { type Scale, scaleOf } from "./plot-scale.ts";
import { element, svg, text } from "./plot-svg.ts";
import { errorsPer100, type Row } from "./sweep.ts";

const PLOT = { left: 78, top: 92, right: 830, bottom: 560 };
const HEIGHT = 640;
const KEY_LEFT = PLOT.right + 44;
const KEY_LINE = 15;
/** More than this, and only what matters is named. */
const MOST_NAMED = 60;
const NAMED_PER_COLUMN = 30;
const DOT = 5;

const INK = "#1c2430";
const QUIET = "#68727f";
const GRID = "#e6e9ed";
const FRONT = "#1455a8";
const FRONT_WHISKER = "#a9c4e6";
const DOMINATED = "#a3abb5";
const DOMINATED_WHISKER = "#dde1e6";
const LEADER = "#b8bfc8";
const PRESENT = "#d1480c";

/** One combination on the plot. `number`: as in the table. */
type Point = {
  readonly number: number;
  readonly row: Row;
  readonly x: number;
  readonly y: number;
  readonly whiskerX: number;
  readonly best: boolean;
};

type Axes = { readonly x: Scale; readonly y: Scale };

/**
 * The rows as an SVG: response gap against errors per 100 turns, one dot for each combination that answered anything, numbered as
 * in the table. What no other combination beats in both is joined to a front; what is in force now is ringed. Dots that fall
 * together share a label.
 */
export function sweepPlot(rows: readonly Row[], names: readonly string[], title: string): string {
  const axes = axesOf(rows);
  const points = pointsOf(rows, axes);
  const named = rows.length <= MOST_NAMED ? points : points.filter(({ best, row }) => best || row.present);
  const key = keyOf(named, names);
  const { leaders, words } = labels(points, named);
  const content = [
    heading(title, rows),
    axesDrawn(axes),
    ...inOrder(points).map(whisker),
    front(points),
    ...leaders,
    ...inOrder(points).map(dot),
    ...words,
    legend(),
    key.drawn,
  ];
  return svg(key.right + 20, Math.max(HEIGHT, key.bottom + 20), content);
}

function axesOf(rows: readonly Row[]): Axes {
  const gaps = rows.flatMap(({ gapP50Ms, gapP95Ms }) => [gapP50Ms ?? [], gapP95Ms ?? []].flat());
  const most = Math.max(0, ...rows.map(errorsPer100));
  return {
    x: scaleOf(Math.min(...gaps), Math.max(...gaps), PLOT.left, PLOT.right),
    y: scaleOf(0, most === 0 ? 1 : most, PLOT.bottom, PLOT.top),
  };
}

function pointsOf(rows: readonly Row[], { x, y }: Axes): readonly Point[] {
  return rows.flatMap((row, index) => {
    const { gapP50Ms, gapP95Ms = gapP50Ms } = row;
    if (gapP50Ms === undefined || gapP95Ms === undefined) return [];
    const best = !rows.some((other) => beats(other, row));
    return [{ number: index + 1, row, x: x.at(gapP50Ms), y: y.at(errorsPer100(row)), whiskerX: x.at(gapP95Ms), best }];
  });
}

/** At least as good in both, and better in one. */
function beats(one: Row, other: Row): boolean {
  const gaps = (one.gapP50Ms ?? Number.POSITIVE_INFINITY) - (other.gapP50Ms ?? Number.POSITIVE_INFINITY);
  const errors = errorsPer100(one) - errorsPer100(other);
  return gaps <= 0 && errors <= 0 && (gaps < 0 || errors < 0);
}

function heading(title: string, rows: readonly Row[]): string {
  const left = PLOT.left;
  const unanswered = rows.filter(({ gapP50Ms }) => gapP50Ms === undefined).length;
  const without = unanswered === 0 ? "" : ` ${unanswered} combinations answered nothing and have no dot.`;
  const what = `Each dot is one combination, numbered as in the table; lower left is better.${without}`;
  return [
    text(title, { x: left, y: 34, size: 19, fill: INK, weight: "bold" }),
    text(what, { x: left, y: 56, size: 12.5, fill: QUIET }),
  ].join("");
}

function axesDrawn({ x, y }: Axes): string {
  const { left, right, top, bottom } = PLOT;
  const columns = x.ticks.flatMap((tick) => [
    line(x.at(tick), top, x.at(tick), bottom, GRID),
    text(tick.toLocaleString("en"), { x: x.at(tick), y: bottom + 20, size: 12, fill: QUIET, anchor: "middle" }),
  ]);
  const rows = y.ticks.flatMap((tick) => [
    line(left, y.at(tick), right, y.at(tick), GRID),
    text(String(tick), { x: left - 10, y: y.at(tick) + 4, size: 12, fill: QUIET, anchor: "end" }),
  ]);
  const titles = [
    text("Response gap, ms (dot: p50, whisker: up to p95)", {
      x: (left + right) / 2,
      y: bottom + 44,
      size: 13,
      fill: INK,
      anchor: "middle",
    }),
    text("Cut-ins, false stops and missed interruptions per 100 turns", {
      x: 0,
      y: 0,
      size: 13,
      fill: INK,
      anchor: "middle",
      transform: `translate(26 ${(top + bottom) / 2}) rotate(-90)`,
    }),
  ];
  return [...columns, ...rows, line(left, bottom, right, bottom, QUIET), ...titles].join("");
}

/** The corners of the stairs that join the best ones, and behind which everything else lies. */
function stairs(points: readonly Point[]): readonly { readonly x: number; readonly y: number }[] {
  const best = points.filter((point) => point.best).sort((a, b) => a.x - b.x || b.y - a.y);
  return best.flatMap(({ x, y }, index) => {
    const before = best[index - 1];
    return before
      ? [
          { x, y: before.y },
          { x, y },
        ]
      : [{ x, y }];
  });
}

function front(points: readonly Point[]): string {
  const corners = stairs(points).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`);
  const style = { fill: "none", stroke: FRONT, "stroke-width": 2, class: "front" };
  return element("polyline", { points: corners.join(" "), ...style });
}

function whisker({ x, y, whiskerX, best }: Point): string {
  const stroke = best ? FRONT_WHISKER : DOMINATED_WHISKER;
  return line(x, y, whiskerX, y, stroke, 1.5) + line(whiskerX, y - 4, whiskerX, y + 4, stroke, 1.5);
}

/** What matters lies on top. */
const inOrder = (points: readonly Point[]): readonly Point[] => [...points].sort((a, b) => rank(a) - rank(b));
const rank = ({ best, row }: Point): number => (row.present ? 2 : 0) + (best ? 1 : 0);

function dot({ x, y, best, row }: Point): string {
  const fill = best ? FRONT : DOMINATED;
  const drawn = element("circle", {
    cx: x,
    cy: y,
    r: DOT,
    fill,
    stroke: "#fff",
    "stroke-width": 1,
    class: row.present ? "dot present" : "dot",
  });
  return row.present ? drawn + ring(x, y) : drawn;
}

const ring = (x: number, y: number): string =>
  element("circle", { cx: x, cy: y, r: DOT + 4, fill: "none", stroke: PRESENT, "stroke-width": 2.2 });

/** One label for all dots of one place, those that matter first to find room; leaders, where it is not right beside them. */
function labels(points: readonly Point[], named: readonly Point[]): Record<"leaders" | "words", readonly string[]> {
  const dots = points.map(({ x, y, row }) => around(x, y, row.present ? DOT + 5 : DOT + 1));
  const whiskers = points.map(({ x, y, whiskerX }) => ({ left: x, right: whiskerX, top: y - 2, bottom: y + 2 }));
  const placed = placeLabels(groupsOf(named), { dots, lines: [...whiskers, ...alongFront(points)], within: PLOT });
  return {
    leaders: placed
      .filter(({ far }) => far)
      .map(({ label, left, base }) => line(label.x, label.y, left + label.width / 2, base - label.size / 3, LEADER)),
    words: placed.map(({ label: { words, size, matters }, left, base }) => {
      const weight = matters ? "bold" : "normal";
      return text(words, { x: left, y: base, size, fill: matters ? INK : QUIET, weight, halo: true });
    }),
  };
}

function groupsOf(named: readonly Point[]) {
  const places = new Map<string, Point[]>();
  for (const point of named) {
    const place = `${Math.round(point.x / 3)} ${Math.round(point.y / 3)}`;
    places.set(place, [...(places.get(place) ?? []), point]);
  }
  const groups = [...places.values()].sort((a, b) => Math.max(...b.map(rank)) - Math.max(...a.map(rank)));
  return groups.map((group) => {
    const matters = group.some(({ best, row }) => best || row.present);
    const size = matters ? 13 : 10.5;
    const words = ranges(group.map(({ number }) => number));
    const { x, y } = group[0] ?? { x: 0, y: 0 };
    return { words, size, matters, x, y, width: words.length * size * 0.58 + 2, height: size };
  });
}

function alongFront(points: readonly Point[]): readonly Box[] {
  const corners = stairs(points);
  return corners.slice(1).map((to, index) => {
    const from = corners[index] ?? to;
    return { left: from.x - 2, right: to.x + 2, top: Math.min(from.y, to.y) - 2, bottom: Math.max(from.y, to.y) + 2 };
  });
}

const around = (x: number, y: number, r: number): Box => ({ left: x - r, right: x + r, top: y - r, bottom: y + r });

/** `1–3, 7` */
function ranges(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run?.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs.map((run) => (run.length < 3 ? run.join(", ") : `${run[0]}–${run.at(-1)}`)).join(", ");
}

function legend(): string {
  const y = HEIGHT - 14;
  const mark = (left: number, fill: string): string => element("circle", { cx: left, cy: y, r: DOT, fill });
  const words = (left: number, what: string): string => text(what, { x: left, y: y + 4, size: 12, fill: QUIET });
  const { left } = PLOT;
  return [
    line(left, y, left + 20, y, FRONT, 2) + mark(left + 10, FRONT) + words(left + 28, "none is better in both"),
    mark(left + 190, DOMINATED) + words(left + 202, "another is better"),
    ring(left + 330, y) + words(left + 346, "in force now"),
  ].join("");
}

/** Which number is which combination. */
function keyOf(named: readonly Point[], names: readonly string[]) {
  const values = (combination: Combination): string => names.map((name) => combination[name]).join(" / ");
  const longest = Math.max(10, ...named.map(({ row }) => values(row.combination).length));
  const columnWidth = 42 + longest * 6.8;
  const top = PLOT.top + 12 + names.length * 16;
  const entries = named.map((point, index) => {
    const x = KEY_LEFT + Math.floor(index / NAMED_PER_COLUMN) * columnWidth;
    const y = top + (index % NAMED_PER_COLUMN) * KEY_LINE;
    const { row, best, number } = point;
    const fill = row.present ? PRESENT : best ? FRONT : QUIET;
    const weight = row.present || best ? "bold" : "normal";
    return [
      text(String(number), { x: x + 18, y, size: 11.5, fill, anchor: "end", weight }),
      text(values(row.combination), { x: x + 28, y, size: 11.5, fill, weight }),
    ].join("");
  });
  const title = names.map((name, index) => {
    const words = `${index === 0 ? "" : "/ "}${name}`;
    return text(words, { x: KEY_LEFT, y: PLOT.top - 10 + index * 16, size: 12, fill: INK, weight: "bold" });
  });
  const columnCount = Math.max(1, Math.ceil(named.length / NAMED_PER_COLUMN));
  return {
    drawn: [...title, ...entries].join(""),
    right: Math.max(KEY_LEFT + columnCount * columnWidth, KEY_LEFT + 210),
    bottom: top + Math.min(named.length, NAMED_PER_COLUMN) * KEY_LINE,
  };
}

const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string =>
  element("line", { x1, y1, x2, y2, stroke, "stroke-width": width });
