import { isDeepStrictEqual } from "node:util";
import type { CallEvent, Happening } from "../../call/call.ts";
import type { DialogFact } from "../../dialog/dialog.ts";
import type { CallEnd, Decision, Turn } from "../../record/record.ts";
import { aligned } from "./alignment.ts";
import type { NotedEffect, RecordedCall, Sent } from "./recorded-call.ts";
import type { Difference } from "./replayed.ts";
import { decisionsInWords, effectsInWords, eventInWords, turnInWords } from "./words.ts";

/** What was decided and done in the end. */
export type Outcome = {
  readonly decisions: readonly Decision[];
  readonly turns: readonly Turn[];
  readonly end: CallEnd;
};

/** Beyond this a list of differences tells nobody anything more. */
const MOST = 20;

type Both<T> = { readonly was: T; readonly now: T };

/**
 * The same behaviour. What a decision was measured against, and says of itself, is not what it did; a timer set for another time
 * makes no difference before it rings.
 */
export function behavesTheSame({ was, now }: Both<readonly NotedEffect[]>): boolean {
  return isDeepStrictEqual(bares(was), bares(now));
}

/** A journal that was cut off may end in the middle of what an event made the call do. */
export const beginsTheSame = ({ was, now }: Both<readonly NotedEffect[]>): boolean =>
  isDeepStrictEqual(bares(was), bares(now).slice(0, bares(was).length));

/** That a timer was not called off shows when it rings. */
const bares = (effects: readonly NotedEffect[]): readonly object[] =>
  effects.filter(({ do: what }) => what !== "cancel-timer").map(bare);

function bare(effect: NotedEffect): object {
  if (effect.do === "set-timer") return { ...effect, ms: 0 };
  if (effect.do === "tell-dialog") return { ...effect, fact: bareFact(effect["fact"] as DialogFact) };
  if (effect.do !== "decide") return effect;
  const { limits: _, otherwise: __, ...done } = decisionOf(effect);
  return { do: effect.do, decision: done };
}

/** How far into a sentence the caller was is reckoned by its length, which a scrubbed text has not kept. */
const bareFact = (fact: DialogFact): DialogFact => (fact.kind === "interrupted" ? { ...fact, heard: "" } : fact);

/** The timers that both set, for different times. */
export function timersSetOtherwise({ was, now }: Both<readonly NotedEffect[]>): readonly string[] {
  const isSet = ({ do: what }: NotedEffect): boolean => what === "set-timer";
  return now
    .filter(isSet)
    .filter((effect) => !was.filter(isSet).some((other) => isDeepStrictEqual(effect, other)))
    .map((effect) => String(effect["timer"]));
}

const decisionOf = (effect: NotedEffect): Decision => effect["decision"] as Decision;

/** Something that was recorded did not happen now. */
export const missing = (event: CallEvent, causes: string): Difference =>
  onlyOnce(event, { was: "it happened", now: "it did not" }, causes);

/** Something happened now that did not in the recording. */
export const unrecorded = (event: CallEvent, causes: string): Difference =>
  onlyOnce(event, { was: "it did not happen", now: "it did" }, causes);

const onlyOnce = (event: CallEvent, words: Both<string>, causes: string): Difference => ({
  atMs: event.atMs,
  about: eventInWords(event),
  ...words,
  ...causeOf(causes),
});

/** The same event made the call do something else, or its own figures differ (`happened`). */
export function eventDifference(
  event: CallEvent,
  { was, now }: Both<readonly NotedEffect[]>,
  causes: string,
  happened?: Happening,
): Difference {
  const about = eventInWords(event);
  if (happened?.kind === "sent" && event.kind === "sent" && happened.audioMs !== event.audioMs) {
    return { atMs: event.atMs, about, was: `${event.audioMs} ms of sound`, now: `${happened.audioMs} ms of sound` };
  }
  const others = (effects: readonly NotedEffect[], than: readonly NotedEffect[]): readonly NotedEffect[] =>
    effects.filter((effect) => !than.some((other) => isDeepStrictEqual(bare(effect), bare(other))));
  const decisions = (effects: readonly NotedEffect[]): readonly Decision[] =>
    effects.flatMap((effect) => (effect.do === "decide" ? [decisionOf(effect)] : []));
  const wasOther = others(was, now);
  const nowOther = others(now, was);
  const words = decisionsInWords({ was: decisions(wasOther), now: decisions(nowOther) });
  return {
    atMs: event.atMs,
    about,
    was: [...words.was, ...effectsInWords(wasOther)].join("; ") || "nothing more",
    now: [...words.now, ...effectsInWords(nowOther)].join("; ") || "nothing more",
    ...causeOf(causes),
  };
}

/** What else came of it: decisions, turns and the end, as they are once the call went its own way. */
export function differencesAfter(
  call: RecordedCall,
  now: Outcome,
  was: Outcome,
  fromMs: number,
): readonly Difference[] {
  const later = (decisions: readonly Decision[]): readonly Decision[] => decisions.filter(({ atMs }) => atMs > fromMs);
  const decided = aligned(later(was.decisions), later(now.decisions), ({ what }) => what).flatMap(([old, fresh]) => {
    if (old && fresh) return [];
    const words = decisionsInWords({ was: old ? [old] : [], now: fresh ? [fresh] : [] });
    const atMs = (old ?? fresh)?.atMs ?? 0;
    return [{ atMs, about: "after that", was: words.was[0] ?? "nothing", now: words.now[0] ?? "nothing" }];
  });
  const ended = isDeepStrictEqual(was.end, now.end)
    ? []
    : [{ atMs: call.events.at(-1)?.event.atMs ?? 0, about: "the end", was: was.end.how, now: now.end.how }];
  return [...decided, ...turnDifferences(was.turns, now.turns), ...ended]
    .sort((a, b) => a.atMs - b.atMs)
    .slice(0, MOST);
}

function turnDifferences(was: readonly Turn[], now: readonly Turn[]): readonly Difference[] {
  const pairs = Array.from({ length: Math.max(was.length, now.length) }, (_, i) => [was[i], now[i]] as const);
  return pairs.flatMap(([old, fresh]) => {
    const words = { was: turnInWords(old), now: turnInWords(fresh) };
    if (words.was === words.now) return [];
    const turn = old ?? fresh;
    return [{ atMs: turn?.startedMs ?? 0, about: `turn ${turn?.seq}`, ...words }];
  });
}

/**
 * The marks and clears that went to the carrier, in their order, with the sound that went before each mark; the first that
 * differs. How much sound went before a clear is a matter of time, not of what is right. A torn recording may end before what
 * came of its last event.
 */
export function lineDifference(was: readonly Sent[], now: readonly Sent[], torn: boolean): Difference | undefined {
  const [all, others] = [signalsIn(was), signalsIn(now)];
  const most = torn ? Math.min(all.length, others.length) : undefined;
  const wanted = all.slice(0, most);
  const given = others.slice(0, most);
  const index = Array.from({ length: Math.max(wanted.length, given.length) }).findIndex(
    (_, i) => lineInWords(wanted[i]) !== lineInWords(given[i]),
  );
  if (index < 0) return undefined;
  const atMs = (wanted[index] ?? given[index])?.atMs ?? 0;
  return { atMs, about: "sent to the carrier", was: lineInWords(wanted[index]), now: lineInWords(given[index]) };
}

type Signal = { readonly atMs: number; readonly bytes: number; readonly mark?: string };

function signalsIn(sent: readonly Sent[]): readonly Signal[] {
  let bytes = 0;
  return sent.flatMap((one) => {
    if (one.do === "played") {
      bytes += one.bytes;
      return [];
    }
    const signal = { atMs: one.atMs, bytes, ...(one.do === "mark" ? { mark: one.mark } : {}) };
    bytes = 0;
    return [signal];
  });
}

function lineInWords(signal: Signal | undefined): string {
  if (!signal) return "nothing";
  return signal.mark === undefined ? "clear" : `the mark ${signal.mark}, behind ${signal.bytes} bytes of sound`;
}

const causeOf = (causes: string): { readonly cause?: string } => (causes === "" ? {} : { cause: causes });

/** Where the numbers of then and now differ, by their dotted names. */
export function valueChanges(
  was: Readonly<Record<string, Readonly<Record<string, number>>>>,
  now: Readonly<Record<string, Readonly<Record<string, number>>>>,
): string {
  const names = new Set(
    [was, now].flatMap((policy) =>
      Object.entries(policy).flatMap(([group, limits]) => Object.keys(limits).map((name) => `${group}.${name}`)),
    ),
  );
  const value = (policy: typeof was, name: string): number | undefined => {
    const [group = "", key = ""] = name.split(".");
    return policy[group]?.[key];
  };
  return [...names]
    .filter((name) => value(was, name) !== value(now, name))
    .map((name) => `${name} was ${value(was, name) ?? "not there"}, is ${value(now, name) ?? "gone"}`)
    .join("; ");
}
