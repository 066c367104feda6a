import type { Clock } from "../../kit/clock.ts";

/** Something that happened on a twin's line, as the telephone company would know it. */
export type TwinHappening =
  /** The first webhook left for the gateway. */
  | { readonly kind: "ringing" }
  /** A webhook of ours was answered; `name` is the one its URL ends in, such as `voice`. */
  | { readonly kind: "webhook-answered"; readonly name: string; readonly status: number; readonly body: string }
  /** The gateway told us to take the call away: `<Reject>`, or no stream to open. */
  | { readonly kind: "turned-away"; readonly why: string }
  /** The upgrade of the media socket was accepted, or not. */
  | { readonly kind: "upgraded" }
  | { readonly kind: "refused"; readonly status: number; readonly why: string }
  /** The first audio of the agent arrived. */
  | { readonly kind: "first-media" }
  /** The caller begins, and stops, to hear the agent. Between them the carrier's buffer never ran dry. */
  | { readonly kind: "playback-started" }
  | { readonly kind: "playback-ended" }
  | { readonly kind: "mark-received"; readonly name: string }
  /** `played`: playback came to it. `empty`: nothing was queued before it. `cleared`: its audio was thrown away. */
  | { readonly kind: "mark-returned"; readonly name: string; readonly why: "played" | "empty" | "cleared" }
  /** A mark that will never be returned, by fault or by the carrier's way with `clear`. */
  | { readonly kind: "mark-dropped"; readonly name: string }
  /** A mark named another generation than the one before; its messages are those since the last mark. */
  | { readonly kind: "generation"; readonly name: string; readonly firstMessage: number; readonly lastMessage: number }
  /** `droppedMs` of audio was thrown away; `playing`: the caller was hearing something. */
  | { readonly kind: "clear-received"; readonly droppedMs: number; readonly playing: boolean }
  /** Our scripted caller's voice begins, and stops, to be sent; `words` as given to `say`. */
  | { readonly kind: "speech-started"; readonly words: string }
  | { readonly kind: "speech-ended" }
  | { readonly kind: "key-pressed"; readonly digit: string }
  | { readonly kind: "closed"; readonly code: number; readonly by: "gateway" | "caller" | "network" }
  /** What the gateway wants done after the stream, such as `Hangup`. */
  | { readonly kind: "after-stream"; readonly verb: string }
  /** How the call stands, in the carrier's words, from a cloud that has it. */
  | { readonly kind: "status"; readonly status: string }
  /** The carrier itself says, or plays, something on the gateway's behalf; `url` or `digits` as they were given. */
  | { readonly kind: "said"; readonly words: string }
  | { readonly kind: "sounded"; readonly what: string }
  /** The carrier calls somebody on the gateway's behalf, and that is how it went. */
  | { readonly kind: "dialled"; readonly number: string; readonly callerId: string }
  | { readonly kind: "dial-ended"; readonly number: string; readonly status: string }
  | { readonly kind: "joined"; readonly room: string }
  | { readonly kind: "left"; readonly room: string }
  /** The gateway did something a carrier complains about; `code` is Twilio's debugger code or a name of ours. */
  | { readonly kind: "warning"; readonly code: string; readonly detail: string };

/** `atMs` is the twin's clock: comparable with `Clock.now()` of the clock it was given, unless the twin was sped up. */
export type TwinEvent = { readonly atMs: number } & TwinHappening;

export type TwinListener = (event: TwinEvent) => void;

/** What happened on one line, in order, for those who read it afterwards and those who wait for it. */
export class CallLog {
  readonly events: TwinEvent[] = [];
  readonly #clock: Clock;
  readonly #deadlines: Clock;
  readonly #listeners = new Set<TwinListener>();
  readonly #leave = new Set<(why: string) => void>();
  #over = false;

  /** `clock` stamps events; `deadlines` (the clock before any speeding up) measures how long waiters wait. */
  constructor(clock: Clock, deadlines: Clock) {
    this.#clock = clock;
    this.#deadlines = deadlines;
  }

  add(happening: TwinHappening): void {
    const event = { atMs: this.#clock.now(), ...happening };
    this.events.push(event);
    for (const listener of [...this.#listeners]) listener(event);
  }

  on(listener: TwinListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first event from position `from` on that `wanted` accepts, past ones included. Rejects after `timeoutMs`, or as
   * soon as the call is over without one; the error prints the log.
   */
  waitFor(wanted: (event: TwinEvent) => boolean, timeoutMs: number, from = 0): Promise<TwinEvent> {
    const past = this.events.slice(from).find(wanted);
    if (past) return Promise.resolve(past);
    if (this.#over) return Promise.reject(this.#missing("the call is over", wanted));
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        cancel();
        off();
        this.#leave.delete(giveUp);
        settle();
      };
      const giveUp = (why: string): void => done(() => reject(this.#missing(why, wanted)));
      const cancel = this.#deadlines.after(timeoutMs, () => giveUp(`${timeoutMs} ms passed`));
      const off = this.on((event) => {
        if (wanted(event)) done(() => resolve(event));
      });
      this.#leave.add(giveUp);
    });
  }

  /** Nothing more will be added. Those who still wait are told. */
  close(): void {
    this.#over = true;
    for (const giveUp of [...this.#leave]) giveUp("the call is over");
  }

  #missing(why: string, wanted: (event: TwinEvent) => boolean): Error {
    return new Error(`${why} and no event matched ${String(wanted)}; the twin's log:\n${printLog(this.events)}`);
  }
}

/** One event a line, times in milliseconds since the first. */
function printLog(events: readonly TwinEvent[]): string {
  const start = events[0]?.atMs ?? 0;
  return events
    .map(({ atMs, ...happening }) => `${(atMs - start).toFixed(1).padStart(9)}  ${JSON.stringify(happening)}`)
    .join("\n");
}
