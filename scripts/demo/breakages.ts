import type { SarvamSimulator } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinFaults } from "../../src/simulator/twins/twin.ts";

/** One thing that goes wrong on purpose, to see that the demo notices. */
export type Breakage = {
  readonly faults?: TwinFaults;
  /** false: nobody works off the jobs. */
  readonly work?: boolean;
  readonly provider?: (simulator: SarvamSimulator) => void;
};

export const BREAKAGES: Readonly<Record<string, Breakage>> = {
  none: {},
  clear: { faults: { loseClear: true } },
  mark: { faults: { dropMarks: "all" } },
  job: { work: false },
  final: {
    provider: ({ faults }) => {
      faults.noFinals = true;
    },
  },
  completion: {
    provider: ({ faults }) => {
      faults.noCompletion = true;
    },
  },
};
