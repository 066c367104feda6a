import { expect, test } from "vitest";
import { latencyOfReply, percentile } from "../../../src/page/console/reply-figures.ts";
import { spokenWaterfall, waterfallOf } from "../../../src/page/console/waterfall-bars.ts";
import type { ReplyTimes } from "../../../src/page/ui/told.ts";

const REPLY: ReplyTimes = {
  turn: 2,
  speechEndedMs: 7_000,
  finalMs: 7_310,
  firstWordsMs: 7_730,
  firstSoundMs: 8_100,
  soundEndedMs: 12_000,
  interrupted: true,
};

test("the picture begins when the caller stopped speaking; what is spoken reaches out of it", () => {
  expect(waterfallOf(REPLY)).toEqual({
    turn: 2,
    bars: [
      { stage: "transcript", fromMs: 0, toMs: 310 },
      { stage: "answer", fromMs: 310, toMs: 730 },
      { stage: "voice", fromMs: 730, toMs: 1100 },
      { stage: "speaking", fromMs: 1100, toMs: 5000 },
    ],
    totalMs: 1100,
    axisMs: 1500,
    ticks: [0, 250, 500, 750, 1000, 1250, 1500],
  });
});

test("stages that overlap are drawn so", () => {
  const { bars } = waterfallOf({ ...REPLY, firstWordsMs: 7_200, finalMs: 7_310 }) ?? { bars: [] };
  expect(bars.map(({ stage }) => stage)).toEqual(["transcript", "voice", "speaking"]);
  expect(bars[1]).toEqual({ stage: "voice", fromMs: 200, toMs: 1100 });
});

test("where the end of speech is not known, the transcript counts; who spoke unasked let nobody wait", () => {
  const { speechEndedMs: _, ...unknown } = REPLY;
  expect(latencyOfReply(unknown)).toBe(790);
  expect(waterfallOf(unknown)?.bars[0]).toEqual({ stage: "answer", fromMs: 0, toMs: 420 });
  expect(waterfallOf({ turn: 1, firstSoundMs: 300, interrupted: false })).toBeUndefined();
});

test("what is still being spoken goes on to the edge", () => {
  const { soundEndedMs: _, ...running } = REPLY;
  expect(waterfallOf(running)?.bars.at(-1)).toEqual({ stage: "speaking", fromMs: 1100, toMs: 1500 });
});

test("the picture can be said", () => {
  const picture = waterfallOf(REPLY);
  expect(picture && spokenWaterfall(picture)).toBe(
    "First sound 1.10 s after the caller stopped speaking. Transcript from 0 ms for 310 ms. Answer from 310 ms for 420 ms. " +
      "Voice from 730 ms for 370 ms. Speaking from 1.10 s for 3.90 s.",
  );
});

test("percentiles are values that were measured", () => {
  const values = [900, 100, 300, 200, 500];
  expect([0, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([100, 300, 900, 900]);
  expect(percentile([700], 0.95)).toBe(700);
  expect(percentile([], 0.5)).toBeUndefined();
});
