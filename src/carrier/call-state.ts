import type { AnsweredBy, CallState, MachineReport, Malformed } from "./carrier.ts";
import { malformed, wireId } from "./wire.ts";

/** Carriers' words for how a call stands, lower-case. No word means one thing here and another there. */
const STATES: Readonly<Record<string, CallState>> = {
  queued: "queued",
  initiated: "queued",
  ringing: "ringing",
  "in-progress": "in-progress",
  answered: "in-progress",
  completed: "completed",
  busy: "busy",
  "no-answer": "no-answer",
  timeout: "no-answer",
  failed: "failed",
  canceled: "canceled",
  cancelled: "canceled",
  cancel: "canceled",
};

const ENDS: readonly CallState[] = ["completed", "busy", "no-answer", "failed", "canceled"];

/** What this word of a carrier's says of a call; `undefined` where we do not know it, which is then no end. */
export const callState = (word: string): CallState | undefined =>
  Object.hasOwn(STATES, word.toLowerCase()) ? STATES[word.toLowerCase()] : undefined;

export const isEnd = (state: CallState | undefined): boolean => state !== undefined && ENDS.includes(state);

/** A word such as `human`, `machine_start`, `machine_end_beep`, `fax`; those of a kind we do not know are `unknown`. */
export function machineReport(carrierCallId: string, word: string): MachineReport | Malformed {
  if (!wireId.safeParse(carrierCallId).success) return malformed("the call's id: missing");
  if (word === "") return malformed("AnsweredBy: missing");
  const said = word.toLowerCase();
  const answeredBy = BEGINNINGS.find((beginning) => said.startsWith(beginning)) ?? "unknown";
  return { carrierCallId, answeredBy, ...(/^machine_end/.test(said) && { greetingOver: true }) };
}

const BEGINNINGS: readonly AnsweredBy[] = ["human", "machine", "fax"];
