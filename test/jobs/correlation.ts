/** Where sound of `truth` is found in `found`, stretch by stretch. */
export type Match = {
  readonly atMs: number;
  /** How much later it is found; the best of ± `REACH_MS`. */
  readonly lagMs: number;
  /** 1: exactly this sound, however loud. */
  readonly likeness: number;
};

const STRETCH_MS = 100;
const REACH_MS = 150;
/** Beneath it a stretch is silence. */
const LOUD = 500;

/** Every stretch of 100 ms with sound in it, compared with what was found about there. */
export function matches(truth: Int16Array, found: Int16Array, rate = 8000): readonly Match[] {
  const perMs = rate / 1000;
  const result: Match[] = [];
  for (let at = 0; at + STRETCH_MS * perMs <= truth.length; at += STRETCH_MS * perMs) {
    const stretch = truth.subarray(at, at + STRETCH_MS * perMs);
    if (loudness(stretch) > LOUD) result.push({ atMs: at / perMs, ...best(stretch, found, at, perMs) });
  }
  return result;
}

function best(stretch: Int16Array, found: Int16Array, at: number, perMs: number): Omit<Match, "atMs"> {
  let [lag, likeness] = [0, 0];
  // From the middle outwards: of equals the nearest counts, and nearly always the first is it.
  for (let step = 0; step <= REACH_MS * perMs && likeness < 0.999; step++) {
    for (const offset of step === 0 ? [0] : [step, -step]) {
      const like = likenessOf(stretch, found, at + offset);
      if (like > likeness) [lag, likeness] = [offset, like];
    }
  }
  return { lagMs: lag / perMs, likeness };
}

function likenessOf(stretch: Int16Array, found: Int16Array, at: number): number {
  let [both, ours, theirs] = [0, 0, 0];
  for (let index = 0; index < stretch.length; index++) {
    const [a, b] = [stretch[index] ?? 0, found[at + index] ?? 0];
    both += a * b;
    ours += a * a;
    theirs += b * b;
  }
  return theirs === 0 ? 0 : both / Math.sqrt(ours * theirs);
}

/** Root mean square. */
export function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}
