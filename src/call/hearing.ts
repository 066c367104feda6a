import type { CallEvent } from "./events.ts";

/** One stretch of the caller's sounds that has not counted yet. `blank`: so far there were no words in it, by its transcript or for too long. */
type Utterance = {
  readonly number: number;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly partial: string;
  readonly language?: string;
  readonly blank?: boolean;
};

/**
 * What is known of the caller's words before they count. It is kept by utterance, because finals may come before or after
 * `speech-ended`, out of order, late, empty or many times over: the first final with words in it counts, at once.
 */
export type Hearing = {
  readonly open: readonly Utterance[];
  /** The highest number heard of: what is not above it and not open has counted, and anything more about it is late. */
  readonly seen: number;
};

/** Timers ring up to this much early; what is due then is due. */
const EARLY_MS = 1;
/** Behind how many newer utterances one without words may still turn out to have some. */
const RECALLED = 4;

export const DEAF: Hearing = { open: [], seen: -1 };

/** Words of the caller that count as said. */
export type Words = {
  readonly text: string;
  /** As the ear detected it. */
  readonly language?: string;
  readonly atMs: number;
  readonly sttMs?: number;
  readonly userAudioMs?: number;
};

export type HearingStep = {
  readonly hearing: Hearing;
  /** What it means for the conversation. */
  readonly news:
    | { readonly kind: "none" }
    /** The caller began to make sounds, or goes on and there are words in them. */
    | { readonly kind: "speaking" }
    /** The caller stopped; a transcript is due. */
    | { readonly kind: "paused" }
    /** The sounds were no words. */
    | { readonly kind: "nothing" }
    | { readonly kind: "words"; readonly words: Words };
};

export type EarEvent = Extract<CallEvent, { kind: "speech-started" | "partial" | "speech-ended" | "final" }>;

export function hear(hearing: Hearing, event: EarEvent): HearingStep {
  const { utterance: number, atMs } = event;
  const known = hearing.open.find((utterance) => utterance.number === number);
  if (!known && number <= hearing.seen) return { hearing, news: { kind: "none" } };
  const utterance = known ?? { number, startedMs: atMs, partial: "" };
  switch (event.kind) {
    case "speech-started":
      return { hearing: keep(hearing, startAgain(utterance, atMs), atMs), news: { kind: "speaking" } };
    case "partial":
      if (event.text.trim() === "") return { hearing, news: { kind: "none" } };
      return {
        hearing: keep(hearing, { ...utterance, partial: event.text, blank: false }, atMs),
        news: { kind: "speaking" },
      };
    case "speech-ended":
      return { hearing: keep(hearing, { ...utterance, endedMs: atMs }, atMs), news: { kind: "paused" } };
    case "final": {
      const text = event.text.trim();
      if (text === "")
        return { hearing: keep(hearing, { ...utterance, blank: true }, atMs), news: { kind: "nothing" } };
      return count(
        keep(hearing, utterance, atMs),
        [{ ...utterance, partial: text, ...(event.language && { language: event.language }) }],
        atMs,
      );
    }
  }
}

/** How long the oldest utterance that is over may still wait for its transcript, if there is one. */
export function waitMs({ open }: Hearing, atMs: number, finalMs: number): number | undefined {
  const lefts = open.flatMap(({ endedMs, blank }) =>
    endedMs === undefined || blank ? [] : [leftMs(endedMs, atMs, finalMs)],
  );
  return lefts.length === 0 ? undefined : Math.min(...lefts);
}

const leftMs = (endedMs: number, atMs: number, finalMs: number): number => Math.max(0, endedMs + finalMs - atMs);

/**
 * No transcript came in time: of the utterances that were over `finalMs` ago (or of all), the last partials count. Those without
 * any are taken for noise, unless words in them come after all.
 */
export function giveUpWaiting(hearing: Hearing, atMs: number, finalMs: number | "all"): HearingStep {
  const isDue = (endedMs: number | undefined): boolean =>
    finalMs === "all" || (endedMs !== undefined && leftMs(endedMs, atMs, finalMs) < EARLY_MS);
  const due = hearing.open.filter(({ endedMs, blank }) => !blank && isDue(endedMs));
  if (due.length === 0) return { hearing, news: { kind: "none" } };
  const open = hearing.open.map((utterance) => (due.includes(utterance) ? { ...utterance, blank: true } : utterance));
  const told = due.filter(({ partial }) => partial !== "");
  if (told.length === 0) return { hearing: { ...hearing, open }, news: { kind: "nothing" } };
  return count({ ...hearing, open }, told, atMs);
}

/** Since when the caller has been making sounds; `undefined` when silent. */
export function speakingSince({ open }: Hearing): number | undefined {
  const speaking = open.filter(({ endedMs, blank }) => endedMs === undefined && !blank);
  return speaking[0]?.startedMs;
}

/** An ear that had to connect again may hear the same utterance again. */
function startAgain({ number, startedMs, endedMs, partial }: Utterance, atMs: number): Utterance {
  return { number, startedMs: endedMs === undefined ? startedMs : atMs, partial };
}

/** The utterance as it is now. One ear hears one at a time: earlier ones are over, said or not, and old ones without words forgotten. */
function keep({ open, seen }: Hearing, utterance: Utterance, atMs: number): Hearing {
  const others = open
    .filter(({ number, blank }) => number !== utterance.number && !(blank && number < utterance.number - RECALLED))
    .map((other) => (other.number < utterance.number ? { endedMs: atMs, ...other } : other));
  return {
    open: [...others, utterance].sort((a, b) => a.number - b.number),
    seen: Math.max(seen, utterance.number),
  };
}

/** These utterances count, with the words known of them. */
function count(hearing: Hearing, counted: readonly Utterance[], atMs: number): HearingStep {
  const open = hearing.open.filter(({ number }) => !counted.some((other) => other.number === number));
  const text = counted.map(({ partial }) => partial.trim()).join(" ");
  const endedMs = counted.at(-1)?.endedMs ?? atMs;
  const userAudioMs = counted.reduce((sum, it) => sum + (it.endedMs ?? atMs) - it.startedMs, 0);
  const language = counted.at(-1)?.language;
  const words = { text, atMs, sttMs: atMs - endedMs, userAudioMs, ...(language && { language }) };
  return { hearing: { ...hearing, open }, news: { kind: "words", words } };
}
