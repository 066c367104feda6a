import { apologised, askedAgain, replyOver } from "./decisions.ts";
import type { Draft } from "./draft.ts";
import type { ReplyEvent } from "./events.ts";
import { sayNext } from "./queue.ts";
import { say, start } from "./speaking.ts";
import { heardBy, type Reply } from "./turn.ts";

/** The agent's side of a conversation: what it says, how far it got, what the caller heard of it. */

/** Nothing can be said or heard any more but what was recorded beforehand. */
export function apologise(draft: Draft, message: string): void {
  const { reply } = draft.talk;
  // It is ending already, and may end as it would have; but a caller we may not hear any more cannot stop it.
  if (reply?.endsCall) return draft.know({ reply: { ...reply, interruptible: "none", preemptible: false } });
  draft.decide(apologised(message));
  draft.know({ waiting: [], callee: undefined });
  draft.breakOff();
  draft.openTurn();
  start(draft, { kind: "apology" }, { interruptible: "none", endsCall: { how: "failed", detail: message } });
}

/** What a reply says of itself. */
export function report(draft: Draft, event: ReplyEvent): void {
  const { reply } = draft.talk;
  if (!reply || event.generation !== reply.generation) return; // from a reply already stopped
  const grow = (more: Partial<Reply>): void => draft.know({ reply: { ...reply, ...more } });
  switch (event.kind) {
    case "generated":
      return grow({ pieces: [...reply.pieces, { text: event.text }], firstWordsMs: reply.firstWordsMs ?? draft.atMs });
    case "farewell":
      return grow({ endsCall: reply.endsCall ?? { how: "agent-hung-up", detail: "the agent said goodbye" } });
    case "audible":
      draft.cancelTimer("sound");
      return grow({ audibleMs: reply.audibleMs ?? draft.atMs });
    case "sent":
      draft.setTimer("sound", draft.rules.policy.reply.thinkMs);
      return grow({
        pieces: reply.pieces.map((piece, i) => (i === event.piece ? { ...piece, audioMs: event.audioMs } : piece)),
      });
    case "reply-sent":
      draft.cancelTimer("sound");
      if (reply.pieces.length === 0 && !reply.endsCall) return failed(draft, "the dialog had no answer", true);
      grow({ doneMs: draft.atMs + event.leadMs });
      if (reply.heard === reply.pieces.length) return over(draft, "confirmed");
      return draft.setTimer("marks", event.leadMs + draft.rules.policy.reply.markGraceMs);
    case "reply-failed":
      return failed(draft, event.message, event.retryable);
  }
}

/** The carrier has played up to a mark, or says so. */
export function played(draft: Draft, mark: string): void {
  const { reply } = draft.talk;
  if (!reply) return;
  const heard = heardBy(reply, mark);
  if (heard === reply.heard) return; // of another generation, or known already
  draft.know({ reply: { ...reply, heard } });
  if (reply.doneMs !== undefined && heard === reply.pieces.length) over(draft, "confirmed");
}

/** The reply ran its course. `unconfirmed`: its last marks never came back. */
export function over(draft: Draft, how: "confirmed" | "unconfirmed"): void {
  const { reply, failures } = draft.talk;
  if (!reply) return;
  const { endsCall, heard } = reply;
  draft.cancelTimer("marks");
  draft.cancelTimer("barge-in");
  if (endsCall || how === "unconfirmed")
    draft.decide(replyOver(endsCall ? "goodbye" : "reply", how, heard, draft.rules.policy));
  draft.know({ reply: undefined, failures: draft.turn.wordsMs === undefined ? failures : 0 });
  draft.closeTurn(reply, false);
  if (endsCall) draft.hangUp(endsCall);
  else if (!sayNext(draft)) draft.awaitCaller();
}

/** The answer cannot be given. The first time in a row the caller is asked to say it again, if that can help. */
export function failed(draft: Draft, message: string, retryable: boolean): void {
  const { reply } = draft.talk;
  if (reply?.endsCall) return draft.hangUp(reply.endsCall);
  const failures = draft.talk.failures + 1;
  draft.know({ failures });
  if (!retryable || failures > 1) return apologise(draft, message);
  draft.decide(askedAgain(message, failures));
  draft.breakOff();
  say(draft, [draft.rules.phrases.sayAgain]);
}
