import { expect, test } from "vitest";
import { sinceMs } from "../../src/kit/clock.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

test("what a journal tells of an instant is told to the microsecond", async () => {
  const clock = new VirtualClock();
  await clock.advance(8244.87275599);
  expect(sinceMs(clock, 11.1)).toBe(8233.773);
});
