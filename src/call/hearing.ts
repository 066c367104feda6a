import type { CallEvent } from "./events.ts";

/** One stretch of the caller's sounds that has not counted yet. `blank`: a transcript came, with no words in it. */
type Utterance = {
  readonly number: number;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly partial: string;
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

export const DEAF: Hearing = { open: [], seen: -1 };

/** Words of the caller that count as said. */
export type Words = {
  readonly text: string;
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
      return { hearing: keep(hearing, utterance), news: { kind: "speaking" } };
    case "partial":
      if (event.text.trim() === "") return { hearing, news: { kind: "none" } };
      return { hearing: keep(hearing, { ...utterance, partial: event.text }), news: { kind: "speaking" } };
    case "speech-ended":
      return { hearing: keep(hearing, { ...utterance, endedMs: atMs }), news: { kind: "paused" } };
    case "final": {
      const text = event.text.trim();
      if (text === "") return { hearing: keep(hearing, { ...utterance, blank: true }), news: { kind: "nothing" } };
      return count(keep(hearing, utterance), [{ ...utterance, partial: text }], atMs);
    }
  }
}

/** No transcript came in time: of the utterances that are over (or of all), the last partials count. */
export function giveUpWaiting(hearing: Hearing, atMs: number, which: "ended" | "all"): HearingStep {
  return count(
    hearing,
    hearing.open.filter(({ endedMs }) => which === "all" || endedMs !== undefined),
    atMs,
  );
}

/** Since when the caller has been making sounds; `undefined` when silent. */
export function speakingSince({ open }: Hearing): number | undefined {
  const speaking = open.filter(({ endedMs, blank }) => endedMs === undefined && !blank);
  return speaking[0]?.startedMs;
}

/** The utterance as it is now; earlier ones that turned out blank are forgotten. */
function keep({ open, seen }: Hearing, utterance: Utterance): Hearing {
  const others = open.filter(({ number, blank }) => number !== utterance.number && !blank);
  return {
    open: [...others, utterance].sort((a, b) => a.number - b.number),
    seen: Math.max(seen, utterance.number),
  };
}

/** These utterances count, with the words known of them. */
function count(hearing: Hearing, counted: readonly Utterance[], atMs: number): HearingStep {
  if (counted.length === 0) return { hearing, news: { kind: "none" } };
  const left = hearing.open.filter(({ number }) => !counted.some((other) => other.number === number));
  const after = { ...hearing, open: left };
  const text = counted
    .filter(({ blank }) => !blank)
    .map(({ partial }) => partial.trim())
    .filter((partial) => partial !== "")
    .join(" ");
  if (text === "") return { hearing: after, news: { kind: "nothing" } };
  const endedMs = counted.at(-1)?.endedMs ?? atMs;
  const userAudioMs = counted.reduce((sum, it) => sum + (it.endedMs ?? atMs) - it.startedMs, 0);
  return { hearing: after, news: { kind: "words", words: { text, atMs, sttMs: atMs - endedMs, userAudioMs } } };
}
