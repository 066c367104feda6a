import type { Call } from "../ui/told.ts";
import type { Asked } from "./asked.ts";
import { newer } from "./call-list.ts";
import type { Followed } from "./call-news.ts";

/** The call as the books have it, with what the feed has told since. */
export function withFollowed(known: Asked<Call>, live: Followed | undefined): Asked<Call> {
  if (!live) return known;
  if (known.state === "told") return { state: "told", told: merged(known.told, live) };
  // It may have begun a moment ago, and not be in the books yet.
  return { state: "told", told: merged({ ...live.call, turns: [], decisions: [] }, live) };
}

function merged(call: Call, { call: heard, turns, decisions }: Followed): Call {
  const known = new Map(call.turns.map((turn) => [turn.seq, turn]));
  const decided = new Map(call.decisions.map((decision, index) => [index + 1, decision]));
  return {
    ...newer(call, heard),
    turns: [...new Map([...known, ...turns]).values()].toSorted((a, b) => a.seq - b.seq),
    decisions: [...new Map([...decided, ...decisions])].toSorted(([a], [b]) => a - b).map(([, decision]) => decision),
  };
}
