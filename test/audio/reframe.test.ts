import { expect, test } from "vitest";
import { Reframer } from "../../src/audio/reframe.ts";

const twilio = { frameBytes: 480, alignBytes: 1, minBytes: 1, maxBytes: 1_000_000, padByte: 0xff };
const exotel = { frameBytes: 3840, alignBytes: 320, minBytes: 3200, maxBytes: 100_000, padByte: 0 };
const rules = { twilio, exotel };

function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const bytes = (frames: readonly string[]): Buffer => Buffer.concat(frames.map((frame) => Buffer.from(frame, "base64")));

test.each(Object.entries(rules))(
  "%s: any chunks come out as the same bytes in lawful frames, plus only padding",
  (_, rule) => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const below = chance(seed);
      const reframer = new Reframer(rule);
      const pieces: Buffer[] = [];
      const frames: string[] = [];
      for (let count = below(12) + 1; count > 0; count -= 1) {
        const piece = Buffer.from(Array.from({ length: below(below(2) === 0 ? 10 : 9000) }, () => below(256)));
        pieces.push(piece);
        const ready = reframer.push(piece.toString("base64"));
        for (const frame of ready) expect(Buffer.from(frame, "base64").length).toBe(rule.frameBytes);
        frames.push(...ready);
      }
      const last = reframer.flush();
      if (last !== undefined) frames.push(last);
      for (const frame of frames) {
        const length = Buffer.from(frame, "base64").length;
        expect(length % rule.alignBytes).toBe(0);
        expect(length).toBeGreaterThanOrEqual(rule.minBytes);
        expect(length).toBeLessThanOrEqual(rule.maxBytes);
      }
      const input = Buffer.concat(pieces);
      const output = bytes(frames);
      expect(output.subarray(0, input.length).equals(input)).toBe(true);
      const padding = output.subarray(input.length);
      expect(padding.every((byte) => byte === rule.padByte)).toBe(true);
      expect(padding.length).toBeLessThan(Math.max(rule.minBytes, rule.alignBytes));
      expect(reframer.flush()).toBeUndefined();
    }
  },
);

test("a chunk of whole frames is cut as text, character for character", () => {
  const text = Buffer.from(Array.from({ length: 1440 }, (_, index) => index % 256)).toString("base64");
  expect(new Reframer(twilio).push(text)).toEqual([text.slice(0, 640), text.slice(640, 1280), text.slice(1280)]);
});

test("chunks that meet on three bytes are joined as text", () => {
  const reframer = new Reframer(twilio);
  const first = Buffer.alloc(300, 1).toString("base64");
  const second = Buffer.alloc(180, 2).toString("base64");
  expect(reframer.push(first)).toEqual([]);
  expect(reframer.push(second)).toEqual([first + second]);
});

test("a chunk that is exactly one frame short of its padding keeps waiting", () => {
  const reframer = new Reframer(twilio);
  expect(reframer.push(Buffer.alloc(479, 5).toString("base64"))).toEqual([]);
  expect(reframer.push(Buffer.of(6).toString("base64"))).toEqual([
    Buffer.concat([Buffer.alloc(479, 5), Buffer.of(6)]).toString("base64"),
  ]);
});

test("text without its base64 padding is read all the same", () => {
  const reframer = new Reframer(twilio);
  reframer.push(Buffer.from("abcd").toString("base64").replaceAll("=", ""));
  reframer.push(Buffer.from("e").toString("base64").replaceAll("=", ""));
  expect(Buffer.from(reframer.flush() ?? "", "base64").toString()).toBe("abcde");
});

test("Twilio's last frame is not padded", () => {
  const reframer = new Reframer(twilio);
  reframer.push(Buffer.from("ab").toString("base64"));
  expect(reframer.flush()).toBe(Buffer.from("ab").toString("base64"));
});

test("I17: one byte of PCM leaves for Exotel as 3 200 bytes", () => {
  const reframer = new Reframer(exotel);
  reframer.push(Buffer.of(9).toString("base64"));
  expect(Buffer.from(reframer.flush() ?? "", "base64")).toEqual(Buffer.concat([Buffer.of(9), Buffer.alloc(3199)]));
});

test.each([{ frameBytes: 160 }, { frameBytes: 3840, alignBytes: 321 }, { minBytes: 483 }, { maxBytes: 477 }])(
  "a rule that its own frames break is refused: %o",
  (change) => {
    expect(() => new Reframer({ ...twilio, ...change })).toThrow("break their own rule");
  },
);
