import type { Decision, Turn } from "../record/record.ts";

/** When the parts of one reply happened, in ms since the call began; what did not happen is absent. */
export type ReplyTimes = {
  readonly turn: number;
  readonly speechEndedMs?: number;
  readonly finalMs?: number;
  readonly firstWordsMs?: number;
  readonly firstSoundMs?: number;
  readonly soundEndedMs?: number;
  readonly interrupted: boolean;
};

/** Turns tell how long each part took; at what moment the dialog was asked, only the decisions do where it was asked twice. */
export function waterfall(turns: readonly Turn[], decisions: readonly Decision[]): readonly ReplyTimes[] {
  return turns.map((turn) => replyTimes(turn, decisions));
}

function replyTimes(turn: Turn, decisions: readonly Decision[]): ReplyTimes {
  const { seq, startedMs, endedMs, interrupted, metrics } = turn;
  const answered = decisions.filter(({ what, inputs }) => what === "answered" && inputs["turn"] === seq);
  const resumed = decisions.filter(({ what, atMs }) => what === "resumed" && within(turn, atMs));
  const finalMs = answered.at(-1)?.atMs ?? (turn.userText === "" ? undefined : startedMs);
  const askedMs = Math.max(finalMs ?? startedMs, ...resumed.map(({ atMs }) => atMs));
  const firstWordsMs = plus(askedMs, metrics.dialogMs);
  const firstSoundMs = plus(firstWordsMs, metrics.ttsMs);
  const times = {
    speechEndedMs: plus(finalMs, metrics.sttMs === undefined ? undefined : -metrics.sttMs),
    finalMs,
    firstWordsMs,
    firstSoundMs,
    soundEndedMs: firstSoundMs === undefined ? undefined : endedMs,
  };
  const happened = Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined));
  return { turn: seq, ...happened, interrupted };
}

const within = ({ startedMs, endedMs = Number.POSITIVE_INFINITY }: Turn, atMs: number): boolean =>
  atMs >= startedMs && atMs < endedMs;

const plus = (ms: number | undefined, more: number | undefined): number | undefined =>
  ms === undefined || more === undefined ? undefined : ms + more;
