import { over, say, start } from "./agent.ts";
import {
  answered,
  bargedIn,
  goodbyeCancelled,
  ignoredSound,
  ignoredWhileThinking,
  ignoredWords,
  merged,
  resumedAnswer,
  resumedReply,
  waited,
} from "./decisions.ts";
import type { Draft } from "./draft.ts";
import { giveUpWaiting, type HearingStep, speakingSince, type Words, waitMs } from "./hearing.ts";
import { remember } from "./turn.ts";

/** The caller's side of a conversation: sounds, words, keys, and when they stop the agent. */

/** What the ear found. `why` names its source in decisions. */
export function learn(draft: Draft, { hearing, news }: HearingStep, why: string): void {
  draft.know({ hearing });
  const due = hearing.open.some(({ endedMs, blank }) => endedMs === draft.atMs && !blank);
  if (due) awaitTranscript(draft);
  switch (news.kind) {
    case "none":
      return;
    case "speaking":
      sound(draft, why);
      return draft.awaitCaller();
    case "paused":
      if (due) draft.decide(waited(draft.rules.policy));
      tooShort(draft);
      return draft.awaitCaller();
    case "nothing":
      return goOn(draft);
    case "words":
      return answer(draft, news.words, why);
  }
}

/** Words in the caller's sounds stop an agent that can be heard; sounds alone do once they have lasted long enough. */
function sound(draft: Draft, why: string): void {
  const { reply } = draft.talk;
  const { minMs } = draft.rules.policy.bargeIn;
  if (why === "partial" || !reply?.interruptible) return bargeIn(draft, why);
  if (reply.audibleMs === undefined) return draft.decide(ignoredWhileThinking());
  if (minMs === 0) return bargeIn(draft, why);
  draft.setTimer("barge-in", minMs);
}

/** The sounds have lasted long enough, if they last. */
export function stopForSound(draft: Draft): void {
  if (speakingSince(draft.talk.hearing) === undefined) return;
  bargeIn(draft, "sound");
  draft.awaitCaller();
}

/** The caller's sounds ended before they had lasted long enough, and there were no words in them so far. */
function tooShort(draft: Draft): void {
  const { reply, hearing } = draft.talk;
  const { policy } = draft.rules;
  const over = hearing.open.find(({ endedMs, partial }) => endedMs === draft.atMs && partial === "");
  if (policy.bargeIn.minMs === 0 || !over || reply?.audibleMs === undefined || !reply.interruptible) return;
  draft.cancelTimer("barge-in");
  draft.decide(ignoredSound(draft.atMs - over.startedMs, policy));
}

/** Each utterance has its own time for a transcript; the timer is set for the oldest. */
function awaitTranscript(draft: Draft): void {
  const ms = waitMs(draft.talk.hearing, draft.atMs, draft.rules.policy.turn.finalMs);
  if (ms !== undefined) draft.setTimer("final", ms);
}

/** For one utterance at least the time is up. */
export function giveUpTranscript(draft: Draft): void {
  const heard = giveUpWaiting(draft.talk.hearing, draft.atMs, draft.rules.policy.turn.finalMs);
  learn(draft, heard, "no final came, the last partial counts");
  awaitTranscript(draft);
}

export function press(draft: Draft, digit: string): void {
  bargeIn(draft, "key");
  if (digit === "#" && draft.talk.keys !== "") return takeKeys(draft);
  draft.know({ keys: draft.talk.keys + digit });
  draft.setTimer("keys", draft.rules.policy.turn.keysMs);
  draft.awaitCaller();
}

/** The keys pressed so far count as the caller's words. */
export function takeKeys(draft: Draft): void {
  const text = draft.talk.keys;
  draft.know({ keys: "" });
  draft.cancelTimer("keys");
  answer(draft, { text, atMs: draft.atMs }, "keys");
}

/** The agent begins to sound: a caller who has been speaking for longer than a cough is let finish. */
export function yieldToCaller(draft: Draft): void {
  if (draft.talk.reply?.audibleMs !== draft.atMs) return; // a later piece of it
  const sinceMs = speakingSince(draft.talk.hearing);
  if (sinceMs === undefined || draft.atMs - sinceMs <= draft.rules.policy.bargeIn.coughMs) return;
  bargeIn(draft, "still speaking");
  draft.awaitCaller(); // the ear may have nothing more to say
}

/** The caller's words count: they end whatever the agent was doing, and the dialog is asked. */
function answer(draft: Draft, words: Words, why: string): void {
  const { reply } = draft.talk;
  if (reply && !reply.interruptible) {
    draft.addWords(words);
    return draft.decide(ignoredWords());
  }
  bargeIn(draft, why);
  if (draft.talk.reply) merge(draft);
  if (!draft.talk.turn) draft.openTurn();
  draft.know({ asked: 0 });
  draft.addWords(words);
  draft.writeTurn();
  const { sttMs = 0 } = words;
  draft.decide(answered(why, { waitedMs: sttMs, turn: draft.turn.seq }, draft.rules.policy));
  ask(draft);
}

function ask(draft: Draft): void {
  start(draft, { kind: "dialog", history: [...draft.talk.history, ...remember(draft.turn, undefined, false)] });
}

/** More words before the answer had a sound: one turn, asked anew. */
function merge(draft: Draft): void {
  const { reply } = draft.talk;
  const { wordsMs } = draft.turn;
  draft.stopReply();
  if (wordsMs === undefined) return draft.closeTurn(reply, true); // the agent was about to speak unasked
  draft.decide(merged(draft.atMs - wordsMs, draft.rules.policy));
}

/** Stops an agent that can be heard. One that is still thinking is left to it. */
function bargeIn(draft: Draft, why: string): void {
  const { reply } = draft.talk;
  if (reply?.audibleMs === undefined || !reply.interruptible) return;
  const doneMs = (reply.doneMs ?? Number.POSITIVE_INFINITY) + draft.rules.policy.bargeIn.lagMs;
  if (draft.atMs >= doneMs && !reply.endsCall) return answeredUnmarked(draft);
  const heardMs = draft.atMs - reply.audibleMs;
  const goesOn = reply.heard === 0 && draft.turn.wordsMs !== undefined && heardMs <= draft.rules.policy.turn.mergeMs;
  const inputs = { heardMs, heardPieces: reply.heard, ofPieces: reply.pieces.length, sameTurn: goesOn };
  const cut = { texts: reply.pieces.slice(reply.heard).map(({ text }) => text), endsCall: reply.endsCall };
  draft.stopReply();
  draft.know({ cut, failures: draft.turn.wordsMs === undefined ? draft.talk.failures : 0 });
  draft.decide(bargedIn(why, inputs, draft.rules.policy));
  if (reply.endsCall) draft.decide(goodbyeCancelled(reply.endsCall.how));
  if (!goesOn) draft.closeTurn(reply, true);
}

/** By our clock all of it was played a while ago; only its mark is missing. That is no interruption. */
function answeredUnmarked(draft: Draft): void {
  draft.effects.push({ do: "stop-reply" });
  over(draft, "unconfirmed");
}

/** The caller's sounds were no words. */
function goOn(draft: Draft): void {
  if (draft.talk.reply) return;
  const undecided = speakingSince(draft.talk.hearing) !== undefined || draft.talk.keys !== "";
  if (undecided || !resume(draft)) draft.awaitCaller();
}

/** What the caller's sounds stopped is said after all, and ends the call if it was to. False when there is no such thing. */
export function resume(draft: Draft): boolean {
  const { turn, cut } = draft.talk;
  if (turn?.wordsMs !== undefined) {
    draft.decide(resumedAnswer());
    ask(draft);
    return true;
  }
  if (!cut || (cut.texts.length === 0 && !cut.endsCall)) return false;
  draft.decide(resumedReply(cut.texts.length));
  say(draft, cut.texts, cut.endsCall ? { endsCall: cut.endsCall } : {});
  return true;
}
