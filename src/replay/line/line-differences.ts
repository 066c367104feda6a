import type { CallEnd, Decision, Turn } from "../../record/record.ts";
import { aligned } from "../again/alignment.ts";
import type { Outcome } from "../again/differences.ts";
import { outcomeOf } from "../again/outcome.ts";
import type { RecordedCall } from "../again/recorded-call.ts";
import type { Difference } from "../again/replayed.ts";

/** A caller notices when the answer comes so much sooner or later. */
const NOTICED_MS = 300;
/** What belongs to the ear and not to what is done about it: it may note other things, and its transcript may overtake the pause. */
const OF_THE_EAR: readonly string[] = ["ear", "waited"];

/**
 * What a person who listened to both calls would call different: other decisions, other words, another end, and answers that
 * came noticeably sooner or later. Instants are those of the recording where the thing is in it.
 */
export function lineDifferences(was: RecordedCall, now: RecordedCall): readonly Difference[] {
  const went = { was: outcomeOf(was), now: outcomeOf(now) };
  const turns = turnDifferences(went.was.turns, went.now.turns);
  const endedMs = was.events.at(-1)?.event.atMs ?? 0;
  const differences = [...ofDecisions(was, now, went), ...turns, ...ofEnds(went, endedMs)];
  return differences.sort((a, b) => a.atMs - b.atMs);
}

type Went = { readonly was: Outcome; readonly now: Outcome };

function ofDecisions(was: RecordedCall, now: RecordedCall, went: Went): readonly Difference[] {
  const decided = ({ decisions }: Outcome): readonly Decision[] =>
    decisions.filter(({ what }) => !OF_THE_EAR.includes(what) && what !== "ended");
  return sideBySide(decided(went.was), decided(went.now), decisionInWords).flatMap(
    ([old, fresh]): readonly Difference[] => {
      if (old && fresh && decisionInWords(old) === decisionInWords(fresh)) return [];
      const cause = changedLimits(was, now, { ...old?.limits, ...fresh?.limits });
      return [
        {
          atMs: old?.atMs ?? fresh?.atMs ?? 0,
          about: "a decision",
          was: old ? decisionInWords(old) : "nothing of the kind",
          now: fresh ? decisionInWords(fresh) : "nothing of the kind",
          ...(cause === "" ? {} : { cause }),
        },
      ];
    },
  );
}

const decisionInWords = ({ what, why }: Decision): string => `${what} (${why})`;

/** Of the limits that the decision was measured against, those that are set otherwise now. */
function changedLimits(was: RecordedCall, now: RecordedCall, limits: Decision["limits"]): string {
  const valueIn = ({ setup }: RecordedCall, name: string): number | undefined => {
    const [group = "", key = ""] = name.split(".");
    return setup.policy[group]?.[key] ?? setup.limits[name];
  };
  return Object.keys(limits)
    .filter((name) => valueIn(was, name) !== valueIn(now, name))
    .map((name) => `${name} was ${valueIn(was, name)} and is ${valueIn(now, name)}`)
    .join(", ");
}

/** The same of turns alone: what was understood, answered and heard, and how long the caller waited. */
export function turnDifferences(was: readonly Turn[], now: readonly Turn[]): readonly Difference[] {
  return sideBySide(was, now, ({ userText }) => userText).flatMap(([old, fresh]) => ofTurn(old, fresh));
}

function ofTurn(was: Turn | undefined, now: Turn | undefined): readonly Difference[] {
  const atMs = was?.startedMs ?? now?.startedMs ?? 0;
  const turn = `turn ${was?.seq ?? now?.seq}`;
  if (!was || !now) return [{ atMs, about: turn, was: turnInWords(was), now: turnInWords(now) }];
  const texts = [
    ["what was understood", was.userText, now.userText],
    ["what was answered", was.agentGenerated, now.agentGenerated],
    ["what was heard of the answer", was.agentHeard, now.agentHeard],
  ] as const;
  const differing = texts
    .filter(([, old, fresh]) => old !== fresh)
    .map(([about, old, fresh]) => ({ atMs, about: `${turn}, ${about}`, was: `“${old}”`, now: `“${fresh}”` }));
  return [...differing, ...ofGaps(turn, was, now)];
}

const turnInWords = (turn: Turn | undefined): string =>
  turn ? `caller “${turn.userText}”, agent “${turn.agentGenerated}”` : "no such turn";

function ofGaps(turn: string, was: Turn, now: Turn): readonly Difference[] {
  const [old, fresh] = [gapOf(was), gapOf(now)];
  if (old === undefined || fresh === undefined || Math.abs(fresh - old) <= NOTICED_MS) return [];
  const about = `${turn}, how long the caller waited for the answer`;
  return [{ atMs: was.startedMs, about, was: `${Math.round(old)} ms`, now: `${Math.round(fresh)} ms` }];
}

/** From the end of the caller's speech to the first sound of the answer. */
const gapOf = ({ metrics: { sttMs = 0, firstAudioMs } }: Turn): number | undefined =>
  firstAudioMs === undefined ? undefined : sttMs + firstAudioMs;

function ofEnds({ was: { end: old }, now: { end: fresh } }: Went, atMs: number): readonly Difference[] {
  // The recording of a call that was cut off says nothing of an end.
  if (old.how === "interrupted" || (old.how === fresh.how && old.detail === fresh.detail)) return [];
  return [{ atMs, about: "how the call ended", was: endInWords(old), now: endInWords(fresh) }];
}

const endInWords = ({ how, detail }: CallEnd): string => `${how}: ${detail}`;

type Pair<T> = readonly [was: T | undefined, now: T | undefined];

/** What is the same in both stands together; what stands between, in order, came instead of each other. */
function sideBySide<T>(was: readonly T[], now: readonly T[], key: (item: T) => string): readonly Pair<T>[] {
  const pairs: Pair<T>[] = [];
  let [gone, come]: [T[], T[]] = [[], []];
  const pairUp = (): void => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) pairs.push([gone[i], come[i]]);
    [gone, come] = [[], []];
  };
  for (const [old, fresh] of aligned(was, now, key)) {
    if (old !== undefined && fresh !== undefined) {
      pairUp();
      pairs.push([old, fresh]);
    } else if (old !== undefined) gone.push(old);
    else if (fresh !== undefined) come.push(fresh);
  }
  pairUp();
  return pairs;
}
