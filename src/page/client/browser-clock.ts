import type { Clock } from "./ports.ts";

export const browserClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
