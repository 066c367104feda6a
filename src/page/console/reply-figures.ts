import type { ReplyTimes } from "../ui/told.ts";

/** From the end of the caller's speech to the first sound of the answer, ms; where that end is not known, from the final transcript. */
export function latencyOfReply({ speechEndedMs, finalMs, firstSoundMs }: ReplyTimes): number | undefined {
  const from = speechEndedMs ?? finalMs;
  return from === undefined || firstSoundMs === undefined ? undefined : firstSoundMs - from;
}

/** The least of the values that so many of them (0 to 1) do not exceed. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
