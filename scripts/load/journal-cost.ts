import { quantile } from "./measure.ts";
import { type LoadOptions, type LoadResult, runLoad } from "./run.ts";
import { isSound, ms } from "./table.ts";

/** A way to keep journals, and what each round of load with it found. */
export type JournalCost = { readonly title: string; readonly results: readonly LoadResult[] };

const WITHOUT = `${import.meta.dirname}/no-journal.ts`;

/**
 * The same load on a gateway that keeps no journals, on one that does, and on one that records sound in them: on all three at
 * once, so that whatever else the machine is busy with hits them alike, and again each round.
 */
export async function compareJournals(options: LoadOptions, rounds: number): Promise<readonly JournalCost[]> {
  const recording = (RECORD_CALLS: string): LoadOptions => ({ ...options, env: { ...options.env, RECORD_CALLS } });
  const ways = [
    { title: "no journals", load: { ...recording("off"), imports: [WITHOUT] } },
    { title: "journals", load: recording("off") },
    { title: "journals with sound", load: recording("journal") },
  ];
  const costs = ways.map(({ title }) => ({ title, results: [] as LoadResult[] }));
  for (let round = 0; round < rounds; round += 1) {
    // All of them to their ends, also when one fails: each stops its own gateway.
    const outcomes = await Promise.allSettled(ways.map(({ load }) => runLoad(load)));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "rejected") throw outcome.reason;
      costs[index]?.results.push(outcome.value);
    }
  }
  return costs;
}

/** One line for each way; the ratio is that of the same round's CPU without journals: its middle, and its least and most. */
export function costLines(costs: readonly JournalCost[], { calls, carrier, seconds }: LoadOptions): readonly string[] {
  const rounds = costs[0]?.results.length ?? 0;
  const base = cpuOf(costs[0]);
  const rows = costs.map((cost) => {
    const cpu = cpuOf(cost);
    const ratios = cpu.map((value, round) => value / (base[round] ?? Number.NaN));
    const clearMs = cost.results.flatMap(({ measured }) => measured.clearMs);
    return [
      cost.title,
      ms(quantile(cpu, 0.5)),
      `${ms(quantile(ratios, 0.5))} (${ms(quantile(ratios, 0))}–${ms(quantile(ratios, 1))})`,
      `${ms(quantile(clearMs, 0.5))} / ${ms(quantile(clearMs, 0.99))}  (${clearMs.length})`,
      cost.results.every(isSound) ? "nothing" : "something: see npm run load without --journal",
    ];
  });
  const titles = ["", "CPU ms per call-second", "against none", "speech start → clear p50 / p99 ms", "lost or stale"];
  const widths = titles.map((_, column) => Math.max(...[titles, ...rows].map((row) => (row[column] ?? "").length)));
  return [
    `three times ${calls} calls at once over ${carrier}, ${rounds} rounds of ${seconds} s each`,
    ...[titles, ...rows].map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  ];
}

const cpuOf = (cost: JournalCost | undefined): readonly number[] =>
  cost?.results.map(({ cpuMsPerCallSecond = Number.NaN }) => cpuMsPerCallSecond) ?? [];
