export type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/** A label that is to stand by the dot at `x`, `y`. */
export type Wanted = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** `base`: of its base line. `far`: a line should lead to it. */
type Placed<T> = { readonly label: T; readonly left: number; readonly base: number; readonly far: boolean };

type Surroundings = {
  readonly dots: readonly Box[];
  /** What had better not be crossed. */
  readonly lines: readonly Box[];
  readonly within: Box;
};

const RADII = [11, 19, 30, 44, 60, 80];
/** As far as this everybody sees what a label belongs to. */
const LEADERLESS = 19;
/** Above right first; level with the dot lies its whisker. */
const DIRECTIONS = [-45, -90, -135, 180, 135, 90, 45, -20, 20, 0].map((degrees) => (degrees * Math.PI) / 180);
const COST = { label: 1000, dot: 300, line: 25, outside: 2000 };

/** Finds each label, in this order, the place nearest to its dot that covers the least. */
export function placeLabels<T extends Wanted>(wanted: readonly T[], around: Surroundings): readonly Placed<T>[] {
  const taken: Box[] = [];
  return wanted.map((label) => {
    const best = candidates(label)
      .map((candidate) => ({ ...candidate, cost: costOf(candidate, taken, around) }))
      .reduce((one, other) => (other.cost < one.cost ? other : one));
    taken.push(best.box);
    return { label, left: best.box.left, base: best.box.bottom - label.height * 0.15, far: best.radius > LEADERLESS };
  });
}

type Candidate = { readonly box: Box; readonly radius: number };

function candidates({ x, y, width, height }: Wanted): readonly Candidate[] {
  return RADII.flatMap((radius) =>
    DIRECTIONS.map((angle) => {
      // The box's nearest side, not its middle, lies at the radius.
      const middleX = x + Math.cos(angle) * (radius + width / 2 - 2);
      const middleY = y + Math.sin(angle) * (radius + height / 2 - 2);
      return {
        box: {
          left: middleX - width / 2,
          right: middleX + width / 2,
          top: middleY - height / 2,
          bottom: middleY + height / 2,
        },
        radius,
      };
    }),
  );
}

function costOf({ box, radius }: Candidate, taken: readonly Box[], { dots, lines, within }: Surroundings): number {
  const hits = (boxes: readonly Box[]): number => boxes.filter((other) => overlap(box, other)).length;
  const outside =
    box.left < within.left || box.right > within.right || box.top < within.top || box.bottom > within.bottom;
  return (
    radius + COST.label * hits(taken) + COST.dot * hits(dots) + COST.line * hits(lines) + (outside ? COST.outside : 0)
  );
}

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
