import type { DialogFact } from "../dialog/dialog.ts";
import type { CallEnd, Said } from "../record/record.ts";
import { ended, type Judgement } from "./decisions.ts";
import type { Effect, ReplySource, TimerName, Tuning } from "./events.ts";
import { giveUpWaiting, type Hearing, speakingSince, type Words } from "./hearing.ts";
import type { Rules } from "./rules.ts";
import { addWords, type OpenTurn, type Owed, type Reply, record, remember } from "./turn.ts";

/** Something that has to wait until the agent has finished what it is saying. */
export type Waiting =
  | {
      readonly kind: "reply";
      readonly by: Owed["by"] | "dialog";
      readonly source: ReplySource;
      readonly how: Partial<Reply>;
    }
  /** The dialog is asked anew. */
  | { readonly kind: "ask" }
  | { readonly kind: "retune"; readonly tuning: Tuning };

/** What an open call knows. */
export type Talk = {
  readonly hearing: Hearing;
  /** What the dialog may remember: turns that are over, as they were said and heard. */
  readonly history: readonly Said[];
  /** Turns and replies so far. */
  readonly turns: number;
  readonly generation: number;
  readonly turn?: OpenTurn | undefined;
  readonly reply?: Reply | undefined;
  /** How often the caller was asked in vain whether they are there. */
  readonly asked: number;
  /** Replies in a row that could not be given. */
  readonly failures: number;
  /** Keys pressed and not yet taken as words. */
  readonly keys: string;
  /** What was not heard of the reply the caller cut short, and the end it was to bring; said after all if their sounds were no words. */
  readonly cut?: { readonly texts: readonly string[]; readonly endsCall: CallEnd | undefined } | undefined;
  /** In this order. */
  readonly waiting: readonly Waiting[];
  /** Before the conversation of an outbound call: whose hello is waited for, or which machine is being let finish. */
  readonly callee?: "hello" | "machine" | undefined;
};

/** The next state and its effects while one step works them out. It lives for that step only, so `step()` stays pure. */
export class Draft {
  talk: Talk;
  /** Set when the call is over. */
  end: CallEnd | undefined;
  readonly effects: Effect[] = [];
  readonly atMs: number;
  readonly rules: Rules;

  constructor(talk: Talk, atMs: number, rules: Rules) {
    this.talk = talk;
    this.atMs = atMs;
    this.rules = rules;
  }

  know(more: Partial<Talk>): void {
    this.talk = { ...this.talk, ...more };
  }

  decide(judgement: Judgement): void {
    this.effects.push({ do: "decide", decision: { atMs: this.atMs, ...judgement } });
  }

  setTimer(timer: TimerName, ms: number): void {
    this.effects.push({ do: "set-timer", timer, ms });
  }

  cancelTimer(timer: TimerName): void {
    this.effects.push({ do: "cancel-timer", timer });
  }

  /** Counts silence from now on, while the agent listens; a caller who is speaking is given longer. */
  awaitCaller(): void {
    const { policy, limits } = this.rules;
    const { hearing, reply } = this.talk;
    if (reply) return;
    const speaking = speakingSince(hearing) !== undefined;
    // Words whose transcript never comes count also where nobody minds the silence.
    const untold = hearing.open.some(({ blank, partial }) => !blank && partial !== "");
    const silentMs = untold && limits.silenceMs === 0 ? policy.turn.finalMs : limits.silenceMs;
    const ms = speaking ? policy.turn.longestUtteranceMs : silentMs;
    if (ms > 0) this.setTimer("silence", ms);
    else this.cancelTimer("silence");
  }

  /** Nothing happens where the dialog is one that is asked. */
  tellDialog(fact: DialogFact): void {
    if (this.rules.free) this.effects.push({ do: "tell-dialog", fact });
  }

  get turn(): OpenTurn {
    if (!this.talk.turn) throw new Error("no turn is open");
    return this.talk.turn;
  }

  openTurn(): void {
    if (this.talk.turn) this.closeTurn(undefined, true);
    const turns = this.talk.turns + 1;
    this.know({ turns, turn: { seq: turns, userText: "", startedMs: this.atMs } });
  }

  addWords(words: Words): void {
    this.know({ turn: addWords(this.turn, words) });
  }

  writeTurn(reply?: Reply, over?: { readonly atMs: number; readonly interrupted: boolean }): void {
    this.effects.push({ do: "write-turn", turn: record(this.turn, reply, over) });
  }

  closeTurn(reply: Reply | undefined, interrupted: boolean): void {
    this.writeTurn(reply, { atMs: this.atMs, interrupted });
    this.know({ turn: undefined, history: [...this.talk.history, ...remember(this.turn, reply, interrupted)] });
  }

  /** Whatever the agent is saying ends here; the turn stays open. */
  stopReply(): void {
    if (this.talk.reply) this.effects.push({ do: "stop-reply" });
    this.cancelTimer("marks");
    this.cancelTimer("sound");
    this.cancelTimer("barge-in");
    this.know({ reply: undefined });
  }

  /** Whatever the agent is saying ends here, and its turn with it. */
  breakOff(): void {
    const { reply, turn } = this.talk;
    this.stopReply();
    if (turn) this.closeTurn(reply, reply !== undefined);
  }

  hangUp(end: CallEnd): void {
    this.breakOff();
    this.#writeLastWords();
    this.decide(ended(end));
    this.end = end;
  }

  /** The caller may have said or keyed something that did not count yet: nobody will answer it, but it was said. */
  #writeLastWords(): void {
    const { news } = giveUpWaiting(this.talk.hearing, this.atMs, "all");
    const spoken = news.kind === "words" ? news.words.text : "";
    const text = [spoken, this.talk.keys].filter((part) => part !== "").join(" ");
    if (text === "") return;
    this.openTurn();
    this.addWords({ text, atMs: this.atMs });
    this.closeTurn(undefined, true);
  }
}
