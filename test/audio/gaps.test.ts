import { expect, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { GapFiller, silence } from "../../src/audio/gaps.ts";

const mulaw: AudioFormat = { encoding: "mulaw", rate: 8000 };
const pcm16k: AudioFormat = { encoding: "linear16", rate: 16000 };

/** Frames of 20 ms at these times; what was missing before each. */
const missing = (times: readonly (number | undefined)[]): number[] => {
  const filler = new GapFiller(mulaw);
  return times.map((atMs) => filler.missingMs(atMs, 160));
};

test.each<{ of: string; times: (number | undefined)[]; filled: number[] }>([
  { of: "frames without a gap", times: [0, 20, 40, 60], filled: [0, 0, 0, 0] },
  { of: "Twilio's odd beginning", times: [5, 25, 45], filled: [0, 0, 0] },
  { of: "a stream whose count starts late", times: [90_000, 90_020, 90_040], filled: [0, 0, 0] },
  { of: "one second left out", times: [0, 20, 1040, 1060], filled: [0, 0, 1000, 0] },
  { of: "timestamps that wobble", times: [0, 27, 38, 66, 80, 93, 125], filled: [0, 0, 0, 0, 0, 0, 0] },
  { of: "one frame left out is within the wobble", times: [0, 40, 60], filled: [0, 0, 0] },
  { of: "single frames left out add up", times: [0, 40, 80, 100], filled: [0, 0, 40, 0] },
  { of: "a repeated timestamp", times: [0, 20, 20, 20, 40], filled: [0, 0, 0, 0, 0] },
  { of: "a timestamp going backwards", times: [0, 20, 1040, 40, 1060], filled: [0, 0, 1000, 0, 0] },
  { of: "a count that starts over", times: [5000, 5020, 0, 20, 40], filled: [0, 0, 0, 0, 0] },
  { of: "longer than ten seconds", times: [0, 65_000, 65_020, 65_140], filled: [0, 10_000, 0, 100] },
  { of: "no timestamps at all", times: [undefined, undefined, undefined], filled: [0, 0, 0] },
  { of: "a timestamp missing in between", times: [0, undefined, 40, 500], filled: [0, 0, 0, 440] },
  { of: "first frames without one", times: [undefined, 700, 720], filled: [0, 0, 0] },
  { of: "timestamps that are no numbers", times: [0, Number.NaN, Number.POSITIVE_INFINITY, 60], filled: [0, 0, 0, 0] },
])("$of: $times leaves $filled", ({ times, filled }) => {
  expect(missing(times)).toEqual(filled);
});

test("audio and filled silence together never run ahead of the carrier's time", () => {
  let state = 7;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let round = 0; round < 100; round += 1) {
    const filler = new GapFiller(mulaw);
    let [clock, latest, heard] = [0, 0, 0];
    let first: number | undefined;
    for (let frame = 0; frame < 300; frame += 1) {
      clock += below(10) === 0 ? 20 + below(3000) : 20;
      const at = Math.max(0, clock + below(30) - 15);
      first ??= at;
      const filled = filler.missingMs(at, 160);
      heard += filled + 20;
      latest = Math.max(latest, at + 20);
      expect(filled).toBeGreaterThanOrEqual(0);
      // 40 ms: frames closer together than their length are audio all the same.
      expect(heard).toBeLessThanOrEqual(latest - first + 40);
    }
    expect(heard).toBeGreaterThan(latest - (first ?? 0) - 100);
  }
});

test("silence put in for a frame that was only late does not count against the next gap", () => {
  const filler = new GapFiller(mulaw);
  filler.missingMs(0, 160);
  filler.filled(1500);
  expect([20, 40, 1060, 1080].map((atMs) => filler.missingMs(atMs, 160))).toEqual([0, 0, 1000, 0]);
});

test("silence put in before its time is told counts once, however it was divided", () => {
  const filler = new GapFiller(mulaw);
  filler.missingMs(0, 160);
  filler.filled(750);
  filler.filled(750);
  expect([1720, 1740].map((atMs) => filler.missingMs(atMs, 160))).toEqual([200, 0]);
});

test.each([
  { of: "one lost packet", times: [0, 20, 80], filled: 0, leftOut: false },
  { of: "a second left out", times: [0, 1020], filled: 0, leftOut: true },
  { of: "a stall, filled too soon", times: [0, 20], filled: 1500, leftOut: false },
  { of: "a pause, filled before its time was told", times: [0, 1520], filled: 1500, leftOut: true },
])("$of: the carrier leaves silence out is $leftOut", ({ times, filled, leftOut }) => {
  const filler = new GapFiller(mulaw);
  for (const atMs of times) {
    filler.missingMs(atMs, 160);
    filler.filled(filled);
  }
  expect(filler.leftOut).toBe(leftOut);
});

test("frame lengths are counted in the line's own format", () => {
  const filler = new GapFiller(pcm16k);
  expect([filler.missingMs(0, 3200), filler.missingMs(100, 3200), filler.missingMs(500, 3200)]).toEqual([0, 0, 300]);
});

test("silence is made of the format's own silent byte", () => {
  expect(Buffer.from(silence(mulaw, 20), "base64")).toEqual(Buffer.alloc(160, 0xff));
  expect(Buffer.from(silence(pcm16k, 20), "base64")).toEqual(Buffer.alloc(640));
  expect(silence(mulaw, 0)).toBe("");
});
