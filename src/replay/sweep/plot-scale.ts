/** Values to pixels along one axis, and the round values that are written at it. */
export type Scale = { readonly at: (value: number) => number; readonly ticks: readonly number[] };

const TICKS = 8;
const ROUND = [1, 2, 5, 10];
/** Room beyond the values, as a share of their range. */
const MARGIN = 0.05;

/** There is an axis even without any value, or with one only. It does not go below 0. */
export function scaleOf(least: number, most: number, fromPx: number, toPx: number): Scale {
  const low = Number.isFinite(least) ? least : 0;
  const high = Number.isFinite(most) && most > low ? most : low + Math.max(1, low * 0.1);
  const margin = (high - low) * MARGIN;
  const [first, last] = [Math.max(0, low - margin), high + margin];
  const step = roundStep((last - first) / TICKS);
  const ticks: number[] = [];
  for (let tick = Math.ceil(first / step); tick * step <= last; tick += 1) ticks.push(exact(tick * step));
  const perUnit = (toPx - fromPx) / (last - first);
  return { at: (value) => fromPx + (value - first) * perUnit, ticks };
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return (ROUND.find((factor) => factor * power >= rough) ?? 10) * power;
}

/** Without the dust of binary fractions. */
const exact = (value: number): number => Number(value.toPrecision(12));
