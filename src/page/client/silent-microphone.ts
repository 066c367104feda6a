import type { Clock, Microphone } from "./ports.ts";

const FRAME_MS = 20;

/** For who writes: the gateway takes a line without any sound for a dead one. */
export function silentMicrophone(clock: Clock): Microphone {
  let cancel = (): void => {};
  return {
    async start(rate, frame) {
      const beganAt = clock.now();
      const next = (): void => {
        // On a grid, so that late timers do not add up; and before the frame, since whoever takes it may stop us.
        cancel = clock.after(FRAME_MS - ((clock.now() - beganAt) % FRAME_MS), next);
        frame(new Int16Array((rate * FRAME_MS) / 1000));
      };
      cancel = clock.after(FRAME_MS, next);
    },
    stop: () => cancel(),
  };
}
