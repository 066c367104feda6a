import { isDeepStrictEqual } from "node:util";
import type { CallEvent, Happening, Inbox } from "../../call/call.ts";
import { type Clock, sinceMs } from "../../kit/clock.ts";
import { Mailbox } from "../../kit/mailbox.ts";

type Waiting = { readonly event: CallEvent; stale: boolean };

/** A timer that was called off in the same breath in which it rang may still have been heard. */
const BREATH_MS = 50;

/**
 * The inbox of a call that happens again. While it is shut, what happens waits until the recording says that it happened, and
 * enters at the recorded instant: a live call's threads, timers and sockets took their time, and here they take the same. Once it
 * is `open`, things enter as they happen.
 */
export class Gate implements Inbox {
  readonly #clock: Clock;
  readonly #seen: (event: CallEvent) => void;
  readonly #beganAt: number;
  readonly #entered = new Mailbox<CallEvent>();
  #waiting: Waiting[] = [];
  readonly #ownTimers = new Set<string>();
  #isOpen = false;
  #nowMs: number | undefined;
  #rang: CallEvent | undefined;

  /** `seen` is told of everything when it happens, whether it may enter or not. */
  constructor(clock: Clock, seen: (event: CallEvent) => void = () => {}) {
    this.#clock = clock;
    this.#seen = seen;
    this.#beganAt = clock.now();
  }

  get events(): AsyncIterable<CallEvent> {
    return this.#entered;
  }

  now(): number {
    if (this.#nowMs !== undefined) return this.#nowMs;
    return sinceMs(this.#clock, this.#beganAt);
  }

  put(happening: Happening): void {
    const event = { ...happening, atMs: this.now() };
    this.#seen(event);
    if (this.#isOpen) return this.#entered.put(event);
    if (happening.kind === "timer" && this.#ownTimers.has(happening.timer)) this.#rang ??= event;
    this.#waiting.push({ event, stale: false });
  }

  /** It has happened by itself already, and waits to be let in. */
  holds(recorded: CallEvent): boolean {
    return this.#waiting.some(({ event, stale }) => !stale && isSame(event, recorded));
  }

  /** From now on it is this instant. */
  stopAt(atMs: number): void {
    this.#nowMs = atMs;
  }

  /** This timer is set for another time than in the recording, which does not know when it rings. Until it is set anew. */
  own(timer: string): void {
    this.#ownTimers.add(timer);
  }

  get hasOwnTimers(): boolean {
    return this.#ownTimers.size > 0;
  }

  /** The first of those timers that rang while the gate was shut; once. */
  takeRang(): CallEvent | undefined {
    const rang = this.#rang;
    this.#rang = undefined;
    return rang;
  }

  /** A timer was set anew or called off: what rang before does not count any more. */
  callOff(timer: string): void {
    this.#ownTimers.delete(timer);
    for (const it of this.#waiting) if (it.event.kind === "timer" && it.event.timer === timer) it.stale = true;
  }

  /** A reply was stopped: what it said before does not count any more. */
  dropNews(): void {
    for (const it of this.#waiting) if ("generation" in it.event) it.stale = true;
  }

  /** What happened before `beforeMs`, counts, and is not going to happen in the recording, whose further events are given. */
  extra(beforeMs: number, further: readonly { readonly event: CallEvent }[]): CallEvent | undefined {
    const old = this.#waiting.filter(({ event, stale }) => !stale && event.atMs < beforeMs);
    return old.find(({ event }) => !further.some((recorded) => isSame(event, recorded.event)))?.event;
  }

  /** Lets in what was recorded, if the same has happened now. Gives what happened, whose figures may differ a little. */
  admit(recorded: CallEvent): CallEvent | undefined {
    const same = this.#waiting.filter(({ event }) => isSame(event, recorded));
    const found = same.find(({ stale }) => !stale) ?? same.find(({ event }) => isInOneBreath(event, recorded));
    if (!found) return undefined;
    this.#waiting = this.#waiting.filter((other) => other !== found);
    this.#entered.put(recorded);
    return found.event;
  }

  /** From now on things enter as they happen, those that were waiting first. */
  open(): void {
    this.#isOpen = true;
    for (const { event, stale } of this.#waiting.splice(0))
      if (!stale) this.#entered.put({ ...event, atMs: this.now() });
  }
}

/** The same but for its instant and figures: how long a sound was, how much of it was still to be played. */
function isSame(event: CallEvent, recorded: CallEvent): boolean {
  const bare = ({ atMs: _, ...fields }: CallEvent): object => {
    if (fields.kind === "sent") return { ...fields, audioMs: 0 };
    return fields.kind === "reply-sent" ? { ...fields, leadMs: 0 } : fields;
  };
  return event.kind === recorded.kind && isDeepStrictEqual(bare(event), bare(recorded));
}

/** What a stopped reply said late is known by its number, and changes nothing; a timer might be another one of its name. */
const isInOneBreath = (event: CallEvent, recorded: CallEvent): boolean =>
  event.kind !== "timer" || recorded.atMs - event.atMs <= BREATH_MS;
