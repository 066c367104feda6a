import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Peaks } from "./answers.ts";

/** Of the picture, in its own units: a stretch of sound is one wide. */
const HEIGHT = 40;
/** Silence is drawn as a thin line. */
const LEAST = 1;
/** Speech on a telephone line seldom fills a quarter of the scale. */
const loud = (peak: number): number => Math.min(1, Math.sqrt(peak) * 1.15);

/** Both sides of a recording; what was played stands out. */
export function Wave({ peaks, share }: { readonly peaks: Peaks; readonly share: ReadonlySignal<number> }) {
  return (
    <>
      <Side of="caller" peaks={peaks.caller} share={share} />
      <Side of="agent" peaks={peaks.agent} share={share} />
      <span class="needle" aria-hidden="true" style={{ insetInlineStart: `${share.value * 100}%` }} />
    </>
  );
}

type SideProps = {
  readonly of: "caller" | "agent";
  readonly peaks: readonly number[];
  readonly share: ReadonlySignal<number>;
};

function Side({ of, peaks, share }: SideProps) {
  const shape = useMemo(() => shapeOf(peaks), [peaks]);
  const played = share.value * peaks.length;
  const cut = { width: played, height: HEIGHT, viewBox: `0 0 ${played} ${HEIGHT}` };
  return (
    <svg class={`wave ${of}`} viewBox={`0 0 ${peaks.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={shape} />
      <svg {...cut} preserveAspectRatio="none" aria-hidden="true">
        <path class="played" d={shape} />
      </svg>
    </svg>
  );
}

const shapeOf = (peaks: readonly number[]): string =>
  peaks
    .map((peak, index) => {
      const height = Math.max(LEAST, loud(peak) * HEIGHT);
      return `M${index} ${((HEIGHT - height) / 2).toFixed(1)}h.7v${height.toFixed(1)}h-.7z`;
    })
    .join("");
