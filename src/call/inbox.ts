import { type Clock, sinceMs } from "../kit/clock.ts";
import { Mailbox } from "../kit/mailbox.ts";
import type { CallEvent, Happening } from "./events.ts";

/**
 * Where everything that happens to a call gets its instant and its place in the order. Live calls take both from the clock; a
 * replay takes them from the recording.
 */
export interface Inbox {
  /** Milliseconds since the call began, to the microsecond. */
  now(): number;
  put(happening: Happening): void;
  /** One reader. */
  readonly events: AsyncIterable<CallEvent>;
}

/** The call begins now, by `clock`. */
export function clockedInbox(clock: Clock): Inbox {
  const beganAt = clock.now();
  const events = new Mailbox<CallEvent>();
  const now = (): number => sinceMs(clock, beganAt);
  return { now, put: (happening) => events.put({ ...happening, atMs: now() }), events };
}
