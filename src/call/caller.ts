import type { DialogFact } from "../dialog/dialog.ts";
import { over } from "./agent.ts";
import { answerCallee, hearCallee, unhearCallee } from "./callee.ts";
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
import { ask, dropSpeeches, heardForMs, owesGreeting, sayLater, sayNext } from "./queue.ts";
import { say } from "./speaking.ts";
import { heardBetween, mayCut } from "./turn.ts";

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
      hearCallee(draft);
      sound(draft, why);
      tellPartial(draft, why);
      return draft.awaitCaller();
    case "paused":
      if (due) draft.decide(waited(draft.rules.policy));
      tooShort(draft);
      return draft.awaitCaller();
    case "nothing":
      unhearCallee(draft);
      return goOn(draft);
    case "words":
      return answer(draft, news.words, why);
  }
}

/** A dialog that speaks when it likes may want to know what is being said to it. */
function tellPartial(draft: Draft, why: string): void {
  const { reply, hearing } = draft.talk;
  const said = hearing.open.at(-1)?.partial ?? "";
  if (why !== "partial" || said === "") return;
  if (!reply || mayCut(reply, "speech") || hearsAlways(draft, "speech"))
    draft.tellDialog({ kind: "partial", text: said });
}

/** Is a free dialog told of this even while it says something that the caller cannot cut short? */
function hearsAlways({ rules }: Draft, by: "dtmf" | "speech"): boolean {
  return rules.toldWhileSpeaking === "any" || rules.toldWhileSpeaking === by;
}

/** Words in the caller's sounds stop an agent that can be heard; sounds alone do once they have lasted long enough. */
function sound(draft: Draft, why: string): void {
  const { reply } = draft.talk;
  const { minMs } = draft.rules.policy.bargeIn;
  if (why === "partial" || !reply || !mayCut(reply, "speech")) return bargeIn(draft, why);
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
  if (policy.bargeIn.minMs === 0 || !over || reply?.audibleMs === undefined || !mayCut(reply, "speech")) return;
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
  const { reply } = draft.talk;
  bargeIn(draft, "key");
  if (draft.rules.free) {
    // A free dialog takes keys one by one, and none while it may not be disturbed by them.
    if (reply && !mayCut(reply, "dtmf") && !hearsAlways(draft, "dtmf")) return;
    draft.tellDialog({ kind: "key", digit });
    draft.know({ asked: 0 });
    return draft.talk.reply || sayNext(draft) ? undefined : draft.awaitCaller();
  }
  if (digit === "#" && draft.talk.keys !== "") return takeKeys(draft);
  draft.know({ keys: draft.talk.keys + digit });
  draft.setTimer("keys", draft.rules.policy.turn.keysMs);
  draft.awaitCaller();
}

/** Written words count at once. */
export function read(draft: Draft, text: string): void {
  if (text.trim() !== "") answer(draft, { text: text.trim(), atMs: draft.atMs }, "text");
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
  if (reply && !mayCut(reply, meansOf(why))) {
    draft.addWords(words);
    if (hearsAlways(draft, "speech")) draft.tellDialog(asFact(words));
    return draft.decide(ignoredWords());
  }
  bargeIn(draft, why);
  if (answerCallee(draft, words)) return;
  if (draft.talk.reply) merge(draft);
  if (!draft.talk.turn) draft.openTurn();
  draft.know({ asked: 0 });
  draft.addWords(words);
  draft.writeTurn();
  const { sttMs = 0 } = words;
  draft.decide(answered(why, { waitedMs: sttMs, turn: draft.turn.seq }, draft.rules.policy));
  draft.tellDialog(asFact(words));
  if (!owesGreeting(draft) || !sayNext(draft)) ask(draft);
}

const asFact = ({ text, language }: Words): DialogFact => ({ kind: "words", text, ...(language && { language }) });

/** More words before the answer had a sound: one turn, asked anew. */
function merge(draft: Draft): void {
  const { reply } = draft.talk;
  const { wordsMs } = draft.turn;
  draft.stopReply();
  dropSpeeches(draft);
  if (reply) sayLater(draft, reply);
  draft.tellDialog({ kind: "interrupted", heard: "", afterMs: 0 });
  if (wordsMs === undefined) return draft.closeTurn(reply, true); // the agent was about to speak unasked
  draft.decide(merged(draft.atMs - wordsMs, draft.rules.policy));
}

const meansOf = (why: string): "dtmf" | "speech" => (why === "key" || why === "keys" ? "dtmf" : "speech");

/** Stops an agent that can be heard. One that is still thinking is left to it. */
function bargeIn(draft: Draft, why: string): void {
  const { reply } = draft.talk;
  if (reply?.audibleMs === undefined || !mayCut(reply, meansOf(why))) return;
  const doneMs = (reply.doneMs ?? Number.POSITIVE_INFINITY) + draft.rules.policy.bargeIn.lagMs;
  if (draft.atMs >= doneMs && !reply.endsCall) return answeredUnmarked(draft);
  const heardMs = draft.atMs - reply.audibleMs;
  const unheard = reply.heard === 0 && heardMs <= draft.rules.policy.turn.mergeMs;
  const goesOn = unheard && draft.turn.wordsMs !== undefined;
  const inputs = { heardMs, heardPieces: reply.heard, ofPieces: reply.pieces.length, sameTurn: goesOn };
  const cut = { texts: reply.pieces.slice(reply.heard).map(({ text }) => text), endsCall: reply.endsCall };
  const afterMs = heardForMs(draft);
  draft.stopReply();
  dropSpeeches(draft);
  draft.tellDialog({ kind: "interrupted", heard: heardBetween(reply, draft.atMs), afterMs });
  if (unheard && sayLater(draft, reply)) draft.know({ cut: undefined });
  else draft.know({ cut });
  draft.know({ failures: draft.turn.wordsMs === undefined ? draft.talk.failures : 0 });
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
  if (undecided || !(resume(draft) || sayNext(draft))) draft.awaitCaller();
}

/** What the caller's sounds stopped is said after all, and ends the call if it was to. False when there is no such thing. */
export function resume(draft: Draft): boolean {
  const { turn, cut } = draft.talk;
  if (draft.rules.free && !cut?.endsCall) return false; // it was told of the interruption, and goes on as it likes
  if (turn?.wordsMs !== undefined && !draft.rules.free) {
    draft.decide(resumedAnswer());
    ask(draft);
    return true;
  }
  if (!cut || (cut.texts.length === 0 && !cut.endsCall)) return false;
  draft.decide(resumedReply(cut.texts.length));
  say(draft, cut.texts, cut.endsCall ? { endsCall: cut.endsCall } : {});
  return true;
}
