import type { DialogNews } from "../dialog/dialog.ts";
import type { CallEnd } from "../record/record.ts";
import { apologise } from "./agent.ts";
import { hearMachine } from "./callee.ts";
import { dialogAway, dialogNoted, ordered } from "./decisions.ts";
import type { Draft, Waiting } from "./draft.ts";
import type { Order } from "./events.ts";
import { giveWay, inTurn } from "./queue.ts";
import { say } from "./speaking.ts";
import type { Reply } from "./turn.ts";

/** What comes neither from the caller nor from an answer: the orders of whoever is at the controls, and a free dialog's own will. */

export function obey(draft: Draft, order: Order): void {
  if (order.do !== "answered-by") draft.decide(ordered(order.do));
  switch (order.do) {
    case "say":
      if (order.interrupts && !isEnding(draft)) giveWay(draft);
      return inTurn(draft, {
        kind: "reply",
        by: "operator",
        source: { kind: "say", texts: [order.text] },
        how: { interruptible: order.interruptible },
      });
    case "digits":
      return inTurn(draft, tones("operator", order.digits));
    case "message":
      draft.tellDialog({ kind: "message", text: order.text });
      draft.know({ history: [...draft.talk.history, { by: "operator", text: order.text }] });
      return draft.rules.free ? undefined : inTurn(draft, { kind: "ask" });
    case "retune":
      return inTurn(draft, { kind: "retune", tuning: order.tuning });
    case "record":
      draft.effects.push({ do: "record", on: order.on });
      return;
    case "end":
      return finish(draft, order.end, order.say);
    case "answered-by":
      return order.who === "machine" ? hearMachine(draft, "the carrier says so") : undefined;
    default:
      return order satisfies never;
  }
}

/** Half of them would be another number. */
const tones = (by: "operator" | "dialog", digits: string): Waiting => ({
  kind: "reply",
  by,
  source: { kind: "digits", digits },
  how: { interruptible: "none" },
});

function finish(draft: Draft, end: CallEnd, lastWords: string | undefined): void {
  if (lastWords === undefined) return draft.hangUp(end);
  const how = { interruptible: "none", endsCall: end } as const;
  giveWay(draft);
  // Whoever takes our call is let say hello before they are told.
  const source = { kind: "say", texts: [lastWords] } as const;
  if (draft.talk.callee === "hello") return draft.know({ waiting: [{ kind: "reply", by: "operator", source, how }] });
  draft.know({ waiting: [], callee: undefined });
  say(draft, [lastWords], how);
}

export function heed(draft: Draft, news: DialogNews): void {
  const { reply } = draft.talk;
  switch (news.kind) {
    case "dialog-speaks": {
      const { speech, of, interruptible, preemptible } = news;
      if (reply?.preemptible) {
        draft.stopReply();
        draft.closeTurn(reply, true);
      }
      const source = { kind: "speech", speech, of } as const;
      return inTurn(draft, { kind: "reply", by: "dialog", source, how: { interruptible, preemptible } });
    }
    case "dialog-digits":
      return inTurn(draft, tones("dialog", news.digits));
    case "dialog-language": {
      const { speaks, listensFor } = news;
      return inTurn(draft, {
        kind: "retune",
        tuning: { ...(speaks && { speaks }), ...(listensFor && { listensFor }) },
      });
    }
    case "dialog-ends":
      if (isEnding(draft)) return;
      return endWhenSaid(draft, {
        how: "agent-hung-up",
        detail: "the application ended the conversation",
        ...(news.handoffData === undefined ? {} : { handoffData: news.handoffData }),
      });
    case "dialog-away":
      draft.decide(dialogAway(news.why));
      if (!reply && !draft.talk.callee && draft.rules.phrases.oneMoment) say(draft, [draft.rules.phrases.oneMoment]);
      return;
    case "dialog-note":
      return draft.decide(dialogNoted(news.note));
    case "dialog-failed":
      return apologise(draft, news.message);
    default:
      return news satisfies never;
  }
}

/** What was begun is said to its end, and nobody can stop it any more. */
function endWhenSaid(draft: Draft, end: CallEnd): void {
  const { reply, waiting } = draft.talk;
  const last = waiting.findLastIndex(({ kind }) => kind === "reply");
  const kept = { interruptible: "none", preemptible: false } as const;
  if (!reply && last < 0) return draft.hangUp(end);
  const ending = waiting.slice(0, last + 1).map((item, at) => {
    if (item.kind !== "reply") return item;
    return { ...item, how: { ...item.how, ...kept, ...(at === last && { endsCall: end }) } };
  });
  draft.know({ waiting: ending, reply: reply && { ...reply, ...kept, ...(last < 0 && { endsCall: end }) } });
}

/** The call ends with what is being said or waits to be, and nobody can stop it any more. */
function isEnding({ talk: { reply, waiting } }: Draft): boolean {
  const isLast = (it: Partial<Reply> | undefined): boolean => it?.endsCall !== undefined && it.interruptible === "none";
  return isLast(reply) || waiting.some((item) => item.kind === "reply" && isLast(item.how));
}
