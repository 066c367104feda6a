import alawmulaw from "alawmulaw";
import { expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import { decodeMulaw, decodeMulawPayload, encodeMulaw, mulawOfAlawPayload } from "../../src/audio/g711.ts";

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

function pcmOf(...samples: number[]): Buffer {
  const pcm = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    pcm.writeInt16LE(sample, index * 2);
  });
  return pcm;
}

test("µ-law decodes to the anchors of the standard", () => {
  expect(decodeMulaw(Buffer.from([0x00, 0x80, 0xff, 0x7f]))).toEqual(pcmOf(-32124, 32124, 0, 0));
});

test("µ-law encodes to the anchors of the standard", () => {
  expect([...encodeMulaw(pcmOf(0, -1, 32767, -32768))]).toEqual([0xff, 0x7f, 0x80, 0x00]);
});

test("decoding and encoding again gives every byte back, except negative zero", () => {
  const expected = Buffer.from(everyByte);
  expected[0x7f] = 0xff;
  expect(encodeMulaw(decodeMulaw(everyByte))).toEqual(expected);
});

test("a base64 payload decodes like its bytes", () => {
  expect(decodeMulawPayload(everyByte.toString("base64"))).toEqual(decodeMulaw(everyByte));
});

test("half a sample at the end is not encoded", () => {
  expect(encodeMulaw(Buffer.concat([pcmOf(0), Buffer.of(1)]))).toEqual(Buffer.of(0xff));
});

test("each decoding and encoding is counted", () => {
  const before = codecRuns();
  encodeMulaw(decodeMulaw(everyByte));
  expect(codecRuns() - before).toBe(2);
});

test("A-law becomes the µ-law of the same samples, without an exception for any byte", () => {
  const mulaw = Buffer.from(mulawOfAlawPayload(everyByte.toString("base64")), "base64");
  const heard = decodeMulaw(mulaw);
  expect(mulaw).toHaveLength(256);
  for (const byte of everyByte) {
    const meant = alawmulaw.alaw.decodeSample(byte);
    const step = Math.max(16, Math.abs(meant) / 16);
    expect(Math.abs(heard.readInt16LE(byte * 2) - meant), `byte ${byte}`).toBeLessThanOrEqual(step);
    expect(Math.sign(heard.readInt16LE(byte * 2) || meant)).toBe(Math.sign(meant));
  }
});
