import type { CallEvent } from "../../call/call.ts";
import type { Decision } from "../../record/record.ts";
import type { NotedEffect } from "../again/recorded-call.ts";
import type { LineNote, Replayed } from "../again/replayed.ts";

/** Both sides of a call as a score looks at them: what the ear made of the caller, and what the caller heard of the agent. */

/** What happened to the call, in order. */
export const eventsIn = (entries: Replayed["entries"]): readonly CallEvent[] =>
  entries.flatMap((entry) => ("in" in entry ? [{ ...entry.in, atMs: entry.atMs } as CallEvent] : []));

/** One utterance. Instants in ms since the call began. */
export type CallerSpeech = {
  readonly utterance: number;
  readonly startedMs: number;
  /** Its `speech-ended`, or where a later utterance began without one. */
  readonly endedMs?: number;
  /** The first final with words in it: later ones are repetitions. */
  readonly final?: { readonly atMs: number; readonly text: string };
  /** Its final, or else its last partial; empty for a sound without words. */
  readonly text: string;
};

/** When the caller was done with it: the ear had its words, or said that it was over. */
export const doneMs = ({ endedMs, final }: CallerSpeech): number =>
  Math.min(endedMs ?? Number.POSITIVE_INFINITY, final?.atMs ?? Number.POSITIVE_INFINITY);

type Growing = { -readonly [K in keyof CallerSpeech]: CallerSpeech[K] };

/** In the order in which they began. */
export function callerSide(events: readonly CallEvent[]): readonly CallerSpeech[] {
  const all = new Map<number, Growing>();
  for (const event of events) {
    if (!("utterance" in event)) continue;
    const known = all.get(event.utterance);
    const speech = known ?? { utterance: event.utterance, startedMs: event.atMs, text: "" };
    if (!known) {
      for (const earlier of all.values()) earlier.endedMs ??= event.atMs; // one ear hears one at a time
      all.set(event.utterance, speech);
    }
    note(speech, event);
  }
  return [...all.values()];
}

function note(speech: Growing, event: Extract<CallEvent, { utterance: number }>): void {
  if (event.kind === "speech-ended") speech.endedMs = event.atMs;
  if (event.kind !== "partial" && event.kind !== "final") return;
  const text = event.text.trim();
  if (text === "" || speech.final) return;
  speech.text = text;
  if (event.kind === "final") speech.final = { atMs: event.atMs, text };
}

/** One reply that sounded. Instants in ms since the call began. */
export type AgentSpeech = {
  readonly soundedMs: number;
  /** The caller heard no more of it: its end was played, or it was stopped. */
  readonly silentMs: number;
  /** What it was stopped by while it sounded. */
  readonly stoppedBy?: CallEvent;
  /** The words of the caller that it answers. */
  readonly answers?: Answered;
};

/** `by`: what made the words count. */
export type Answered = { readonly turn: number; readonly atMs: number; readonly by: CallEvent; readonly why: string };

/** A reply before it is known how it sounded. `stretch`: how often the line had been cleared. */
type Begun = { readonly atMs: number; readonly stretch: number; readonly answers?: Answered };

export type AgentSide = {
  /** In the order in which they began. */
  readonly replies: readonly AgentSpeech[];
  /** Every time the caller's words were to be answered, whether anything came of it or not. */
  readonly asked: readonly Answered[];
};

/** Each `stop-reply` clears the line once: that is how replies find their sound on it. */
export function agentSide({ entries, line }: Pick<Replayed, "entries" | "line">): AgentSide {
  const { begun, stops } = begunIn(entries);
  const stretches = stretchesOf(line);
  const replies = begun.flatMap((reply, index) => {
    const [before, next] = [begun[index - 1], begun[index + 1]];
    const stretch = stretches[reply.stretch];
    if (!stretch) return [];
    const fromMs = before?.stretch === reply.stretch ? reply.atMs : 0;
    const untilMs = next?.stretch === reply.stretch ? next.atMs : Number.POSITIVE_INFINITY;
    return sounded(reply, stretch, { fromMs, untilMs, stop: stops[reply.stretch] });
  });
  return { replies, asked: begun.flatMap(({ answers }) => answers ?? []) };
}

function begunIn(entries: Replayed["entries"]) {
  const begun: Begun[] = [];
  const stops: (CallEvent | undefined)[] = [];
  let event: CallEvent | undefined;
  let answers: Answered | undefined;
  for (const entry of entries) {
    if ("in" in entry) {
      event = { ...entry.in, atMs: entry.atMs } as CallEvent;
      answers = undefined;
    }
    if (!("out" in entry)) continue;
    const effect = entry.out as NotedEffect;
    if (effect.do === "decide") answers = answered(effect["decision"] as Decision, event) ?? answers;
    if (effect.do === "stop-reply") stops.push(event);
    if (effect.do !== "start-reply") continue;
    begun.push({ atMs: entry.atMs, stretch: stops.length, ...(answers ? { answers } : {}) });
    answers = undefined;
  }
  return { begun, stops };
}

function answered({ what, why, inputs, atMs }: Decision, by: CallEvent | undefined): Answered | undefined {
  return what === "answered" && by ? { turn: Number(inputs["turn"]), atMs, by, why } : undefined;
}

/** What was sent between two clears. */
type Stretch = { readonly plays: readonly (LineNote & { do: "play" })[]; readonly clearedMs: number };

function stretchesOf(line: readonly LineNote[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let plays: (LineNote & { do: "play" })[] = [];
  for (const note of line) {
    if (note.do === "play") plays.push(note);
    if (note.do !== "clear") continue;
    stretches.push({ plays, clearedMs: note.atMs });
    plays = [];
  }
  return [...stretches, { plays, clearedMs: Number.POSITIVE_INFINITY }];
}

function sounded(
  { answers }: Begun,
  stretch: Stretch,
  {
    fromMs,
    untilMs,
    stop,
  }: { readonly fromMs: number; readonly untilMs: number; readonly stop: CallEvent | undefined },
): readonly AgentSpeech[] {
  const own = stretch.plays.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  const [first] = own;
  if (!first) return [];
  const playedMs = own.reduce((end, { atMs, ms }) => Math.max(end, atMs) + ms, 0);
  const cut = untilMs === Number.POSITIVE_INFINITY && stretch.clearedMs < playedMs;
  return [
    {
      soundedMs: first.atMs,
      silentMs: cut ? stretch.clearedMs : playedMs,
      ...(cut && stop ? { stoppedBy: stop } : {}),
      ...(answers ? { answers } : {}),
    },
  ];
}
