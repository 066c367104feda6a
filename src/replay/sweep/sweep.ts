import type { RecordedCall } from "../again/recorded-call.ts";
import type { Replayed } from "../again/replayed.ts";
import type { Fault } from "../score/faults.ts";
import type { Labels } from "../score/labels.ts";
import { percentile, type Score, scoreCall } from "../score/score.ts";
import { type Combination, type Grid, isSame } from "./knobs.ts";

export type SweptCall = {
  /** For people. */
  readonly name: string;
  readonly call: RecordedCall;
  readonly labels?: Labels;
};

/** How one combination does over all calls. */
export type Row = {
  readonly combination: Combination;
  /** What is in force now. */
  readonly present: boolean;
  /** Turns of the callers in the recordings: the same in all rows. */
  readonly turns: number;
  readonly cutIns: number;
  readonly falseStops: number;
  readonly missed: number;
  readonly lostWords: number;
  /** Turns of callers that were never answered: they have no gap either. */
  readonly unanswered: number;
  /** Of all gaps of all calls together, ms; absent where nothing was answered. */
  readonly gapP50Ms?: number;
  readonly gapP95Ms?: number;
  /** Calls that did not go as recorded: from there on what was not recorded is modelled. */
  readonly changed: number;
};

/** What a caller would complain about, per 100 turns: cut-ins, false stops and missed interruptions. */
export const errorsPer100 = ({ cutIns, falseStops, missed, turns }: Row): number =>
  turns === 0 ? 0 : (100 * (cutIns + falseStops + missed)) / turns;

/**
 * Plays every call under every combination of the grid, one after the other, and sums up. `run` knows how: with the inputs
 * recorded, or with an ear that hears them anew.
 */
export async function sweep(
  calls: readonly SweptCall[],
  { combinations, present }: Grid,
  run: (call: RecordedCall, combination: Combination) => Promise<Replayed>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const combination of combinations) {
    const scores: Score[] = [];
    let changed = 0;
    for (const { call, labels } of calls) {
      const replayed = await run(call, combination);
      if (replayed.modelledFromMs !== undefined) changed += 1;
      scores.push(scoreCall(call, replayed, labels));
    }
    rows.push({ combination, present: isSame(combination, present), changed, ...summed(scores) });
  }
  return rows;
}

function summed(scores: readonly Score[]): Omit<Row, "combination" | "present" | "changed"> {
  const findings = scores.flatMap((score) => score.findings);
  const count = (kind: Fault): number =>
    findings.reduce((sum, finding) => sum + (finding.kind === kind ? finding.count : 0), 0);
  const gaps = scores.flatMap((score) => score.gaps.map(({ ms }) => ms));
  const gapP50Ms = percentile(gaps, 0.5);
  const gapP95Ms = percentile(gaps, 0.95);
  return {
    turns: scores.reduce((sum, { turns }) => sum + turns, 0),
    cutIns: count("cut-in"),
    falseStops: count("false stop"),
    missed: count("missed interruption"),
    lostWords: count("lost words"),
    unanswered: count("no answer"),
    ...(gapP50Ms === undefined ? {} : { gapP50Ms }),
    ...(gapP95Ms === undefined ? {} : { gapP95Ms }),
  };
}
