import { expect, test } from "vitest";
import { Arrivals } from "../../src/audio/arrivals.ts";
import type { AudioFormat } from "../../src/audio/format.ts";
import { Track } from "../../src/audio/track.ts";

const PCM: AudioFormat = { encoding: "linear16", rate: 8000 };
const PER_MS = 8;

type Frame = { readonly atMs: number; readonly sample: number; readonly lengthMs?: number; readonly filled?: boolean };

/** At which ms each frame came to lie, known by the value of its samples; the last first sample of it counts. */
function placed(frames: readonly Frame[], beganMs = 0): ReadonlyMap<number, number> {
  const track = new Track(PCM, beganMs);
  const arrivals = new Arrivals(PCM, track);
  let settledMs = 0;
  for (const { atMs, sample, lengthMs = 20, filled } of frames) {
    const bytes = Buffer.alloc(lengthMs * PER_MS * 2);
    for (let at = 0; at < bytes.length; at += 2) bytes.writeInt16LE(sample, at);
    arrivals.hear(beganMs + atMs, bytes, filled);
    // Once a second, as if what came before was read.
    if (atMs - settledMs < 1000) continue;
    settledMs = atMs;
    arrivals.settledMs(beganMs + settledMs);
  }
  arrivals.finish();
  const pcm = track.read(track.sampleAt(track.endMs));
  const found = new Map<number, number>();
  for (let index = 0; index < pcm.length / 2; index++) {
    const sample = pcm.readInt16LE(index * 2);
    if (sample !== 0 && !found.has(sample)) found.set(sample, index / PER_MS);
  }
  return found;
}

/** Frames 1, 2, 3 … of 20 ms, spoken from the beginning on, which come when `comes` says. */
const stream = (count: number, comes: (spokenMs: number, n: number) => number): readonly Frame[] =>
  Array.from({ length: count }, (_, n) => ({ atMs: comes((n + 1) * 20, n), sample: n + 1 }));
const spoken = (sample: number): number => (sample - 1) * 20;

function furthest(found: ReadonlyMap<number, number>, from = 1): number {
  return Math.max(
    ...[...found].filter(([sample]) => sample >= from).map(([sample, ms]) => Math.abs(ms - spoken(sample))),
  );
}

test("frames that come when they were spoken lie where they were spoken, whenever the track began", () => {
  for (const beganMs of [0, 777.3]) {
    const found = placed(
      stream(500, (ms) => ms),
      beganMs,
    );
    expect(found.size).toBe(500);
    expect(furthest(found)).toBe(0);
  }
});

test.each([60, 300, 2000, 9000])(
  "%i ms in which nothing came move nothing, when all of it comes in one go",
  (heldMs) => {
    const found = placed(stream(1500, (ms) => (ms > 5000 && ms <= 5000 + heldMs ? 5000 + heldMs : ms)));
    expect(found.size).toBe(1500);
    expect(furthest(found)).toBe(0);
  },
);

test.each([40, 300, 5000, 60_000])(
  "%i ms that were lost are silence, and what is behind stays where it was spoken",
  (lostMs) => {
    const frames = stream(4000, (ms) => ms).filter(({ atMs }) => atMs <= 5000 || atMs > 5000 + lostMs);
    const found = placed(frames);
    expect(found.size).toBe(frames.length);
    expect(furthest(found)).toBe(0);
  },
);

test("silence put in for frames that came after all leaves them their room; for frames that never come it stays", () => {
  const filled = (atMs: number): Frame[] =>
    Array.from({ length: 15 }, () => ({ atMs, sample: 0, lengthMs: 100, filled: true }));
  const heldUp = stream(1000, (ms) => (ms > 5000 && ms <= 8000 ? 8000 : ms));
  const late = placed([...heldUp.slice(0, 250), ...filled(6500), ...heldUp.slice(250)]);
  expect([late.size, furthest(late)]).toEqual([1000, 0]);
  const never = stream(1000, (ms) => ms).filter(({ atMs }) => atMs <= 5000 || atMs > 6500);
  const gone = placed([...never.slice(0, 250), ...filled(6500), ...never.slice(250)]);
  expect([gone.size, furthest(gone)]).toEqual([925, 0]);
});

test("what was lost before silence was put in for too much is silence nevertheless", () => {
  const filled = Array.from({ length: 15 }, () => ({ atMs: 11_500, sample: 0, lengthMs: 100, filled: true }));
  const frames = stream(1000, (ms) => (ms > 10_000 && ms <= 13_000 ? 13_000 : ms));
  const found = placed([...frames.slice(0, 200), ...frames.slice(300, 500), ...filled, ...frames.slice(500)]);
  expect([found.size, furthest(found)]).toEqual([900, 0]);
});

test("a carrier whose clock is wrong never drifts by more than 20 ms", () => {
  for (const ppm of [-500, 500]) {
    const frames = stream(45_000, (ms) => ms * (1 + ppm / 1e6));
    const found = placed(
      frames.map((frame) => ({ ...frame, sample: frame.sample % 500 === 0 ? frame.sample / 500 : 0 })),
    );
    expect(found.size).toBe(90);
    for (const [sample, ms] of found) {
      expect(Math.abs(ms - spoken(sample * 500) * (1 + ppm / 1e6))).toBeLessThanOrEqual(20);
    }
  }
});

test("what came before the beginning is cut off, so that nothing lies later than it came", () => {
  const found = placed([
    { atMs: 1, sample: 1 },
    ...stream(100, (ms) => ms + 1).map((frame) => ({ ...frame, sample: frame.sample + 1 })),
  ]);
  for (const [sample, ms] of found) if (sample > 1) expect(Math.abs(ms - spoken(sample - 1))).toBeLessThanOrEqual(12);
});
