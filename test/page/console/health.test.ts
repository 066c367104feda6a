import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/kit/virtual-clock.ts";
import {
  type Health,
  lineThrough,
  memoryOf,
  named,
  remembered,
  type Sample,
  spanOf,
  stateOf,
} from "../../../src/page/console/health-reading.ts";
import { whileVisible } from "../../../src/page/console/while-visible.ts";

const WELL: Health = { liveCalls: 2, loopDelayMs: { p50: 1, p99: 4 } };

test.each([
  ["ready", /^takes calls/],
  ["draining", /stopping/],
  ["backlogged", /database/],
  ["elated", /does not say/],
  [undefined, /does not say/],
])("a gateway that is %s is told of in words", (status, words) => {
  expect(stateOf(status === undefined ? {} : { status })).toMatch(words);
});

test("five minutes are remembered", () => {
  let samples: readonly Sample[] = [];
  for (let atMs = 0; atMs <= 400_000; atMs += 5_000) samples = remembered(samples, WELL, atMs);
  expect(samples).toHaveLength(61);
  expect(samples[0]).toEqual({ atMs: 100_000, liveCalls: 2, lateMs: 4 });
});

test("a line runs through the whole box", () => {
  const box = { width: 100, height: 20 };
  const calls = [0, 4, 2].map((liveCalls, index) => ({ atMs: 1_000 + index * 5_000, liveCalls, lateMs: 0 }));
  expect(lineThrough(calls, ({ liveCalls }) => liveCalls, box)).toBe("0.0,20.0 50.0,0.0 100.0,10.0");
  expect(lineThrough(calls, ({ lateMs }) => lateMs, box)).toBe("0.0,20.0 50.0,20.0 100.0,20.0");
  expect(lineThrough([], ({ lateMs }) => lateMs, box)).toBe("");
});

test("sizes and spans are written for people", () => {
  expect([212e6, 1.43e9].map(memoryOf)).toEqual(["212 MB", "1.4 GB"]);
  expect([40_000, 300_000, 7_500_000, 273_600_000].map(spanOf)).toEqual(["40 s", "5 min", "2 h 5 min", "3 d 4 h"]);
});

test("what the gateway abbreviates is written out", () => {
  expect(["stt", "pglite", "connection-lost"].map(named)).toEqual(["speech to text", "embedded", "connection lost"]);
});

function eyes() {
  const listeners = new Set<() => void>();
  const visibility = {
    visible: true,
    onChange(then: () => void) {
      listeners.add(then);
      return () => listeners.delete(then);
    },
  };
  const become = (visible: boolean): void => {
    visibility.visible = visible;
    for (const listener of [...listeners]) listener();
  };
  return { visibility, become, listeners };
}

test("it looks every five seconds while somebody sees it, and at once when they come back", async () => {
  const clock = new VirtualClock();
  const { visibility, become, listeners } = eyes();
  const looks: number[] = [];
  const stop = whileVisible({ clock, visibility }, 5_000, async () => void looks.push(clock.now()));
  await clock.advance(11_000);
  become(false);
  await clock.advance(20_000);
  expect(looks).toEqual([0, 5_000, 10_000]);
  become(true);
  await clock.advance(5_000);
  expect(looks).toEqual([0, 5_000, 10_000, 31_000, 36_000]);
  stop();
  await clock.advance(20_000);
  expect(looks).toHaveLength(5);
  expect(listeners.size).toBe(0);
});

test("a look that takes long is not overtaken, and its end after the page is gone begins no other", async () => {
  const clock = new VirtualClock();
  const { visibility, become } = eyes();
  const ends: (() => void)[] = [];
  const stop = whileVisible({ clock, visibility }, 5_000, () => new Promise((end) => ends.push(end)));
  await clock.advance(30_000);
  become(false);
  become(true);
  expect(ends).toHaveLength(1);
  stop();
  ends[0]?.();
  await clock.advance(30_000);
  expect(ends).toHaveLength(1);
});
