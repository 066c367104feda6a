import type { Decision, ReplyTimes, Turn } from "../ui/told.ts";
import type { Followed } from "./call-news.ts";
import { heardSplit } from "./heard-split.ts";
import { latencyOfReply } from "./reply-figures.ts";

/** One thing that was said. `atMs`: since the call began; `undefined` while it is being said. */
export type Line = {
  /** Stays the same when a guess becomes what was said. */
  readonly key: string;
  readonly by: "caller" | "agent";
  readonly turn: number;
  readonly atMs: number | undefined;
  /** What counts: of the agent, what was heard. */
  readonly text: string;
  /** Behind it. `coming`: it may still be heard, or change. `unheard`: it was never heard. */
  readonly rest: { readonly is: "coming" | "unheard"; readonly text: string } | undefined;
  readonly interrupted: boolean;
  /** Of an answer that is over. */
  readonly latencyMs: number | undefined;
  readonly texts: Pick<Turn, "agentGenerated" | "agentSent" | "agentHeard"> | undefined;
};

/** What was said, in order. `live`: what is being said. */
export function linesOf(
  turns: readonly Turn[],
  replies: readonly ReplyTimes[],
  live?: Pick<Followed, "guess" | "saying">,
): readonly Line[] {
  const lines = turns.flatMap((turn) => linesOfTurn(turn, replies));
  if (!live) return lines;
  const last = turns.at(-1);
  const next = (last?.seq ?? 0) + 1;
  const running = last && last.endedMs === undefined ? last.seq : next;
  const now = [...saidNow(running, live.saying), ...guessed(live.saying ? running + 1 : next, live.guess)];
  return [...lines.filter(({ key }) => now.every((line) => line.key !== key)), ...now];
}

function linesOfTurn(turn: Turn, replies: readonly ReplyTimes[]): readonly Line[] {
  const { seq, startedMs, metrics, userText, agentGenerated, agentSent, agentHeard, interrupted } = turn;
  const reply = replies.find((one) => one.turn === seq);
  const { sttMs = 0, userAudioMs = 0, firstAudioMs, dialogMs = 0, ttsMs = 0 } = metrics;
  const { heard, unheard } = heardSplit(agentGenerated, agentHeard);
  const caller: Line = {
    ...{ key: `caller-${seq}`, by: "caller", turn: seq, text: userText, rest: undefined, interrupted: false },
    ...{ atMs: Math.max(0, startedMs - sttMs - userAudioMs), latencyMs: undefined, texts: undefined },
  };
  const agent: Line = {
    ...{ key: `agent-${seq}`, by: "agent", turn: seq, text: heard, interrupted },
    rest: unheard === "" ? undefined : { is: turn.endedMs === undefined ? "coming" : "unheard", text: unheard },
    atMs: reply?.firstSoundMs ?? startedMs + (firstAudioMs ?? dialogMs + ttsMs),
    latencyMs: reply && latencyOfReply(reply),
    texts: { agentGenerated, agentSent, agentHeard },
  };
  return [...(userText === "" ? [] : [caller]), ...(agentGenerated === "" ? [] : [agent])];
}

function saidNow(turn: number, saying: Followed["saying"]): readonly Line[] {
  if (!saying) return [];
  const rest = saying.coming === "" ? undefined : { is: "coming" as const, text: saying.coming };
  return [{ ...NOW, key: `agent-${turn}`, by: "agent", turn, text: saying.heard, rest }];
}

const guessed = (turn: number, guess: string): readonly Line[] =>
  guess === ""
    ? []
    : [{ ...NOW, key: `caller-${turn}`, by: "caller", turn, text: "", rest: { is: "coming", text: guess } }];

const NOW = { atMs: undefined, interrupted: false, latencyMs: undefined, texts: undefined } as const;

export type Moment =
  | { readonly kind: "line"; readonly key: string; readonly line: Line }
  | { readonly kind: "decision"; readonly key: string; readonly decision: Decision };

/** Lines, and what was decided, each at its instant. */
export function momentsOf(lines: readonly Line[], decisions: readonly Decision[]): readonly Moment[] {
  const at = (moment: Moment): number =>
    moment.kind === "line" ? (moment.line.atMs ?? Number.POSITIVE_INFINITY) : moment.decision.atMs;
  const moments: readonly Moment[] = [
    ...lines.map((line) => ({ kind: "line" as const, key: line.key, line })),
    ...decisions.map((decision, index) => ({ kind: "decision" as const, key: `decision-${index}`, decision })),
  ];
  return moments.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

/** The key of the line that was said at this instant; ms since the call began. */
export const playingAt = (lines: readonly Line[], ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : lines.findLast(({ atMs }) => atMs !== undefined && atMs <= ms)?.key;
