import type { CallEvent } from "../../call/call.ts";
import type { Difference, LineNote } from "./replayed.ts";
import { eventInWords } from "./words.ts";

/** What is wrong whatever the recording says, since it can be known from the replay alone. */

/** Instants are sums of many fractions. */
const TOLERANCE_MS = 1;

/** A reply that is sent says how much of it is still to be played; the line knows. */
export function wrongLead(event: CallEvent, leadMs: number): Difference | undefined {
  if (event.kind !== "reply-sent" || Math.abs(event.leadMs - leadMs) <= TOLERANCE_MS) return undefined;
  const told = Math.round(event.leadMs);
  return {
    atMs: event.atMs,
    about: `${eventInWords(event)}, and of it is still to be played`,
    was: `${Math.round(leadMs)} ms, by what was sent`,
    now: `${told} ms, by what it says`,
  };
}

/** Sound that was sent further ahead of the caller's ear than it may be: the first. */
export function tooFarAhead(notes: readonly LineNote[], leadMs: number): Difference | undefined {
  let heardAllMs = 0;
  for (const note of notes) {
    if (note.do === "clear") heardAllMs = note.atMs;
    if (note.do !== "play") continue;
    heardAllMs = Math.max(heardAllMs, note.atMs) + note.ms;
    const aheadMs = heardAllMs - note.atMs;
    if (aheadMs <= Math.max(leadMs, note.ms) + TOLERANCE_MS) continue;
    const now = `${Math.round(aheadMs)} ms ahead of the caller's ear`;
    return { atMs: note.atMs, about: "sent to the carrier", was: `at most ${leadMs} ms ahead`, now };
  }
  return undefined;
}
