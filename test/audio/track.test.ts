import { expect, test } from "vitest";
import { Track } from "../../src/audio/track.ts";

const MULAW = { encoding: "mulaw", rate: 8000 } as const;
const PCM = { encoding: "linear16", rate: 16_000 } as const;
/** µ-law that is not silent. */
const sound = (samples: number): Buffer => Buffer.alloc(samples, 0x20);
const samplesOf = (pcm: Buffer): number[] =>
  Array.from({ length: pcm.length / 2 }, (_, index) => pcm.readInt16LE(index * 2));
/** A sign for each sample. */
const seen = (pcm: Buffer): string =>
  samplesOf(pcm)
    .map((sample) => (sample === 0 ? "." : "#"))
    .join("");

test("sound lies where it was put, or behind what was there; between is silence", () => {
  const track = new Track(MULAW, 1000);
  track.put(1001, sound(4));
  track.put(1001.25, sound(2));
  track.put(1002, sound(1));
  expect(track.endMs).toBe(1002.125);
  expect(seen(track.read(20))).toBe("........######..#...");
});

test("what is cut is not heard, and makes room; what was read stays read", () => {
  const track = new Track(MULAW, 0);
  track.put(0, sound(8));
  expect(seen(track.read(4))).toBe("####");
  track.put(2, sound(8));
  track.cut(0.75);
  expect(track.endMs).toBe(0.75);
  track.put(1, sound(1));
  expect(seen(track.read(12))).toBe("##..#...");
  track.cut(0);
  expect(track.endMs).toBe(1.125);
  track.put(0, sound(2));
  expect(seen(track.read(16))).toBe("....");
});

test("PCM comes out as it went in, cut anywhere; a half sample is left out", () => {
  const track = new Track(PCM, 0);
  const bytes = Buffer.from([1, 0, 2, 0, 3, 0, 4, 0, 9]);
  track.put(0.0625, bytes);
  expect(samplesOf(track.read(3))).toEqual([0, 1, 2]);
  expect(samplesOf(track.read(7))).toEqual([3, 4, 0, 0]);
});
