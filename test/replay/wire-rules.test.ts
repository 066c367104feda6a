import { expect, test } from "vitest";
import {
  brokenRules,
  FRAME_LIMITS,
  type SentSide,
  type SentText,
  undelivered,
} from "../../src/replay/wire/wire-rules.ts";

const FRAME = Buffer.alloc(480, 0xff).toString("base64");
const play = (atMs: number, payload = FRAME): SentText => ({
  atMs,
  text: JSON.stringify({ event: "media", streamSid: "MZ1", media: { payload } }),
});
const mark = (atMs: number, name: string): SentText => ({
  atMs,
  text: JSON.stringify({ event: "mark", streamSid: "MZ1", mark: { name } }),
});
const clear = (atMs: number): SentText => ({ atMs, text: JSON.stringify({ event: "clear", streamSid: "MZ1" }) });

/** A greeting (1) that is interrupted at 100, and the reply (2) to what interrupted it. */
const side = (texts: readonly SentText[], more: Partial<SentSide> = {}): SentSide => ({
  texts,
  limits: FRAME_LIMITS.twilio,
  streamId: "MZ1",
  beforeStop: Number.POSITIVE_INFINITY,
  begunMs: new Map([
    [1, 0],
    [2, 300],
  ]),
  ...more,
});

test("a reply that follows what was cleared breaks no rule, whether it came to a mark or not", () => {
  const texts = [play(0), clear(100), play(310), mark(320, "g2:0"), play(330)];
  expect(brokenRules(side(texts))).toEqual([]);
});

test("sound of the reply that was cleared, before the next one has begun", () => {
  const named = {
    atMs: 120,
    about: "after the line was cleared",
    was: "nothing is played until the next reply",
  };
  const texts = [play(0), clear(100), play(120), play(140), play(310), mark(320, "g2:0")];
  expect(brokenRules(side(texts))).toEqual([{ ...named, now: "sound was played, and 1 more" }]);
  const cleared = [play(0), clear(100), play(120), clear(130), play(310), mark(320, "g2:0")];
  expect(brokenRules(side(cleared))).toEqual([{ ...named, now: "sound was played" }]);
});

test("sound of the reply that was cleared, by its mark, although the next one has begun", () => {
  const texts = [play(0), clear(100), play(310), mark(320, "g1:0"), play(330), mark(340, "g2:0")];
  expect(brokenRules(side(texts))).toMatchObject([{ atMs: 310, about: "after the line was cleared" }]);
});

test("anything after the carrier stopped", () => {
  expect(brokenRules(side([play(0), mark(10, "g1:0"), play(20)], { beforeStop: 1 }))).toEqual([
    { atMs: 10, about: "after the carrier stopped", was: "nothing is sent", now: "mark, and 1 more" },
  ]);
});

test("sound that is not padded base64", () => {
  expect(brokenRules(side([play(0, FRAME.replace("/", "_")), play(5, "/w")]))).toMatchObject([
    { atMs: 0, about: "the sound of a frame", now: "something else, and 1 more" },
    { atMs: 5, about: "the size of a frame" },
  ]);
});

test("what the call told its line and the carrier never got, as long as there was a line", () => {
  const told = [
    { atMs: 10, line: { do: "mark", mark: "g1:0" } },
    { atMs: 100, line: { do: "clear" } },
    { atMs: 500, in: { kind: "line-over" } },
    { atMs: 500, line: { do: "clear" } },
  ] as const;
  expect(undelivered(told, [play(0), mark(10, "g1:0"), clear(100)])).toEqual([]);
  expect(undelivered(told, [mark(10, "g1:0"), play(120), mark(320, "g2:0")])).toEqual([
    { atMs: 100, about: "what reaches the carrier", was: "clear", now: "the mark g2:0" },
  ]);
});
