import { stamp } from "../../kit/columns.ts";
import type { CallEnd, Turn } from "../../record/record.ts";
import type { RecordedCall } from "../again/recorded-call.ts";
import type { Replayed } from "../again/replayed.ts";
import { isAcknowledgement } from "./acknowledgements.ts";
import type { Fault } from "./faults.ts";
import type { Labels } from "./labels.ts";
import {
  type AgentSpeech,
  type Answered,
  agentSide,
  type CallerSpeech,
  callerSide,
  doneMs,
  eventsIn,
} from "./sides.ts";

/** How good a call was for its caller. All instants in ms since the call began. */
export type Score = {
  /** Turns of the caller's in the recording: the same however the call went this time, so that rates can be compared. */
  readonly turns: number;
  readonly gaps: readonly Gap[];
  readonly findings: readonly Finding[];
};

/** How long one answered turn waited: `ms`, over at `atMs`, when the answer began to sound. */
export type Gap = { readonly atMs: number; readonly ms: number };

/** One thing that went wrong. `count`: how many words were lost; 1 for everything else. */
export type Finding = { readonly kind: Fault; readonly atMs: number; readonly detail: string; readonly count: number };

/**
 * A caller who speaks this soon after the agent began to sound was not done; an agent that sounds for longer than this after the
 * caller began has not given way.
 */
const REACTION_MS = 700;
/** An ear that waits to be sure reports a sound this much later than it began. */
const EAR_LATE_MS = 300;

/**
 * Judges a call that happened again. Where there are no labels, the ear's account of the caller is taken for true.
 *
 * - Response gap, per answered turn: from the end of the caller's speech to the first sound of the (last) answer. The end is the
 *   last `finished` label before it; without labels, the `speech-ended` of the words that were answered, or the instant they
 *   counted if that came first. Turns answered to keys, and answers that are cut-ins, have no gap.
 * - Cut-in: the agent began to sound although the caller had not finished. With labels: speech of the caller's since the last
 *   `finished` label, with another such label ahead. Without: words that do more than acknowledge, still being spoken, or,
 *   for an answer, begun within 700 ms after its first sound.
 * - False stop: the agent was stopped while it sounded, by an utterance that was an acknowledgement or a noise. Without labels:
 *   by one whose words only acknowledge, or one without words.
 * - Missed interruption: the caller began to speak while the agent sounded (an `interruptions` label; without labels: an
 *   utterance with words that do more than acknowledge), and 700 ms later the agent still sounded.
 * - Lost words: words of finals that are in no turn of their time; and of finals that the recording has after the end of the
 *   call as it happened this time.
 * - No answer: a turn of the caller's to which no answer ever sounded, although the caller did not leave before it could.
 */
export function scoreCall(call: RecordedCall, replayed: Replayed, labels: Labels = {}): Score {
  const caller = callerSide(eventsIn(replayed.entries));
  const { replies: agent, asked } = agentSide(replayed);
  const sides: Sides = { caller, agent, labels };
  const cutIns = cutInsOf(sides);
  const findings = [
    ...cutIns.map(({ finding }) => finding),
    ...falseStops(sides),
    ...missedInterruptions(sides),
    ...lostWords(caller, replayed.turns),
    ...neverHeard(call, replayed.lastsMs),
    ...noAnswers(asked, agent, replayed.end),
  ];
  return {
    turns: recordedTurns(call),
    gaps: gapsOf(
      sides,
      cutIns.map(({ reply }) => reply),
    ),
    findings: findings.sort((a, b) => a.atMs - b.atMs),
  };
}

type Sides = {
  readonly caller: readonly CallerSpeech[];
  readonly agent: readonly AgentSpeech[];
  readonly labels: Labels;
};

const found = (kind: Fault, atMs: number, detail: string, count = 1): Finding => ({ kind, atMs, detail, count });

const rounded = (ms: number): string => `${Math.round(ms)} ms`;

function recordedTurns({ events }: RecordedCall): number {
  const written = events.flatMap(({ effects }) => effects.filter((effect) => effect.do === "write-turn"));
  const turns = written.map((effect) => effect["turn"] as Turn).filter(({ userText }) => userText !== "");
  return new Set(turns.map(({ seq }) => seq)).size;
}

// Response gaps

function gapsOf({ caller, agent, labels }: Sides, cutIns: readonly AgentSpeech[]): readonly Gap[] {
  const lastAnswers = new Map<number, Gap>();
  for (const reply of agent) {
    const { answers, soundedMs } = reply;
    if (!answers || answers.why === "keys" || cutIns.includes(reply)) continue;
    const speech = answeredSpeech(caller, answers);
    const byEar = Math.min(speech?.endedMs ?? answers.atMs, answers.atMs);
    const finished = labels.finished?.filter((ms) => ms <= soundedMs && ms >= (speech?.startedMs ?? byEar));
    const endMs = finished?.length ? Math.max(...finished) : byEar;
    lastAnswers.set(answers.turn, { atMs: soundedMs, ms: soundedMs - endMs });
  }
  return [...lastAnswers.values()];
}

/** The utterance whose words counted; `undefined` when they counted while the caller was still speaking. */
function answeredSpeech(caller: readonly CallerSpeech[], { by, atMs }: Answered): CallerSpeech | undefined {
  if ("utterance" in by) return caller.find(({ utterance }) => utterance === by.utterance);
  if (by.kind !== "timer" || by.timer !== "final") return undefined;
  return caller.findLast(({ text, endedMs }) => text !== "" && endedMs !== undefined && endedMs <= atMs);
}

// Cut-ins

type CutIn = { readonly reply: AgentSpeech; readonly finding: Finding };

function cutInsOf(sides: Sides): readonly CutIn[] {
  return sides.agent.flatMap((reply) => {
    const detail = sides.labels.finished ? unfinished(sides, sides.labels.finished, reply) : goingOn(sides, reply);
    return detail === undefined ? [] : [{ reply, finding: found("cut-in", reply.soundedMs, detail) }];
  });
}

function unfinished({ caller, labels }: Sides, finished: readonly number[], reply: AgentSpeech): string | undefined {
  const { soundedMs } = reply;
  const next = Math.min(...finished.filter((ms) => ms > soundedMs));
  const last = Math.max(0, ...finished.filter((ms) => ms <= soundedMs));
  const spoke = caller.some((speech) => {
    return (
      speech.startedMs > last && speech.startedMs < soundedMs && !isNoise(speech, labels) && !isAck(speech, labels)
    );
  });
  return spoke && Number.isFinite(next)
    ? `the agent began to speak ${rounded(next - soundedMs)} before the caller had finished`
    : undefined;
}

function goingOn({ caller, labels }: Sides, { soundedMs, answers }: AgentSpeech): string | undefined {
  const open = caller.find((speech) => {
    return speech.startedMs < soundedMs && doneMs(speech) > soundedMs && meansSomething(speech, labels);
  });
  if (open) return `the agent began to speak while the caller was saying “${open.text}”`;
  const onwards =
    answers &&
    caller.find((speech) => {
      const sinceMs = speech.startedMs - soundedMs;
      return sinceMs >= 0 && sinceMs <= REACTION_MS && meansSomething(speech, labels);
    });
  if (!onwards) return undefined;
  return `the caller went on ${rounded(onwards.startedMs - soundedMs)} after the answer began: “${onwards.text}”`;
}

// False stops

function falseStops({ caller, agent, labels }: Sides): readonly Finding[] {
  return agent.flatMap(({ stoppedBy, silentMs }) => {
    const speech = stoppedBy && stoppingSpeech(caller, stoppedBy);
    if (!speech) return [];
    if (isAck(speech, labels))
      return [found("false stop", silentMs, `the agent was stopped by an acknowledgement${quoted(speech)}`)];
    if (isNoise(speech, labels))
      return [found("false stop", silentMs, `the agent was stopped by a noise${quoted(speech)}`)];
    return [];
  });
}

const quoted = ({ text }: CallerSpeech): string => (text === "" ? "" : ` (“${text}”)`);

/** The utterance that stopped the agent, if the caller's voice did. */
function stoppingSpeech(
  caller: readonly CallerSpeech[],
  by: NonNullable<AgentSpeech["stoppedBy"]>,
): CallerSpeech | undefined {
  if ("utterance" in by) return caller.find(({ utterance }) => utterance === by.utterance);
  const bySound = by.kind === "audible" || (by.kind === "timer" && (by.timer === "barge-in" || by.timer === "final"));
  return bySound ? caller.findLast(({ startedMs }) => startedMs <= by.atMs) : undefined;
}

// What a sound was

type Range = { readonly fromMs: number; readonly toMs: number };

const liesIn = (ranges: readonly Range[], { startedMs, endedMs = startedMs }: CallerSpeech): boolean =>
  ranges.some(({ fromMs, toMs }) => startedMs <= toMs + EAR_LATE_MS && endedMs >= fromMs);

const isAck = (speech: CallerSpeech, { acknowledgements }: Labels): boolean =>
  acknowledgements ? liesIn(acknowledgements, speech) : isAcknowledgement(speech.text);

const isNoise = (speech: CallerSpeech, { noises }: Labels): boolean =>
  noises ? liesIn(noises, speech) : speech.text === "";

const meansSomething = (speech: CallerSpeech, labels: Labels): boolean =>
  speech.text !== "" && !isAck(speech, labels) && !isNoise(speech, labels);

// Missed interruptions

function missedInterruptions({ caller, agent, labels }: Sides): readonly Finding[] {
  const spoken = caller.filter((speech) => meansSomething(speech, labels));
  const meant = labels.interruptions ?? spoken.map(({ startedMs, text }) => ({ fromMs: startedMs, text }));
  return meant.flatMap((interruption) => {
    const { fromMs } = interruption;
    const reply = agent.find(({ soundedMs, silentMs }) => soundedMs < fromMs && fromMs < silentMs);
    if (!reply || reply.silentMs - fromMs <= REACTION_MS) return [];
    const what = "text" in interruption ? ` with “${interruption.text}”` : "";
    const how = reply.stoppedBy ? "was stopped" : "was done";
    const detail = `the caller broke in${what}, and the agent went on for ${rounded(reply.silentMs - fromMs)} until it ${how}`;
    return [found("missed interruption", fromMs, detail)];
  });
}

// Lost words

const wordsOf = (text: string): readonly string[] => text.split(/\s+/u).filter((word) => word !== "");

function lostWords(caller: readonly CallerSpeech[], turns: readonly Turn[]): readonly Finding[] {
  const left = turns.map((turn) => ({ turn, words: [...wordsOf(turn.userText)] }));
  return caller.flatMap(({ final, startedMs }) => {
    if (!final) return [];
    const near = left.filter(({ turn }) => turn.startedMs <= final.atMs && (turn.endedMs ?? final.atMs) >= startedMs);
    const lost = wordsOf(final.text).filter((word) => !near.some(({ words }) => take(words, word)));
    if (lost.length === 0) return [];
    return [found("lost words", final.atMs, `no turn has “${lost.join(" ")}” of “${final.text}”`, lost.length)];
  });
}

function take(words: string[], word: string): boolean {
  const place = words.indexOf(word);
  if (place >= 0) words.splice(place, 1);
  return place >= 0;
}

function neverHeard({ events }: RecordedCall, lastsMs: number): readonly Finding[] {
  return callerSide(events.map(({ event }) => event)).flatMap(({ final }) => {
    if (!final || final.atMs <= lastsMs) return [];
    const detail = `the call had ended at ${stamp(lastsMs)}, before the caller said “${final.text}”`;
    return [found("lost words", final.atMs, detail, wordsOf(final.text).length)];
  });
}

// No answers

const LEFT: readonly CallEnd["how"][] = ["caller-hung-up", "carrier-lost", "drain-forced"];

function noAnswers(asked: readonly Answered[], agent: readonly AgentSpeech[], end: CallEnd): readonly Finding[] {
  const answered = agent.map(({ answers }) => answers?.turn);
  const last = asked.at(-1)?.turn;
  const turns = new Map(asked.map((it) => [it.turn, it]));
  return [...turns.values()]
    .filter(({ turn }) => !answered.includes(turn) && !(turn === last && LEFT.includes(end.how)))
    .map(({ turn, atMs }) => found("no answer", atMs, `turn ${turn} of the caller's was never answered`));
}

// Over many calls

/** The smallest of `values` that at least this share of them do not exceed; `undefined` when there are none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
