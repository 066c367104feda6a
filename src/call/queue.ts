import type { Draft, Waiting } from "./draft.ts";
import { start } from "./speaking.ts";
import { heardBetween, type Reply, remember } from "./turn.ts";

/** What is to be said by somebody else than the agent's own answers, one after the other and never over each other. */

/** At once where the agent is silent, else when it has finished. */
export function inTurn(draft: Draft, item: Waiting): void {
  draft.know({ waiting: [...draft.talk.waiting, item] });
  if (!draft.talk.reply) sayNext(draft);
}

/** The next of what waits. False when there is nothing to be said, or not yet: whoever took our call has not said hello. */
export function sayNext(draft: Draft): boolean {
  const [item, ...waiting] = draft.talk.waiting;
  if (!item || draft.talk.callee) return false;
  draft.know({ waiting });
  switch (item.kind) {
    case "retune":
      draft.effects.push({ do: "retune", tuning: item.tuning });
      return sayNext(draft);
    case "ask":
      draft.openTurn();
      ask(draft);
      return true;
    case "reply":
      // What a free dialog says may be the answer to the words that stand in the turn already.
      if (item.by === "operator" || !draft.talk.turn) draft.openTurn();
      start(draft, item.source, {
        ...item.how,
        ...(item.by !== "dialog" && { owed: { by: item.by, source: item.source } }),
      });
      return true;
    default:
      return item satisfies never;
  }
}

/** What is being said gives way to something more urgent. */
export function giveWay(draft: Draft): void {
  const { reply } = draft.talk;
  if (reply)
    draft.tellDialog({ kind: "interrupted", heard: heardBetween(reply, draft.atMs), afterMs: heardForMs(draft) });
  draft.breakOff();
  dropSpeeches(draft);
}

/** How long the caller has been hearing what is being said. */
export const heardForMs = ({ talk: { reply }, atMs }: Draft): number =>
  reply?.audibleMs === undefined ? 0 : Math.round(atMs - reply.audibleMs);

/** The caller has cut in: what the dialog was going to say is of the past. What others want said is not. */
export function dropSpeeches(draft: Draft): void {
  draft.know({ waiting: draft.talk.waiting.filter((item) => item.kind !== "reply" || item.by !== "dialog") });
}

/** It was stopped before the caller had heard anything of it. False when it need not be said. */
export function sayLater(draft: Draft, { owed, interruptible }: Reply): boolean {
  if (!owed) return false;
  draft.know({ waiting: [{ kind: "reply", ...owed, how: { interruptible } }, ...draft.talk.waiting] });
  return true;
}

/** Is the greeting to whoever took our call still to be said? */
export const owesGreeting = ({ talk: { waiting } }: Draft): boolean =>
  waiting[0]?.kind === "reply" && waiting[0].by === "greeting";

/** The dialog is to answer what has been said. A free one has been told, and does so when it likes: nothing waits for that. */
export function ask(draft: Draft): void {
  if (draft.rules.free) {
    const waits = draft.talk.waiting.some(({ kind }) => kind === "reply");
    return waits && sayNext(draft) ? undefined : draft.awaitCaller();
  }
  // All that waits for an answer stands in the history by now: one answer is enough.
  draft.know({ waiting: draft.talk.waiting.filter(({ kind }) => kind !== "ask") });
  start(draft, { kind: "dialog", history: [...draft.talk.history, ...remember(draft.turn, undefined, false)] });
}
