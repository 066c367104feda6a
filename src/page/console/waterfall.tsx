import { latencyOf } from "../ui/format.ts";
import { type Bar, STAGES, spokenWaterfall, type Waterfall } from "./waterfall-bars.ts";

/** Of the picture, in its own units, which are pixels where there is room. */
const WIDTH = 480;
const NAMES = 94;
const VALUES = 70;
const ROW = 34;
const BAR = 18;
const FOOT = 24;

type WaterfallProps = { readonly of: Waterfall; readonly titleId: string };

/** One reply on its own scale: 0 is when the caller stopped speaking, the dashed line when the first sound left. */
export function WaterfallPicture({ of, titleId }: WaterfallProps) {
  const { bars, ticks, totalMs, axisMs, turn } = of;
  const height = bars.length * ROW + FOOT;
  const x = (ms: number): number => NAMES + (Math.min(ms, axisMs) / axisMs) * (WIDTH - NAMES - VALUES);
  return (
    <figure class="waterfall">
      <figcaption>
        <h2 id={titleId}>
          Turn {turn}: <b class="number">{latencyOf(totalMs)}</b>
        </h2>
        <p class="quiet">
          <small>From the end of the caller’s speech to the first sound of the answer</small>
        </p>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={spokenWaterfall(of)}>
        {ticks.map((ms, index) => (
          <g key={ms}>
            <line class="grid" x1={x(ms)} x2={x(ms)} y1={0} y2={height - FOOT} />
            <text class="tick" x={x(ms)} y={height - 6} text-anchor="middle">
              {index === ticks.length - 1 ? `${ms} ms` : ms}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <Row key={bar.stage} bar={bar} y={index * ROW} x={x} />
        ))}
        <line class="total" x1={x(totalMs)} x2={x(totalMs)} y1={0} y2={height - FOOT} />
      </svg>
      <Stages bars={bars} />
    </figure>
  );
}

type RowProps = { readonly bar: Bar; readonly y: number; readonly x: (ms: number) => number };

function Row({ bar: { stage, fromMs, toMs }, y, x }: RowProps) {
  const middle = y + ROW / 2;
  return (
    <g>
      <text x={0} y={middle} dominant-baseline="middle">
        {STAGES[stage]}
      </text>
      <rect
        class={`stage ${stage}`}
        x={x(fromMs)}
        y={y + (ROW - BAR) / 2}
        width={Math.max(2, x(toMs) - x(fromMs))}
        height={BAR}
        rx={3}
      />
      <text class="value" x={WIDTH} y={middle} text-anchor="end" dominant-baseline="middle">
        {latencyOf(toMs - fromMs)}
      </text>
    </g>
  );
}

const MEANINGS = {
  transcript: "until the caller’s words were final",
  answer: "until the dialog’s first words",
  voice: "until the first sound was sent",
  speaking: "until the caller had heard the end of it, or cut it short",
} as const;

/** The picture as a table, for whoever wants figures. */
const Stages = ({ bars }: { readonly bars: readonly Bar[] }) => (
  <details>
    <summary>As a table</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">From</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ stage, fromMs, toMs }) => (
          <tr key={stage}>
            <th scope="row">
              {STAGES[stage]} <small>{MEANINGS[stage]}</small>
            </th>
            <td class="number">{latencyOf(fromMs)}</td>
            <td class="number">{latencyOf(toMs - fromMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </details>
);

const MINI = 12;

/** Up to the first sound, beside others on one scale. What it says stands beside it. */
export function MiniWaterfall({
  of: { bars, totalMs },
  longestMs,
}: {
  readonly of: Waterfall;
  readonly longestMs: number;
}) {
  return (
    <svg class="mini" viewBox={`0 0 ${longestMs} ${MINI}`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="groove" x={0} y={0} width={totalMs} height={MINI} />
      {bars
        .filter(({ fromMs }) => fromMs < totalMs)
        .map(({ stage, fromMs, toMs }) => (
          <rect
            key={stage}
            class={`stage ${stage}`}
            x={fromMs}
            y={0}
            width={Math.max(0, toMs - fromMs)}
            height={MINI}
          />
        ))}
    </svg>
  );
}
