import { latencyOf } from "../ui/format.ts";
import type { ReplyTimes } from "../ui/told.ts";
import { latencyOfReply } from "./reply-figures.ts";

export const STAGES = {
  transcript: "Transcript",
  answer: "Answer",
  voice: "Voice",
  speaking: "Speaking",
} as const;
export type Stage = keyof typeof STAGES;

/** ms since the caller stopped speaking. `toMs` of one that is still going on is where the picture ends. */
export type Bar = { readonly stage: Stage; readonly fromMs: number; readonly toMs: number };

export type Waterfall = {
  readonly turn: number;
  readonly bars: readonly Bar[];
  readonly totalMs: number;
  /** Where the picture ends. */
  readonly axisMs: number;
  readonly ticks: readonly number[];
};

const STEPS = [100, 250, 500, 1000, 2500, 5000, 10_000] as const;
const MOST_TICKS = 7;
/** Of the picture, behind the first sound: what is spoken is long, and not what was waited for. */
const AFTER = 0.18;

/** What became of one reply, on a scale that begins when the caller stopped speaking. `undefined` where nobody waited for it. */
export function waterfallOf(reply: ReplyTimes): Waterfall | undefined {
  const totalMs = latencyOfReply(reply);
  const { speechEndedMs, finalMs, firstWordsMs, firstSoundMs, soundEndedMs } = reply;
  const zero = speechEndedMs ?? finalMs;
  if (totalMs === undefined || zero === undefined) return undefined;
  const step = STEPS.find((ms) => (totalMs * (1 + AFTER)) / ms <= MOST_TICKS) ?? STEPS.at(-1) ?? 1;
  const axisMs = Math.max(step, Math.ceil((totalMs * (1 + AFTER)) / step) * step);
  const bar = (stage: Stage, from: number | undefined, to: number | undefined): readonly Bar[] =>
    from === undefined || to === undefined || to < from ? [] : [{ stage, fromMs: from - zero, toMs: to - zero }];
  return {
    turn: reply.turn,
    bars: [
      ...bar("transcript", speechEndedMs, finalMs),
      ...bar("answer", finalMs, firstWordsMs),
      ...bar("voice", firstWordsMs, firstSoundMs),
      ...bar("speaking", firstSoundMs, soundEndedMs ?? zero + axisMs),
    ],
    totalMs,
    axisMs,
    ticks: Array.from({ length: Math.floor(axisMs / step) + 1 }, (_, index) => index * step),
  };
}

/** The picture in words. */
export function spokenWaterfall({ bars, totalMs }: Waterfall): string {
  const parts = bars.map(
    ({ stage, fromMs, toMs }) => `${STAGES[stage]} from ${latencyOf(fromMs)} for ${latencyOf(toMs - fromMs)}`,
  );
  return `First sound ${latencyOf(totalMs)} after the caller stopped speaking. ${parts.join(". ")}.`;
}
