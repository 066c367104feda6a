import { type ReadonlySignal, type Signal, useComputed } from "@preact/signals";
import { latencyOf } from "../ui/format.ts";
import type { ReplyTimes } from "../ui/told.ts";
import { MiniWaterfall, WaterfallPicture } from "./waterfall.tsx";
import { waterfallOf } from "./waterfall-bars.ts";

type LatencyProps = {
  readonly replies: ReadonlySignal<readonly ReplyTimes[]>;
  /** The turn whose reply is looked at; the last one where nobody chose. */
  readonly chosen: Signal<number | undefined>;
};

/** What each reply took, and of one of them what took how long. */
export function Latency({ replies, chosen }: LatencyProps) {
  const pictures = useComputed(() => replies.value.flatMap((reply) => waterfallOf(reply) ?? []));
  const all = pictures.value;
  const picture = all.find(({ turn }) => turn === chosen.value) ?? all.at(-1);
  if (!picture) return <p class="card empty">Nobody has waited for an answer in this call.</p>;
  const longest = Math.max(...all.map(({ totalMs }) => totalMs));
  return (
    <div class="latency-halves">
      <section class="card" aria-labelledby="waterfall-title">
        <WaterfallPicture of={picture} titleId="waterfall-title" />
      </section>
      <section class="card" aria-labelledby="replies-title">
        <h2 id="replies-title">All replies</h2>
        <table class="replies">
          <thead>
            <tr>
              <th scope="col">Turn</th>
              <th scope="col">Stages</th>
              <th scope="col" class="figure">
                First sound
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.turn} class={one === picture ? "chosen" : ""}>
                <th scope="row">
                  <button
                    class="chip"
                    type="button"
                    aria-pressed={one === picture}
                    aria-label={`Show the reply of turn ${one.turn}`}
                    onClick={() => {
                      chosen.value = one.turn;
                    }}
                  >
                    {one.turn}
                  </button>
                </th>
                <td>
                  <MiniWaterfall of={one} longestMs={longest} />
                </td>
                <td class="number figure">{latencyOf(one.totalMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
