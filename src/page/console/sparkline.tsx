import { lineThrough, type Sample } from "./health-reading.ts";

const BOX = { width: 200, height: 36 };

type SparklineProps = {
  readonly of: string;
  readonly samples: readonly Sample[];
  readonly value: (sample: Sample) => number;
  readonly say: (value: number) => string;
};

/** The last minutes at a glance; its name says what a glance would. */
export function Sparkline({ of, samples, value, say }: SparklineProps) {
  const most = Math.max(0, ...samples.map(value));
  return (
    <svg
      class="sparkline"
      viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${of} since this page was opened: ${say(most)} at most`}
    >
      <polyline points={lineThrough(samples, value, BOX)} />
    </svg>
  );
}
