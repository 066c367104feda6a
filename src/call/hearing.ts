import type { CallEvent } from "./events.ts";

/**
 * What is known of the caller's words before they count. State is kept by utterance, because finals may come before or after
 * `speech-ended`, late, empty or many times over: the first final with words in it counts, at once, and closes its utterance.
 */
export type Hearing = {
  /** The latest utterance whose words already counted; whatever comes for it or an older one is late. */
  readonly counted: number;
  readonly open?: {
    readonly utterance: number;
    readonly startedMs: number;
    readonly endedMs?: number;
    readonly partial: string;
  };
};

/** Words of the caller that count as said. */
export type Words = {
  readonly text: string;
  readonly atMs: number;
  readonly sttMs?: number;
  readonly userAudioMs?: number;
};

/** `news`: what it means for the conversation. `none`: about an utterance already counted, or without content. */
export type HearingStep = {
  readonly hearing: Hearing;
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

export const DEAF: Hearing = { counted: -1 };

export type EarEvent = Extract<CallEvent, { kind: "speech-started" | "partial" | "speech-ended" | "final" }>;

export function hear(hearing: Hearing, event: EarEvent): HearingStep {
  const { utterance, atMs } = event;
  if (utterance <= hearing.counted) return { hearing, news: { kind: "none" } };
  const open = hearing.open?.utterance === utterance ? hearing.open : { utterance, startedMs: atMs, partial: "" };
  switch (event.kind) {
    case "speech-started":
      return { hearing: { ...hearing, open }, news: { kind: "speaking" } };
    case "partial":
      if (event.text.trim() === "") return { hearing, news: { kind: "none" } };
      return { hearing: { ...hearing, open: { ...open, partial: event.text } }, news: { kind: "speaking" } };
    case "speech-ended":
      return { hearing: { ...hearing, open: { ...open, endedMs: atMs } }, news: { kind: "paused" } };
    case "final":
      if (event.text.trim() === "") return { hearing: { counted: hearing.counted }, news: { kind: "nothing" } };
      return count({ ...hearing, open }, event.text.trim(), atMs);
  }
}

/** No transcript came in time: the last partial counts, if it had words. */
export function giveUpWaiting(hearing: Hearing, atMs: number): HearingStep {
  const text = hearing.open?.partial.trim() ?? "";
  if (text === "") return { hearing: { counted: hearing.counted }, news: { kind: "nothing" } };
  return count(hearing, text, atMs);
}

function count({ counted, open }: Hearing, text: string, atMs: number): HearingStep {
  const stoppedMs = open?.endedMs ?? atMs;
  const words: Words = open
    ? { text, atMs, sttMs: atMs - stoppedMs, userAudioMs: stoppedMs - open.startedMs }
    : { text, atMs };
  return { hearing: { counted: open?.utterance ?? counted }, news: { kind: "words", words } };
}
