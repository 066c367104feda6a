import { describe, expect, test } from "vitest";
import { sweepPlot } from "../../src/replay/sweep/plot.ts";
import { type Box, placeLabels } from "../../src/replay/sweep/plot-labels.ts";
import { scaleOf } from "../../src/replay/sweep/plot-scale.ts";
import type { Row } from "../../src/replay/sweep/sweep.ts";

const NAMES = ["bargeIn.minMs", "turn.mergeMs"];

const row = (index: number, gapP50Ms: number, errors: number, present = false): Row => ({
  combination: { "bargeIn.minMs": index, "turn.mergeMs": 700 },
  present,
  turns: 100,
  cutIns: errors,
  falseStops: 0,
  missed: 0,
  lostWords: 0,
  unanswered: 0,
  gapP50Ms,
  gapP95Ms: gapP50Ms + 400,
  changed: 0,
});

const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length;
const dots = (svg: string): number => count(svg, /class="dot( present)?"/g);
/** Words on the plot, tags and entities undone. */
const words = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
  );

/** Every tag is closed, in order, and nothing is left of a number that is none. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name = "", self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[a-zA-Z0-9-]+="[^"<>]*")*\s*(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!self) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replaceAll(/<\/?[a-z]+(?:\s[a-zA-Z0-9-]+="[^"<>]*")*\s*\/?>/g, "")).not.toMatch(/[<>]/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

describe("the plot", () => {
  test.each([1, 2, 9, 60, 61, 500])("of %d combinations is a well-formed SVG with a dot for each", (many) => {
    const rows = Array.from({ length: many }, (_, index) =>
      row(index, 800 + ((index * 37) % 400), (index * 13) % 20, index === 0),
    );
    const svg = sweepPlot(rows, NAMES, "What <if> & why?");
    expectWellFormed(svg);
    expect(dots(svg)).toBe(many);
    expect(count(svg, /class="dot present"/g)).toBe(1);
    expect(words(svg)).toContain("What <if> & why?");
  });

  test("of nothing at all is well-formed too", () => {
    const { gapP50Ms: _, gapP95Ms: __, ...silent } = row(1, 0, 0);
    const svg = sweepPlot([silent], NAMES, "Nothing");
    expectWellFormed(svg);
    expect(dots(svg)).toBe(0);
    expect(words(svg).join()).toContain("1 combinations answered nothing");
  });

  test("names every combination in a key, and dots that fall together by one label", () => {
    const svg = sweepPlot([row(0, 900, 2), row(1, 900, 2), row(2, 900, 2), row(3, 950, 1)], NAMES, "");
    expect(words(svg)).toEqual(expect.arrayContaining(["1–3", "4", "0 / 700", "1 / 700", "2 / 700", "3 / 700"]));
  });

  test("joins what nothing else beats in both, and nothing else", () => {
    const svg = sweepPlot([row(0, 800, 9), row(1, 900, 5), row(2, 950, 7), row(3, 1200, 1)], NAMES, "");
    const [, points = ""] = /<polyline points="([^"]*)"/.exec(svg) ?? [];
    expect(points.split(" ").length).toBe(5); // three dots, two corners of stairs
  });
});

test.each([
  { least: 812, most: 2130 },
  { least: 0, most: 1 },
  { least: 700, most: 700 },
  { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY },
])("an axis from $least to $most has a few round values within it", ({ least, most }) => {
  const { at, ticks } = scaleOf(least, most, 100, 700);
  expect(ticks.length).toBeGreaterThanOrEqual(2);
  expect(ticks.length).toBeLessThanOrEqual(10);
  for (const tick of ticks) {
    expect(at(tick)).toBeGreaterThanOrEqual(100);
    expect(at(tick)).toBeLessThanOrEqual(700);
  }
  expect(scaleOf(0, 10, 560, 92).at(0)).toBe(560); // upwards
});

test("labels of dots that stand close do not lie on one another, nor on the dots", () => {
  const wanted = Array.from({ length: 20 }, (_, index) => ({ x: 300 + index * 9, y: 300, width: 22, height: 12 }));
  const dots = wanted.map(({ x, y }): Box => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  const within = { left: 0, right: 700, top: 0, bottom: 600 };
  const boxes = placeLabels(wanted, { dots, lines: [], within }).map(({ label, left, base }): Box => {
    const bottom = base + label.height * 0.15;
    return { left, right: left + label.width, top: bottom - label.height, bottom };
  });
  const overlap = (a: Box, b: Box): boolean =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  for (const [index, box] of boxes.entries()) {
    expect([...dots, ...boxes.slice(index + 1)].filter((other) => overlap(box, other))).toEqual([]);
  }
});
