import { expect, test } from "vitest";
import { LabelsError, readLabels } from "../../src/replay/score/labels.ts";
import { finishedBySound } from "../../src/replay/score/labels-by-sound.ts";
import { voice } from "../../src/simulator/voices.ts";
import { handMade } from "./hand-made.ts";

test("a human's marks are read as they are", () => {
  const labels = {
    finished: [1200, 5400.5],
    acknowledgements: [{ fromMs: 100, toMs: 400 }],
    noises: [],
    interruptions: [{ fromMs: 7000 }],
    expected: [{ kind: "false stop", atMs: 250 }],
    slow: true,
  };
  expect(readLabels(JSON.stringify(labels), "labels.json")).toEqual(labels);
  expect(readLabels("{}", "labels.json")).toEqual({});
});

test.each([
  { text: "{", says: /^x\/labels\.json is not JSON: / },
  { text: '{"finished": [1, -2]}', says: /finished › 1: .*>=0/ },
  { text: '{"noises": [{"fromMs": 9, "toMs": 9}]}', says: /noises › 0: ends before it begins/ },
  { text: '{"interruptions": [4]}', says: /interruptions › 0: .*expected object/ },
  { text: '{"expected": [{"kind": "sneeze", "atMs": 4}]}', says: /expected › 0 › kind: .*"false stop"/ },
  { text: '{"finish": []}', says: /Unrecognized key: "finish"/ },
])("$text is refused with its place", ({ text, says }) => {
  expect(() => readLabels(text, "x/labels.json")).toThrow(LabelsError);
  expect(() => readLabels(text, "x/labels.json")).toThrow(says);
});

const FRAME = 160;

/** Frames of 20 ms, each coming when its last sample was spoken. */
function framed(sound: Buffer) {
  return Array.from({ length: Math.ceil(sound.length / FRAME) }, (_, index) => {
    const payload = sound.subarray(index * FRAME, (index + 1) * FRAME).toString("base64");
    return { atMs: (index + 1) * 20, payload };
  });
}

const quiet = (ms: number): Buffer => Buffer.alloc(ms * 8, 0xff);

test("by its sound, the caller finished where a long pause begins: not at a short one, nor at a cough", () => {
  const [first, second, cough] = [voice("hi-first"), voice("hi-second"), voice("cough")];
  const parts = [quiet(500), first.audio, quiet(400), second.audio, quiet(1000), cough.audio, quiet(1000), first.audio];
  const sound = Buffer.concat(parts);
  const { call } = handMade([]);
  const finished = finishedBySound({ ...call, audio: framed(sound) });
  const ends = [500 + first.durationMs + 400 + second.durationMs, sound.length / 8];
  expect(finished.length).toBe(2);
  for (const [index, ms] of finished.entries()) expect(Math.abs(ms - (ends[index] ?? 0))).toBeLessThan(120);
});

test("without sound nobody can tell", () => {
  expect(finishedBySound(handMade([]).call)).toEqual([]);
});
