import { start } from "./agent.ts";
import type { Draft } from "./draft.ts";
import type { HearingStep, Words } from "./hearing.ts";
import { addWords, remember } from "./turn.ts";

/** The caller's side of a conversation: sounds, words, keys, silence, and when they stop the agent. */

/** What the ear found. `why` names its source in decisions. */
export function learn(draft: Draft, { hearing, news }: HearingStep, why: string): void {
  const { policy, limits } = draft.rules;
  draft.know({ hearing });
  switch (news.kind) {
    case "none":
      return;
    case "speaking":
      if (draft.talk.reply?.audibleMs !== undefined) bargeIn(draft, why);
      return draft.awaitCaller(policy.longestUtteranceMs);
    case "paused":
      draft.setTimer("final", policy.finalMs);
      return draft.awaitCaller(limits.silenceMs);
    case "nothing":
      draft.cancelTimer("final");
      return draft.awaitCaller(limits.silenceMs);
    case "words":
      draft.cancelTimer("final");
      return answer(draft, news.words, why);
  }
}

export function press(draft: Draft, digit: string): void {
  if (draft.talk.reply?.audibleMs !== undefined) bargeIn(draft, "key");
  if (digit === "#" && draft.talk.keys !== "") return takeKeys(draft);
  draft.know({ keys: draft.talk.keys + digit });
  draft.setTimer("keys", draft.rules.policy.keysMs);
  draft.awaitCaller(draft.rules.limits.silenceMs);
}

/** The keys pressed so far count as the caller's words. */
export function takeKeys(draft: Draft): void {
  const text = draft.talk.keys;
  draft.know({ keys: "" });
  draft.cancelTimer("keys");
  answer(draft, { text, atMs: draft.atMs }, "keys");
}

/** The caller's words count: they end whatever the agent was doing, and the dialog is asked. */
function answer(draft: Draft, words: Words, why: string): void {
  const { reply } = draft.talk;
  if (reply && !reply.interruptible) return draft.decide("ignored", "the agent may not be interrupted now");
  if (reply?.audibleMs !== undefined) bargeIn(draft, why);
  else if (reply) merge(draft);
  if (!draft.talk.turn) draft.openTurn();
  draft.know({ asked: 0, turn: addWords(draft.turn, words) });
  draft.writeTurn();
  start(draft, { kind: "dialog", history: [...draft.talk.history, ...remember(draft.turn, undefined, false)] });
}

/** More words before the answer had a sound: one turn, asked anew. */
function merge(draft: Draft): void {
  const { reply } = draft.talk;
  const { wordsMs } = draft.turn;
  draft.stopReply();
  if (wordsMs === undefined) return draft.closeTurn(reply, true); // the agent was about to speak unasked
  draft.decide("merged", "the caller went on before the answer was heard", { sinceMs: draft.atMs - wordsMs });
}

function bargeIn(draft: Draft, why: string): void {
  const { reply } = draft.talk;
  if (!reply?.interruptible) return;
  const { wordsMs } = draft.turn;
  const goesOn = reply.heard === 0 && wordsMs !== undefined && draft.atMs - wordsMs <= draft.rules.policy.mergeMs;
  draft.stopReply();
  draft.know({ failures: 0 });
  draft.decide("barge-in", why, { heardPieces: reply.heard, ofPieces: reply.pieces.length, sameTurn: goesOn });
  if (reply.endsCall) draft.decide("goodbye cancelled", "the caller spoke into it", { was: reply.endsCall.how });
  if (!goesOn) draft.closeTurn(reply, true);
}
