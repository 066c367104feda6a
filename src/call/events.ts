import type { DialogFact, DialogNews, Interruptible } from "../dialog/dialog.ts";
import type { CallEnd, Decision, Language, Said, Turn } from "../record/record.ts";
import type { Heard } from "../speech/speech.ts";
import type { LineSignal } from "./line.ts";

export type TimerName = "final" | "silence" | "keys" | "sound" | "marks" | "barge-in" | "too-long" | "hello";

/** What a reply reports of itself. */
export type ReplyNews =
  | { readonly kind: "generated"; readonly text: string }
  /** The dialog wants the call to end after this reply. */
  | { readonly kind: "farewell" }
  /** The first audio of a piece was sent to the carrier. */
  | { readonly kind: "audible" }
  /** All audio of its `piece`-th text was sent, and the mark behind it. */
  | { readonly kind: "sent"; readonly piece: number; readonly audioMs: number }
  /** Nothing more will be sent; `leadMs` of it are still to be played. */
  | { readonly kind: "reply-sent"; readonly leadMs: number }
  | { readonly kind: "reply-failed"; readonly message: string; readonly retryable: boolean };

/** Each reply has a `generation` of its own; what an old one still says is recognised by it. */
export type ReplyEvent = ReplyNews & { readonly generation: number };

/** What the ear found, as plain data. */
export type HeardEvent =
  | Exclude<Heard, { kind: "ear-failed" }>
  | { readonly kind: "ear-failed"; readonly message: string };

/** How the voice and the ear are to be from now on; what is absent stays. */
export type Tuning = {
  readonly speaks?: Language;
  readonly speaker?: string;
  readonly listensFor?: Language | "unknown";
};

/** What somebody at the controls wants of a call. All plain data: it goes into the journal. */
export type Order =
  /** `interrupts`: what is being said is broken off for it; otherwise it comes next. */
  | {
      readonly do: "say";
      readonly text: string;
      readonly interrupts: boolean;
      readonly interruptible: Interruptible;
    }
  /** For the dialog alone, which is asked to go on. */
  | { readonly do: "message"; readonly text: string }
  /** As tones, into the caller's ear: `0-9A-D#*`, `w` and `W` for pauses. */
  | { readonly do: "digits"; readonly digits: string }
  /** `say`: the last words. */
  | { readonly do: "end"; readonly end: CallEnd; readonly say?: string }
  | { readonly do: "retune"; readonly tuning: Tuning }
  /** Whether sound goes into the journal, where calls are recorded. */
  | { readonly do: "record"; readonly on: boolean }
  /** What the carrier makes of whoever took our call. */
  | { readonly do: "answered-by"; readonly who: "human" | "machine" };

/** Everything that can happen to a call. */
export type Happening =
  | LineSignal
  | HeardEvent
  | ReplyEvent
  | DialogNews
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "timer"; readonly timer: TimerName }
  /** Somebody else ended the call, or a mistake of ours did: nothing can be done any more, only written down. */
  | { readonly kind: "cut-off" };

/** The same with its instant: ms since the call began. */
export type CallEvent = Happening & { readonly atMs: number };

/**
 * What a reply is made of: the dialog's answer to `history`, what a free dialog says by itself, texts of our own, tones, or the
 * recorded apology.
 */
export type ReplySource =
  | { readonly kind: "dialog"; readonly history: readonly Said[] }
  | { readonly kind: "speech"; readonly speech: number; readonly of: "words" | "sound" }
  | { readonly kind: "digits"; readonly digits: string }
  | { readonly kind: "say"; readonly texts: readonly string[] }
  | { readonly kind: "apology" };

/** What is to be done, in this order. `stop-reply` also clears the line; it is done before anything behind it begins. */
export type Effect =
  | { readonly do: "start-reply"; readonly generation: number; readonly source: ReplySource }
  | { readonly do: "stop-reply" }
  | { readonly do: "set-timer"; readonly timer: TimerName; readonly ms: number }
  | { readonly do: "cancel-timer"; readonly timer: TimerName }
  | { readonly do: "join-dialog" }
  | { readonly do: "tell-dialog"; readonly fact: DialogFact }
  | { readonly do: "retune"; readonly tuning: Tuning }
  | { readonly do: "record"; readonly on: boolean }
  | { readonly do: "write-turn"; readonly turn: Turn }
  | { readonly do: "decide"; readonly decision: Decision }
  | { readonly do: "end"; readonly end: CallEnd };
