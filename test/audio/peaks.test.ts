import { expect, test } from "vitest";
import { StereoPeaks } from "../../src/audio/peaks.ts";
import { readWavHeader, wavHeader } from "../../src/audio/wav.ts";

const pairs = (...frames: readonly (readonly [left: number, right: number])[]) => Int16Array.from(frames.flat());

test("of each stretch the loudest sample of each channel, whatever its sign, from 0 to 1", () => {
  const peaks = new StereoPeaks(4, 2);
  peaks.push(pairs([100, -32_768], [-16_384, 5], [0, 0], [8192, 1]));
  expect([peaks.left, peaks.right]).toEqual([
    [0.5, 0.25],
    [1, 0],
  ]);
});

test("however the samples are cut into pieces, and where stretches are of unequal length", () => {
  const frames = Array.from({ length: 1003 }, (_, at) => [at * 7, -at * 3] as const);
  const whole = new StereoPeaks(frames.length, 10);
  whole.push(pairs(...frames));
  for (const size of [1, 7, 100, 500]) {
    const cut = new StereoPeaks(frames.length, 10);
    for (let at = 0; at < frames.length; at += size) cut.push(pairs(...frames.slice(at, at + size)));
    expect([cut.left, cut.right]).toEqual([whole.left, whole.right]);
  }
  const last = (stretch: number) => Math.ceil(((stretch + 1) * frames.length) / 10) - 1;
  expect(whole.left).toEqual(
    Array.from({ length: 10 }, (_, stretch) => Math.round(((last(stretch) * 7) / 32_768) * 1000) / 1000),
  );
});

test("what never came is silence, and what is too much is left out", () => {
  const peaks = new StereoPeaks(4, 4);
  peaks.push(pairs([32_767, 0]));
  expect(peaks.left).toEqual([1, 0, 0, 0]);
  peaks.push(pairs([0, 0], [0, 0], [0, 0], [32_767, 32_767]));
  expect([peaks.left, peaks.right]).toEqual([
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

test("a header of ours is read back; what is none is not", () => {
  const header = wavHeader(2, 16_000, 640);
  expect(readWavHeader(header)).toEqual({ channels: 2, rate: 16_000, dataBytes: 640, dataAt: 44 });
  expect(readWavHeader(header.subarray(0, 43))).toBeUndefined();
  expect(readWavHeader(Buffer.alloc(44))).toBeUndefined();
  const floats = Buffer.from(header);
  floats.writeUInt16LE(3, 20);
  expect(readWavHeader(floats)).toBeUndefined();
});
