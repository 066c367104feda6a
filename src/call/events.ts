import type { CallEnd, Decision, Said, Turn } from "../record/record.ts";
import type { Heard } from "../speech/speech.ts";
import type { LineSignal } from "./line.ts";

export type TimerName = "final" | "silence" | "keys" | "sound" | "marks" | "barge-in" | "too-long";

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

/** Everything that can happen to a call. */
export type Happening =
  | LineSignal
  | HeardEvent
  | ReplyEvent
  | { readonly kind: "timer"; readonly timer: TimerName }
  /** Somebody else ended the call, or a mistake of ours did: nothing can be done any more, only written down. */
  | { readonly kind: "cut-off" };

/** The same with its instant: ms since the call began. */
export type CallEvent = Happening & { readonly atMs: number };

/** What a reply is made of: the dialog's answer to `history`, texts of our own, or the recorded apology. */
export type ReplySource =
  | { readonly kind: "dialog"; readonly history: readonly Said[] }
  | { readonly kind: "say"; readonly texts: readonly string[] }
  | { readonly kind: "apology" };

/** What is to be done, in this order. `stop-reply` also clears the line; it is done before anything behind it begins. */
export type Effect =
  | { readonly do: "start-reply"; readonly generation: number; readonly source: ReplySource }
  | { readonly do: "stop-reply" }
  | { readonly do: "set-timer"; readonly timer: TimerName; readonly ms: number }
  | { readonly do: "cancel-timer"; readonly timer: TimerName }
  | { readonly do: "write-turn"; readonly turn: Turn }
  | { readonly do: "decide"; readonly decision: Decision }
  | { readonly do: "end"; readonly end: CallEnd };
