import type { Clock } from "../../kit/clock.ts";
import type { VirtualClock } from "../../kit/virtual-clock.ts";

/** Lets time pass until `clock.now()` is `atMs`. May come back sooner once `over` has aborted; never rejects. */
export type Pace = (atMs: number, over: AbortSignal) => Promise<void>;

/** Time is jumped over, as fast as the machine can. */
export const jumping =
  (clock: VirtualClock): Pace =>
  (atMs) =>
    clock.advanceTo(atMs);

/** Time is lived through. */
export const waiting =
  (clock: Clock): Pace =>
  (atMs, over) =>
    clock.sleep(Math.max(0, atMs - clock.now()), over).catch(() => {
      // It rejects for one reason only: there is nothing left to wait for.
    });
