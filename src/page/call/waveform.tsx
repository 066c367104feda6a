import type { ReadonlySignal } from "@preact/signals";
import { loudness } from "../ui/meter.tsx";
import type { WebCall } from "./web-call.ts";

const HEIGHT = 40;

/** The last seconds: the agent above the line, the caller below it. Decoration: meters and state say the same. */
export const Waveform = ({ call }: { readonly call: WebCall }) => (
  <svg class="waveform" viewBox={`0 ${-HEIGHT} 96 ${2 * HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
    <path class="axis" d="M0 0H96" />
    <Side class="agent" past={call.agent.past} scale={-HEIGHT} />
    <Side class="caller" past={call.caller.past} scale={HEIGHT} />
  </svg>
);

type SideProps = { readonly class: string; readonly past: ReadonlySignal<readonly number[]>; readonly scale: number };

const Side = ({ class: name, past, scale }: SideProps) => (
  <path class={name} d={past.value.map((rms, at) => `M${at + 0.5} 0v${(loudness(rms) * scale).toFixed(1)}`).join("")} />
);
