/**
 * How often sound was decoded, encoded or resampled in this process. Audio only passes through from carrier to provider and
 * back, so over such a call this number must not move.
 */
let runs = 0;

export const codecRuns = (): number => runs;

/** Called by whatever changes samples, once per buffer. */
export function countCodecRun(): void {
  runs += 1;
}
