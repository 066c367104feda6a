import { OpusDecoder } from "opus-decoder";
import { afterAll, describe, expect, test, vi } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import { OpusStream } from "../../src/audio/opus.ts";
import { readOpusPacket } from "../../src/audio/opus-packet.ts";
import { chance, recorded } from "../carrier/fixtures.ts";
import { loudnessDbfs } from "./loudness.ts";

const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
afterAll(() => complaints.mockRestore());

const read = (...bytes: readonly number[]) => readOpusPacket(Buffer.from(bytes).toString("base64"));
/** The byte that a packet begins with: how its frames are made, and how many there are. */
const head = (way: number, code = 0) => (way << 3) | code;

describe("how long a packet's sound is, by its first bytes", () => {
  test.each([
    [head(0), 10],
    [head(5), 20],
    [head(10), 40],
    [head(11), 60],
    [head(12), 10],
    [head(15), 20],
    [head(16), 2.5],
    [head(29), 5],
    [head(31), 20],
    [head(31, 1), 40],
    [head(1, 2), 40],
  ])("%i: %d ms", (first, ms) => {
    expect(read(first, 1, 2, 3, 4)).toMatchObject({ ms });
  });

  test("as many frames as the second byte says", () => {
    expect(read(head(28, 3), 3, 0, 0, 0)).toMatchObject({ ms: 7.5, whole: true });
    expect(read(head(28, 3), 0x83, 1, 1, 9, 9, 9)).toMatchObject({ ms: 7.5, whole: true });
  });

  test("nothing, no frames, more than 60 ms, and more than 1500 bytes are no packets", () => {
    for (const bytes of [[], [head(31, 3)], [head(31, 3), 0], [head(31, 3), 4, 0, 0, 0, 0], [head(11, 1), 0, 0]])
      expect(read(...bytes)).toBeUndefined();
    expect(read(head(31, 3), ...Array(1_499).fill(1))).toBeDefined();
    expect(read(head(31, 3), ...Array(1_502).fill(1))).toBeUndefined();
  });
});

test("what is called whole is what libopus takes, and nothing else: damage is never met on the console", async () => {
  const dice = chance(7);
  const libopus = new OpusDecoder({ sampleRate: 16000, channels: 1 });
  const stream = await OpusStream.open();
  await libopus.ready;
  const found = { whole: 0, damaged: 0 };
  for (let round = 0; round < 400; round++) {
    const bytes = Array.from({ length: 1 + dice(dice(4) === 0 ? 1_480 : 12) }, () => dice(256));
    // Small numbers are those that lengths and counts are made of.
    if (dice(2) === 0) bytes.splice(1, 2, dice(2) * 64 + dice(2) * 128 + 1 + dice(4), dice(6));
    const packet = read(...bytes);
    if (!packet) continue;
    const { errors, samplesDecoded } = libopus.decodeFrame(packet.bytes);
    expect([bytes.join(), packet.whole]).toEqual([bytes.join(), errors.length === 0]);
    found[packet.whole ? "whole" : "damaged"]++;
    if (packet.whole) expect(samplesDecoded).toBe(packet.ms * 16);
    complaints.mockClear();
    expect(stream.decode(packet)?.length).toBe(packet.whole ? packet.ms * 32 : undefined);
    expect(complaints).not.toHaveBeenCalled();
  }
  expect(Math.min(found.whole, found.damaged)).toBeGreaterThan(40);
  libopus.free();
  stream.free();
});

test("S0.27: packets that a browser made become PCM16 at 16 kHz, in one run of the codec each", async () => {
  const packets = recorded("opus-en-question.txt");
  const stream = await OpusStream.open();
  const before = codecRuns();
  const pieces = packets.map((payload) => {
    const packet = readOpusPacket(payload);
    return packet && stream.decode(packet);
  });
  expect(codecRuns() - before).toBe(packets.length);
  expect(pieces.every((pcm) => pcm?.length === 640)).toBe(true);
  const pcm = Buffer.concat(pieces.flatMap((piece) => piece ?? []));
  expect(loudnessDbfs(pcm)).toBeGreaterThan(-30);
  stream.free();
});
