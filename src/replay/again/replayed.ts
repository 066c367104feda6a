import type { AudioFormat } from "../../audio/format.ts";
import type { Apology, Policy } from "../../call/call.ts";
import type { Framing } from "../../carrier/carrier.ts";
import type { JournalEntry, SentToLine } from "../../journal/journal.ts";
import type { CallEnd, CarrierName, Decision, Language, Turn } from "../../record/record.ts";

/** What every replay needs besides the recording. */
export type ReplayParts = {
  /** What the call is judged by now; the recording says what it was judged by then. */
  readonly policy: Policy;
  readonly apology: (language: Language, format: AudioFormat) => Apology;
  /** How this carrier's frames are cut, as the gateway cuts them now. */
  readonly framing: (carrier: CarrierName, format: AudioFormat) => Framing;
};

/** A command to the line with its instant, in ms since the call began. `ms`: how long the frame sounds. */
export type LineNote =
  | { readonly atMs: number; readonly do: "play"; readonly ms: number }
  | ({ readonly atMs: number } & Exclude<SentToLine, { do: "played" | "framing" }>);

/** A call that happened again. */
export type Replayed = {
  readonly end: CallEnd;
  readonly decisions: readonly Decision[];
  /** Each turn as it was written last. */
  readonly turns: readonly Turn[];
  /** Everything that went to the caller, frame by frame. */
  readonly line: readonly LineNote[];
  /** The new journal: everything that entered and was decided this time. */
  readonly entries: readonly JournalEntry[];
  /** How long the call lasted, in its own time. */
  readonly lastsMs: number;
  /** What is not as it was, first difference first. */
  readonly differences: readonly Difference[];
  /** Ms since the call began, from which on what was not recorded had to be modelled; absent while all is as recorded. */
  readonly modelledFromMs?: number;
};

/** In words a person understands: what it was about, what was decided or said then and now, and why, where that is known. */
export type Difference = {
  readonly atMs: number;
  readonly about: string;
  readonly was: string;
  readonly now: string;
  readonly cause?: string;
};
