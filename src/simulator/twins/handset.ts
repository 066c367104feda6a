import type { Clock } from "../../kit/clock.ts";
import type { TwilioStatus } from "./twilio-rest-wire.ts";

/** A telephone with a real person at it: they pick up, talk, press keys and hang up by themselves. Sound is µ-law at 8 kHz. */
export interface Handset {
  /** Rings until it is picked up, or turned down; `signal`: whoever rings has given up. */
  ring(call: RingingCall, signal: AbortSignal): Promise<"answered" | "busy" | "no-answer">;
  /** The call that it placed is answered. Resolves when the person can hear, to `false` where they never will. */
  answered(callSid: string): Promise<boolean>;
  /** Its call has come to this end. */
  over(status: TwilioStatus): void;
  /** Puts it through to somebody, until `signal` aborts. */
  talk(party: Party, signal: AbortSignal): void;
  /** Resolves when the person hangs up, or is lost. */
  readonly hungUp: Promise<void>;
}

/** What is said of a call where it rings. */
export type RingingCall = {
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** Whom a handset talks to. */
export interface Party {
  hear(frame: Buffer): void;
  key(digit: string): void;
  /** What it says in the 20 ms before this time, which is not in the future; `undefined`: nothing. */
  speak(untilMs: number): Buffer | undefined;
}

export const FRAME_MS = 20;
/** More than this between two people is delay that nobody asked for. */
const LONGEST_QUEUE = 10;

/** Two handsets hear each other until `signal` aborts. */
export function bridge(one: Handset, other: Handset, signal: AbortSignal): void {
  const [toOne, toOther]: [Buffer[], Buffer[]] = [[], []];
  one.talk(between(toOther, toOne), signal);
  other.talk(between(toOne, toOther), signal);
}

function between(heard: Buffer[], spoken: Buffer[]): Party {
  return {
    hear(frame) {
      heard.push(frame);
      if (heard.length > LONGEST_QUEUE) heard.shift();
    },
    key: () => {},
    speak: () => spoken.shift(),
  };
}

/** Calls `then` with the end of each 20 ms from now on, late ones soon after each other, until the returned function is called. */
export function everyFrame(clock: Clock, then: (untilMs: number) => void): () => void {
  let untilMs = clock.now();
  let cancel = (): void => {};
  const pace = (): void => {
    // A machine that slept has nothing to make up for.
    if (clock.now() - untilMs > LATEST_MS) untilMs = clock.now();
    for (; untilMs <= clock.now(); untilMs += FRAME_MS) then(untilMs);
    cancel = clock.after(Math.max(0, Math.ceil(untilMs - clock.now())), pace);
  };
  pace();
  return () => cancel();
}

const LATEST_MS = 1000;
