import { systemClock } from "../../src/kit/clock.ts";
import { type RecordedCall, readCall, replayInputs } from "../../src/replay/replay.ts";
import { standardParts } from "../../src/replay-parts.ts";
import { listFixtures, readFixture } from "../replay/fixture-folder.ts";

/** One recorded call, replayed again and again. Times in ms. */
export type ReplaySpeed = { readonly name: string; readonly lastsMs: number; readonly tookMs: readonly number[] };

/** Replays every fixture with its inputs, `rounds` times over, one after the other. The first round also warms the machine up. */
export async function measureReplays(rounds: number): Promise<readonly ReplaySpeed[]> {
  const parts = standardParts();
  const calls: { readonly name: string; readonly call: RecordedCall; readonly tookMs: number[]; lastsMs: number }[] =
    [];
  for (const folder of await listFixtures()) {
    const { name, recording } = await readFixture(folder);
    if (recording) calls.push({ name, call: readCall(recording), tookMs: [], lastsMs: 0 });
  }
  for (let round = 0; round < rounds; round++) {
    for (const it of calls) {
      const began = systemClock.now();
      it.lastsMs = (await replayInputs(it.call, parts)).lastsMs;
      it.tookMs.push(systemClock.now() - began);
    }
  }
  return calls;
}

/** How many times faster than it happened: the first time, and once everything is warm; and the slowest call. */
export function speedLines(speeds: readonly ReplaySpeed[]): readonly string[] {
  const lastsMs = sum(speeds.map((it) => it.lastsMs));
  const first = sum(speeds.map(({ tookMs }) => tookMs[0] ?? 0));
  const warm = sum(speeds.map(({ tookMs }) => median(tookMs.slice(1))));
  const slowest = [...speeds].sort((a, b) => ratio(a) - ratio(b))[0];
  return [
    `${speeds.length} calls of ${(lastsMs / 1000).toFixed(0)} s in all, replayed with their inputs, one after the other:`,
    `  the first time      ${first.toFixed(0).padStart(6)} ms  ${times(lastsMs / first)} real time`,
    `  warm (median)       ${warm.toFixed(0).padStart(6)} ms  ${times(lastsMs / warm)} real time`,
    ...(slowest ? [`  the slowest of them ${slowest.name}: ${times(ratio(slowest))} real time`] : []),
  ];
}

/** The slowest call is still this many times faster than real time. */
export const slowestRatio = (speeds: readonly ReplaySpeed[]): number => Math.min(...speeds.map(ratio));

const ratio = ({ lastsMs, tookMs }: ReplaySpeed): number => lastsMs / median(tookMs.slice(1));
const times = (value: number): string => `${Math.round(value).toString().padStart(6)}×`;
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
