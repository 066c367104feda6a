import { quantile } from "./measure.ts";
import type { LoadResult } from "./run.ts";

export const ms = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(2));
const mb = (bytes: number | undefined): string => (bytes === undefined ? "–" : `${Math.round(bytes / 1e6)} MB`);

function latency(values: readonly number[]): string {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => ms(quantile(values, share)));
  return `p50 ${p50}   p95 ${p95}   p99 ${p99} ms   (${values.length} measured)`;
}

/** What a load run found, one finding a line. */
export function loadLines(result: LoadResult): readonly string[] {
  const { measured, options } = result;
  const rows: readonly (readonly [string, string])[] = [
    ["carrier", options.carrier],
    ["calls at once", `${result.connected} of ${options.calls}, for ${result.steadySeconds.toFixed(1)} s`],
    ["media frames in", `${measured.framesIn} sent, ${measured.lostIn} lost`],
    ["media frames out", `${measured.framesOut} received, ${measured.lostOut} lost of the greetings`],
    ["added latency in", latency(measured.inMs)],
    ["added latency out", `${latency(measured.outMs)}: first audio of each reply`],
    ["speech start → clear", latency(measured.clearMs)],
    ["barge-ins without clear", String(measured.missedClears)],
    ["stale audio after clear", `${measured.stale} messages`],
    ["questions unanswered", String(result.unanswered)],
    ["carrier's complaints", String(measured.warnings)],
    ["gateway CPU", `${ms(result.cpuMsPerCallSecond)} ms per call-second`],
    ["gateway memory", `${mb(result.rssBytes)} with all calls up, ${mb(result.idleRssBytes)} before the first`],
    ["this process's own delay", `p99 ${ms(result.ownDelayMs)} ms: part of every latency above`],
  ];
  const fewBargeIns = measured.clearMs.length < 20;
  return [
    ...rows.map(([title, value]) => `${title.padEnd(26)}${value}`),
    ...(fewBargeIns
      ? ["", "Fewer than 20 barge-ins: more calls or more seconds would make their figures mean something."]
      : []),
  ];
}

/** Nothing lost, nothing stale, nobody left without an answer. */
export function isSound({ measured, connected, unanswered, options }: LoadResult): boolean {
  const faults =
    measured.lostIn + measured.lostOut + measured.stale + measured.missedClears + measured.warnings + unanswered;
  return connected === options.calls && faults === 0;
}
