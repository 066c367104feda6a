import type { ReadonlySignal } from "@preact/signals";
import { durationOf } from "./format.ts";

/** By itself, since it changes every second and what is around it does not. */
export const Elapsed = ({ ms }: { readonly ms: ReadonlySignal<number> }) => (
  <span class="number quiet" role="timer" aria-label="Duration">
    {durationOf(ms.value)}
  </span>
);
