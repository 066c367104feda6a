/** The rise and fall of a phrase: height above quiet, dB, per 10 ms, from the first loud step to the last. */
export type Shape = readonly number[];

/** Digital silence and a noisy line (-45 dBFS) are alike: neither is `LOUD` dB above this. */
const QUIET_DB = -47;
/** Only so much below its loudest step does a phrase have a shape: deeper lies the noise of the line, even for a voice that is 12 dB quieter than usual. */
const DEPTH_DB = 20;
const LOUD = 4;
/** A soft first syllable may be cut off by noise: shapes are laid on one another with so many steps of play. */
const PLAY_STEPS = 6;

/** The shape of what is said in `loudness`, dBFS per 10 ms; empty when nothing is. */
export function shapeOf(loudness: readonly number[]): Shape {
  const heights = heightsOf(loudness);
  const first = heights.findIndex((height) => height > LOUD);
  return first < 0 ? [] : heights.slice(first, heights.findLastIndex((height) => height > LOUD) + 1);
}

/** Without the quiet before the first, perhaps soft, sound. */
export function fromOnset(loudness: readonly number[]): readonly number[] {
  const quiet = loudness.findIndex((db) => db > QUIET_DB);
  return quiet < 0 ? [] : loudness.slice(quiet);
}

/** The middle of each pause of `steps` or more in what is said. */
export function pauses(loudness: readonly number[], steps: number): readonly number[] {
  let last = Number.POSITIVE_INFINITY;
  return heightsOf(loudness).flatMap((height, step) => {
    if (height <= LOUD) return [];
    const [before, quiet] = [last, step - last - 1];
    last = step;
    return quiet >= steps ? [before + Math.ceil(quiet / 2)] : [];
  });
}

/** How much of two shapes lies within both, at best: 0 to 1. */
export function likeness(one: Shape, other: Shape): number {
  return best((shift) => overlap(one, other, shift, Math.min(0, -shift), Math.max(one.length, other.length - shift)));
}

/** The same for the beginning of a phrase, against the loudness of a whole one from its onset. */
export function likenessToBeginning(beginning: Shape, loudness: readonly number[]): number {
  const other = shapeOf(loudness.slice(0, beginning.length + PLAY_STEPS));
  return best((shift) => overlap(beginning, other, shift, 0, beginning.length));
}

function heightsOf(loudness: readonly number[]): readonly number[] {
  const loudest = loudness.reduce((most, db) => Math.max(most, db), QUIET_DB);
  const floor = Math.max(QUIET_DB, loudest - DEPTH_DB);
  return loudness.map((db) => Math.max(0, db - floor));
}

function best(likenessAt: (shift: number) => number): number {
  let most = 0;
  for (let shift = -PLAY_STEPS; shift <= PLAY_STEPS; shift += 1) most = Math.max(most, likenessAt(shift));
  return most;
}

/** The common area's share of the united area, over the steps `from` to `to` of `one`. */
function overlap(one: Shape, other: Shape, shift: number, from: number, to: number): number {
  let [common, united] = [0, 0];
  for (let step = from; step < to; step += 1) {
    const a = one[step] ?? 0;
    const b = other[step + shift] ?? 0;
    common += Math.min(a, b);
    united += Math.max(a, b);
  }
  return united > 0 ? common / united : 0;
}
