import type { Clock } from "../../src/kit/clock.ts";
import { type CallerSpeech, callerSide, type RecordedCall } from "../../src/replay/replay.ts";
import type { Ear, Heard, SpeechToText } from "../../src/speech/speech.ts";

/** How much later than the caller the recording's ear was: it had to be sure that speech began, and that it was over. */
const BEGIN_LATE_MS = 250;
const END_LATE_MS = 500;

/** A word and when it had been said, ms since the call began. */
type TimedWord = { readonly atMs: number; readonly word: string };

/**
 * The ear's own idea of when the caller speaks, with the words that the recording has of those stretches: an imitated ear knows no
 * real caller's words. However it cuts the caller's speech up, each word is heard once, in its time. A recording without words
 * leaves the ear as it is.
 */
export function withRecordedWords(stt: SpeechToText, call: RecordedCall, clock: Clock): SpeechToText {
  const left = [...wordsOf(call)];
  if (left.length === 0) return stt;
  const beganAt = clock.now();
  const saidByNow = (): number => {
    const next = left.findIndex(({ atMs }) => atMs > clock.now() - beganAt);
    return next < 0 ? left.length : next;
  };
  const inWords = (words: readonly TimedWord[]): string => words.map(({ word }) => word).join(" ");
  const corrected = (heard: Heard): Heard => {
    if (heard.kind === "partial") return { ...heard, text: inWords(left.slice(0, saidByNow())) };
    if (heard.kind === "final") return { ...heard, text: inWords(left.splice(0, saidByNow())) };
    return heard;
  };
  return {
    listen(options, signal): Ear {
      const ear = stt.listen(options, signal);
      return {
        hear: (payload) => ear.hear(payload),
        async *[Symbol.asyncIterator]() {
          for await (const heard of ear) yield corrected(heard);
        },
      };
    },
  };
}

function wordsOf({ events }: RecordedCall): readonly TimedWord[] {
  return callerSide(events.map(({ event }) => event))
    .flatMap(timed)
    .sort((a, b) => a.atMs - b.atMs);
}

/** Evenly over the utterance: no ear tells more. */
function timed({ startedMs, endedMs, final, text }: CallerSpeech): readonly TimedWord[] {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  const fromMs = startedMs - BEGIN_LATE_MS;
  const toMs = Math.max(
    fromMs,
    Math.min(endedMs ?? final?.atMs ?? startedMs, final?.atMs ?? Number.POSITIVE_INFINITY) - END_LATE_MS,
  );
  return words.map((word, index) => ({ atMs: fromMs + ((toMs - fromMs) * (index + 0.5)) / words.length, word }));
}
