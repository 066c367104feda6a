import { expect, test } from "vitest";
import { KeptAudio } from "../../src/speech/sarvam/stt-kept-audio.ts";
import { UtteranceNumbers } from "../../src/speech/sarvam/stt-utterance-numbers.ts";
import { judgeComplaint, judgeEnd, pauseMs } from "../../src/speech/sarvam/stt-verdict.ts";
import { frame, frames, MULAW } from "./ear-bench.ts";

const kept = (count: number): KeptAudio => {
  const audio = new KeptAudio(MULAW);
  for (const payload of frames(0, count)) audio.push(payload);
  return audio;
};

test("kept audio forgets the oldest beyond its time and keeps its positions", () => {
  const audio = kept(1000);
  audio.keepMs(5000);
  expect([audio.start, audio.end, audio.ms]).toEqual([750, 1000, 5000]);
  expect(audio.at(750)).toBe(frame(750));
  expect(audio.at(749)).toBeUndefined();
  audio.push(frame(1000));
  expect(audio.at(1000)).toBe(frame(1000));
  expect(audio.at(1001)).toBeUndefined();
});

test("kept audio forgets what lies before a position, but for a margin; never backwards", () => {
  const audio = kept(100);
  audio.keepFrom(50, 300);
  expect(audio.start).toBe(35);
  audio.keepFrom(20, 300);
  expect(audio.start).toBe(35);
  audio.keepFrom(9999, 0);
  expect([audio.start, audio.end, audio.ms]).toEqual([100, 100, 0]);
});

test("only an utterance without a transcript keeps its number over a reconnect", () => {
  const numbers = new UtteranceNumbers();
  numbers.started(numbers.of(0));
  numbers.transcribed(numbers.of(0));
  numbers.restart();
  expect(numbers.of(0)).toBe(2);
  numbers.started(2);
  numbers.restart();
  numbers.restart();
  expect([numbers.of(0), numbers.of(1), numbers.of(0)]).toEqual([2, 3, 2]);
});

test.each([
  [{ code: 1006, reason: "", status: 403 }, undefined, "refused"],
  [{ code: 1006, reason: "", status: 404 }, undefined, "refused"],
  [{ code: 1006, reason: "", status: 502 }, undefined, "again"],
  [{ code: 4000, reason: "" }, undefined, "refused"],
  [{ code: 4999, reason: "quota" }, undefined, "hopeless"],
  [{ code: 1005, reason: "" }, undefined, "again"],
  [{ code: 1012, reason: "restart" }, undefined, "again"],
  [{ code: 1000, reason: "" }, { code: "429", message: "insufficient balance", fatal: false }, "hopeless"],
  [{ code: 1011, reason: "" }, { code: "invalid_subscription_key", message: "", fatal: true }, "refused"],
  [{ code: 1011, reason: "" }, { code: "x", message: "y", fatal: false }, "again"],
] as const)("the end %o after the complaint %o means %s", (end, told, kind) => {
  expect(judgeEnd(end, told).kind).toBe(kind);
});

test.each([
  [400, "refused"],
  [401, "refused"],
  [403, "refused"],
  [408, "again"],
  [413, "refused"],
  [500, "again"],
  [503, "again"],
])("a fatal error with status %i means %s; one that is not fatal means nothing yet", (status, kind) => {
  const complaint = { code: "some_code", message: "some words", status };
  expect(judgeComplaint({ ...complaint, fatal: true })?.kind).toBe(kind);
  expect(judgeComplaint({ ...complaint, fatal: false })).toBeUndefined();
});

test("pauses grow, are jittered and capped", () => {
  const pauses = (pace: "at-once" | "soon" | "slow", chance: number): number[] =>
    [1, 2, 3, 4, 5, 6, 7].map((failures) => pauseMs(pace, failures, () => chance));
  expect(pauses("at-once", 0)).toEqual([0, 125, 250, 500, 1000, 2000, 2000]);
  expect(pauses("at-once", 1)).toEqual([100, 250, 500, 1000, 2000, 4000, 4000]);
  expect(pauses("soon", 0)).toEqual([125, 250, 500, 1000, 2000, 2000, 2000]);
  expect(pauses("slow", 0)).toEqual([1000, 2000, 2000, 2000, 2000, 2000, 2000]);
});
