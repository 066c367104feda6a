import type { CallEnd, Decision } from "../record/record.ts";
import type { Policy } from "./rules.ts";

/**
 * Everything a call decides that a person may question afterwards, in one place: what it is called, what it was judged by, and
 * what would have changed it.
 */
export type Judgement = Omit<Decision, "atMs">;

type Evidence = {
  readonly inputs?: Decision["inputs"];
  readonly limits?: Decision["limits"];
  readonly otherwise?: string;
};

const judged = (what: string, why: string, { inputs = {}, limits = {}, otherwise = "" }: Evidence = {}): Judgement => ({
  what,
  why,
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, inWhole(value)])),
  limits,
  otherwise,
});

/** Nobody questions a decision over fractions of a millisecond. */
const inWhole = <T>(value: T | number): T | number => (typeof value === "number" ? Math.round(value) : value);

/** The caller stopped speaking before there were words to answer. */
export const waited = ({ turn }: Policy): Judgement =>
  judged("waited", "the caller stopped, the transcript is due", {
    limits: { "turn.finalMs": turn.finalMs },
    otherwise: `a transcript ends the wait at once, ${turn.finalMs} ms without one end it too`,
  });

export const answered = (why: string, inputs: Decision["inputs"], { turn }: Policy): Judgement =>
  judged("answered", why, {
    inputs,
    limits: { "turn.finalMs": turn.finalMs },
    otherwise: "without words in it nothing would have been answered",
  });

export const merged = (sinceMs: number, { turn }: Policy): Judgement =>
  judged("merged", "the caller went on before the answer was heard", {
    inputs: { sinceMs },
    limits: { "turn.mergeMs": turn.mergeMs },
    otherwise: `more than ${turn.mergeMs} ms after the answer began to sound it would have been a turn of its own`,
  });

type Cut = {
  readonly heardMs: number;
  readonly heardPieces: number;
  readonly ofPieces: number;
  readonly sameTurn: boolean;
};

export const bargedIn = (why: string, inputs: Cut, { turn, bargeIn }: Policy): Judgement =>
  judged("barge-in", why, {
    inputs,
    limits: { "bargeIn.minMs": bargeIn.minMs, "turn.mergeMs": turn.mergeMs },
    otherwise:
      bargeIn.minMs === 0
        ? "any sound of the caller stops the agent; bargeIn.minMs would make it wait for longer ones, or for words"
        : `a sound of less than ${bargeIn.minMs} ms with no words in it would have been ignored`,
  });

export const ignoredSound = (soundMs: number, { bargeIn }: Policy): Judgement =>
  judged("ignored", "a sound too short to stop the agent", {
    inputs: { soundMs },
    limits: { "bargeIn.minMs": bargeIn.minMs },
    otherwise: `words in it, or ${bargeIn.minMs} ms of it, would have stopped the agent`,
  });

export const ignoredWhileThinking = (): Judgement =>
  judged("ignored", "sounds alone do not stop an answer that has not begun", {
    otherwise: "words would have been added to the turn",
  });

export const ignoredWords = (): Judgement =>
  judged("ignored", "the agent may not be interrupted now", {
    otherwise: "while the agent says anything but its last words, these would have stopped it",
  });

export const goodbyeCancelled = (was: CallEnd["how"]): Judgement =>
  judged("goodbye cancelled", "the caller spoke into it", {
    inputs: { was },
    otherwise: "had the caller kept silent until its end, the call would have ended",
  });

export const resumedAnswer = (): Judgement =>
  judged("resumed", "what stopped the answer was no words", { otherwise: "words would have been answered instead" });

export const resumedReply = (pieces: number): Judgement =>
  judged("resumed", "what stopped the agent was no words", {
    inputs: { pieces },
    otherwise: "words would have been answered instead",
  });

export const askedWhetherThere = (asked: number, silenceMs: number): Judgement =>
  judged("asked whether there", "silence", {
    inputs: { asked },
    limits: { silenceMs },
    otherwise: `any sound of the caller within ${silenceMs} ms`,
  });

export const saidGoodbye = (asked: number, silenceMs: number): Judgement =>
  judged("goodbye", "silence", { inputs: { asked }, limits: { silenceMs }, otherwise: "any answer of the caller" });

export const hungUpTooLong = (maxDurationMs: number): Judgement =>
  judged("hung up", "the longest duration is reached", {
    limits: { maxDurationMs },
    otherwise: "a greater limits.maxDurationSeconds of the agent",
  });

export const apologised = (message: string): Judgement =>
  judged("apologised", message, { otherwise: "a provider that can be asked again" });

export const askedAgain = (message: string, failures: number): Judgement =>
  judged("asked again", message, {
    inputs: { failures },
    otherwise: "a second failure in a row would have ended the call",
  });

export const replyOver = (
  what: "goodbye" | "reply",
  how: "confirmed" | "unconfirmed",
  heardPieces: number,
  { reply }: Policy,
): Judgement =>
  judged(`${what} ${how}`, "the carrier's marks", {
    inputs: { heardPieces },
    limits: { "reply.markGraceMs": reply.markGraceMs },
    otherwise: how === "confirmed" ? "" : `the last mark within ${reply.markGraceMs} ms of the computed end`,
  });

export const ended = ({ how, detail }: CallEnd): Judgement => judged("ended", how, { inputs: { detail } });

export const ordered = (what: string): Judgement => judged("told", what, { otherwise: "nobody at the controls" });

export const dialogAway = (why: string): Judgement =>
  judged("asked for patience", why, { otherwise: "an application that can be reached" });

export const dialogNoted = (note: string): Judgement => judged("dialog", note);

export const greetedCallee = (why: "hello" | "silence", helloMs: number): Judgement =>
  judged("greeted", why === "hello" ? "they said hello" : "they said nothing", {
    limits: { helloMs },
    otherwise: why === "hello" ? "words of an answering machine" : `any sound of theirs within ${helloMs} ms`,
  });

export const metMachine = (why: string, leavesMessage: boolean): Judgement =>
  judged("machine", why, { inputs: { leavesMessage }, otherwise: "words that a person would say" });

export const earNote = (note: string): Judgement => judged("ear", note);
