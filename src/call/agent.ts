import type { Draft } from "./draft.ts";
import type { ReplyEvent, ReplySource } from "./events.ts";
import { heardBy, type Reply } from "./turn.ts";

/** The agent's side of a conversation: what it says, how far it got, what the caller heard of it. */

/** Says a text of our own, as a turn of its own. */
export function say(draft: Draft, text: string, more: Partial<Reply> = {}): void {
  draft.openTurn();
  start(draft, { kind: "say", text }, more);
}

export function start(draft: Draft, source: ReplySource, more: Partial<Reply> = {}): void {
  const generation = draft.talk.generation + 1;
  const fresh = { generation, requestedMs: draft.atMs, pieces: [], heard: 0, allSent: false, interruptible: true };
  draft.cancelTimer("silence");
  draft.know({ generation, reply: { ...fresh, ...more } });
  draft.effects.push({ do: "start-reply", generation, source });
}

/** Nothing can be said or heard any more but what was recorded beforehand. */
export function apologise(draft: Draft, message: string): void {
  const { reply, turn } = draft.talk;
  if (reply?.endsCall?.how === "failed") return; // it is being said already
  draft.decide("apologised", message);
  draft.stopReply();
  if (turn) draft.closeTurn(reply, reply !== undefined);
  draft.openTurn();
  start(draft, { kind: "apology" }, { interruptible: false, endsCall: { how: "failed", detail: message } });
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
      return grow({ audibleMs: draft.atMs });
    case "sent":
      return grow({
        pieces: reply.pieces.map((piece, i) => (i === event.piece ? { ...piece, audioMs: event.audioMs } : piece)),
      });
    case "reply-sent":
      grow({ allSent: true });
      if (reply.heard === reply.pieces.length) return over(draft, "confirmed");
      return draft.setTimer("marks", event.leadMs + draft.rules.policy.markGraceMs);
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
  if (reply.allSent && heard === reply.pieces.length) over(draft, "confirmed");
}

/** The reply ran its course. `unconfirmed`: its last marks never came back. */
export function over(draft: Draft, how: "confirmed" | "unconfirmed"): void {
  const { reply, failures } = draft.talk;
  if (!reply) return;
  const { endsCall, heard } = reply;
  draft.cancelTimer("marks");
  if (endsCall || how === "unconfirmed")
    draft.decide(`${endsCall ? "goodbye" : "reply"} ${how}`, "the carrier's marks", { heardPieces: heard });
  draft.know({ reply: undefined, failures: draft.turn.wordsMs === undefined ? failures : 0 });
  draft.closeTurn(reply, false);
  if (endsCall) draft.hangUp(endsCall);
  else draft.awaitCaller(draft.rules.limits.silenceMs);
}

function failed(draft: Draft, message: string, retryable: boolean): void {
  const { reply, turn } = draft.talk;
  if (reply?.endsCall) return draft.hangUp(reply.endsCall);
  const failures = draft.talk.failures + 1;
  draft.know({ failures });
  if (!retryable || failures > 1) return apologise(draft, message);
  draft.decide("asked again", message, { failures });
  draft.stopReply();
  if (turn) draft.closeTurn(reply, true);
  say(draft, draft.rules.phrases.sayAgain);
}
