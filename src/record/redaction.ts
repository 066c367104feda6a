import { type TextSort, withoutNumbers } from "./numbers/numbers.ts";
import type { BookEntry, CallEnd, Decision, Redaction, Turn } from "./record.ts";

/** What stands for a number. Not as long as it was: that would tell, too. */
const NUMBER = "[number]";

/**
 * A text as it may be read by whoever reads what is written of a call. `undefined`: all of it. Twice is once. `atLeast`: of how many
 * digits a number must be to be left out; fewer than usual where a text may be a piece of what was said.
 */
export function readable(
  text: string,
  redact: Redaction | undefined,
  sort: TextSort = "said",
  atLeast?: number,
): string {
  return redact === undefined ? text : withoutNumbers(text, NUMBER, sort, atLeast);
}

/** The same of an entry of the books, which is all that API, transcript and webhooks know of a call. */
export function readableEntry(entry: BookEntry, redact: Redaction | undefined): BookEntry {
  if (redact === undefined) return entry;
  switch (entry.kind) {
    case "turn":
      return { ...entry, turn: readableTurn(entry.turn, redact) };
    case "decision":
      return { ...entry, decision: readableDecision(entry.decision, redact) };
    case "close":
      return { ...entry, closing: { ...entry.closing, end: readableEnd(entry.closing.end, redact) } };
    case "open":
    case "answered":
    case "recording":
    case "usage":
      return entry;
    default:
      return entry satisfies never;
  }
}

function readableTurn(turn: Turn, redact: Redaction): Turn {
  const agentGenerated = readable(turn.agentGenerated, redact);
  const agentCharacters = [...turn.agentGenerated].length;
  return {
    ...turn,
    userText: readable(turn.userText, redact),
    agentGenerated,
    agentSent: readable(turn.agentSent, redact),
    agentHeard: readable(turn.agentHeard, redact),
    // What the voice was given costs as much as before.
    metrics: { ...(agentGenerated !== turn.agentGenerated && { agentCharacters }), ...turn.metrics },
  };
}

function readableDecision(decision: Decision, redact: Redaction): Decision {
  const inputs = Object.entries(decision.inputs).map(([name, value]) => [
    name,
    typeof value === "string" ? readable(value, redact, "told") : value,
  ]);
  return {
    ...decision,
    why: readable(decision.why, redact, "told"),
    inputs: Object.fromEntries(inputs),
    otherwise: readable(decision.otherwise, redact, "told"),
  };
}

const readableEnd = (end: CallEnd, redact: Redaction): CallEnd => ({
  ...end,
  detail: readable(end.detail, redact, "told"),
  ...(end.handoffData !== undefined && { handoffData: readable(end.handoffData, redact) }),
});
