import type { CallEnd } from "../record/record.ts";
import { begin, take } from "./conversation.ts";
import { Draft, type Talk } from "./draft.ts";
import type { CallEvent, Effect, Order } from "./events.ts";
import { DEAF } from "./hearing.ts";
import { obey } from "./orders.ts";
import type { Rules } from "./rules.ts";

/**
 * Where a call can be.
 *
 * - `opening`: the line is being connected. `started` → `open`, with the greeting.
 * - `open`: the call is up. Without a `reply` the agent listens; with one it thinks until its first sound (`audibleMs`), then
 *   speaks until the carrier's marks, or a cap on them, say that the caller heard the end of it.
 *   - The caller's words → the same turn goes on if nothing of its answer was heard yet, else a new one; the dialog is asked.
 *   - The caller's sounds while the agent speaks → the reply stops and the line is cleared. While it thinks they do nothing:
 *     a cough must not kill the answer. Sounds that were no words → what they stopped is said after all.
 *   - Silence → asked whether anybody is there, as often as there are phrases for it, then goodbye.
 *   - A reply that could not be given → asked to say it again; the second time in a row, or without an ear, the recorded apology.
 *   - A reply with an `endsCall` ends the call once it is over; speaking into it keeps the line, if it may be interrupted.
 *   - A free dialog is told what happens and speaks when it likes; what it says, and what is ordered from outside, waits its turn.
 *   - Whoever takes a call of ours says hello first; a machine is let finish.
 * - `ended`: one `CallEnd`; nothing more happens.
 */
export type CallState =
  /** `deaf`: the ear failed before anybody spoke, and why. `orders`: given before there was anybody to carry them out for. */
  | { readonly phase: "opening"; readonly deaf?: string; readonly orders?: readonly Order[] }
  | { readonly phase: "open"; readonly talk: Talk }
  | { readonly phase: "ended"; readonly end: CallEnd };

export type Step = { readonly state: CallState; readonly effects: readonly Effect[] };

export const OPENING: CallState = { phase: "opening" };
const SILENT: Talk = {
  hearing: DEAF,
  history: [],
  turns: 0,
  generation: 0,
  asked: 0,
  failures: 0,
  keys: "",
  waiting: [],
};

/** The whole policy of a call. Pure: no clock, no socket, no promise; the same events give the same effects. */
export function step(state: CallState, event: CallEvent, rules: Rules): Step {
  switch (state.phase) {
    case "ended":
      return { state, effects: [] };
    case "opening":
      return opening(state, event, rules);
    case "open": {
      const draft = new Draft(state.talk, event.atMs, rules);
      take(draft, event);
      return conclude(draft);
    }
  }
}

function opening(state: CallState & { phase: "opening" }, event: CallEvent, rules: Rules): Step {
  switch (event.kind) {
    case "started": {
      const draft = new Draft(SILENT, event.atMs, rules);
      begin(draft, state.deaf);
      for (const order of state.orders ?? []) if (!draft.end) obey(draft, order);
      return conclude(draft);
    }
    case "ear-failed":
      return { state: { ...state, deaf: event.message }, effects: [] };
    case "order":
      return { state: { ...state, orders: [...(state.orders ?? []), event.order] }, effects: [] };
    case "line-over":
      return over({ how: event.how, detail: event.detail });
    case "cut-off":
      return over({ how: "carrier-lost", detail: "cut off" });
    case "drain-forced":
      return over({ how: "drain-forced", detail: "the line was not up yet" });
    default:
      return { state, effects: [] };
  }
}

const conclude = ({ talk, effects, end }: Draft): Step =>
  end
    ? { state: { phase: "ended", end }, effects: [...effects, { do: "end", end }] }
    : { state: { phase: "open", talk }, effects };

const over = (end: CallEnd): Step => ({ state: { phase: "ended", end }, effects: [{ do: "end", end }] });
