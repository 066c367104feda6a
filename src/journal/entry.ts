import type { AudioFormat } from "../audio/format.ts";
import type { BookEntry, CallId, Voice } from "../record/record.ts";

/**
 * One line of a call's journal, in the order things happened. `atMs` counts from the call's beginning on its own clock.
 * `call`: what the call was given to go by; only `book`s may stand before it. `in`: what entered it. `out`: what it decided to do.
 * `spoken`: what the voice gave for a reply. `line`: what went to the caller. `audio`: a frame of the caller's, base64 as the
 * carrier sent it, or silence put in for what did not come (`filled`), where calls are recorded. `book`: what was written down (see
 * `BookEntry`). `lost`: what should stand before this line, behind the one before it, and does not, since the disk did not keep up.
 */
export type JournalEntry = { readonly atMs: number } & (
  | { readonly call: CallSetup }
  | { readonly in: { readonly kind: string } }
  | { readonly out: { readonly do: string } }
  | { readonly spoken: SpokenPiece }
  | { readonly line: SentToLine }
  | { readonly audio: string; readonly filled?: boolean }
  | { readonly book: BookEntry }
  | { readonly lost: Lost }
);

/** What a call goes by: who answers, in which words, within which limits, by which policy. Enough to run it again. */
export type CallSetup = {
  readonly agent: string;
  readonly greeting: string;
  readonly phrases: Readonly<Record<string, string | readonly string[]>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly listensFor: string;
  readonly voice: Voice;
  /** What the dialog was made of, as in the agents file. */
  readonly dialog: unknown;
  /** It was told what happened, and spoke when it liked. */
  readonly free?: boolean;
  /** By what the greeting could be cut short, and of what the dialog was told although it could cut nothing short. */
  readonly greetingInterruptible?: "none" | "dtmf" | "speech" | "any";
  readonly toldWhileSpeaking?: "none" | "dtmf" | "speech" | "any";
  /** The call was ours: how long a hello was waited for, and what a machine was to be told. */
  readonly outbound?: { readonly helloMs: number; readonly message?: string };
  /** What ear and mouth were warmed with. */
  readonly format: AudioFormat;
  readonly policy: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** A stretch of a reply's sound, or the end (`said`) of its `said`-th text's. `audio`, base64, only where calls are recorded. */
export type SpokenPiece =
  | { readonly generation: number; readonly bytes: number; readonly audio?: string }
  | { readonly generation: number; readonly said: number };

/**
 * `played`: frames of one reply, sent since the entry before it. The caller heard them right behind the sound before or, where
 * that had come to its end, from `fromMs` on. Journals of before name neither reply nor instant. A mark stands behind the sound
 * it vouches for.
 */
export type SentToLine =
  /** How the line's frames are cut; before the first of them. */
  | { readonly do: "framing"; readonly framing: Readonly<Record<string, number>> }
  | {
      readonly do: "played";
      readonly frames: number;
      readonly bytes: number;
      readonly generation?: number;
      readonly fromMs?: number;
    }
  | { readonly do: "mark"; readonly mark: string }
  | { readonly do: "clear" };

/** How many lines of sound (`audio`, and `spoken` with its audio) and of everything else are missing. */
export type Lost = { readonly audio: number; readonly lines: number };

/** A whole journal read back, as far as its last whole line. `corrupt` counts lines before it that make no sense. */
export type Recording = {
  readonly id: CallId;
  readonly entries: readonly JournalEntry[];
  readonly corrupt: number;
};

/** The same entry where there is no sound in it; `undefined` where there is nothing else. */
export function withoutSound(entry: JournalEntry): JournalEntry | undefined {
  if ("audio" in entry) return undefined;
  if (!("spoken" in entry) || !("audio" in entry.spoken)) return entry;
  const { audio: _, ...spoken } = entry.spoken;
  return { ...entry, spoken };
}
