import type { CallEvent } from "../../call/call.ts";
import type { CallEnd } from "../../record/record.ts";
import {
  beginsTheSame,
  behavesTheSame,
  differencesAfter,
  eventDifference,
  lineDifference,
  missing,
  type Outcome,
  timersSetOtherwise,
  unrecorded,
} from "./differences.ts";
import { tooFarAhead } from "./oddities.ts";
import { causesOf, decisionsOf, outcomeOf, turnsOf } from "./outcome.ts";
import { type RecordedCall, type RecordedEvent, sentIn } from "./recorded-call.ts";
import type { Difference, Replayed, ReplayParts } from "./replayed.ts";
import { Stage } from "./stage.ts";

/** Timers may ring up to a millisecond early, one after the other, and did so in the recording: how far we look ahead for them. */
const EARLY_MS = [0, 1, 3, 8];
/** How much later than here things happened on a busy machine. What has waited longer for its turn has none. */
const LATE_MS = 2000;
/** The same at the end of the recording: what came last may never have been taken. */
const LAST_MS = 500;
/** How long a call that goes on longer than its recording is given to come to an end, with a silent caller. */
const AFTERWARDS_MS = 15_000;

/**
 * Plays a recorded call back through the real call under a virtual clock: line, ear, dialog and voice do again what they did, at
 * the instants at which they did it. As long as the call decides the same, everything is as recorded, to the microsecond. From
 * the first difference on, what depends on us (marks, replies) is modelled, and the caller goes on as recorded.
 */
export function replayInputs(call: RecordedCall, parts: ReplayParts): Promise<Replayed> {
  return new Rerun(call, parts).run();
}

class Rerun {
  readonly #call: RecordedCall;
  readonly #parts: ReplayParts;
  readonly #stage: Stage;
  readonly #was: Outcome;
  readonly #causes: string;
  /** The journal was cut off in mid-call. */
  readonly #torn: boolean;
  #difference: Difference | undefined;

  constructor(call: RecordedCall, parts: ReplayParts) {
    this.#call = call;
    this.#parts = parts;
    this.#stage = new Stage(call, parts);
    this.#was = outcomeOf(call);
    this.#causes = causesOf(call, parts);
    this.#torn = !call.events.some(({ effects }) => effects.some(({ do: what }) => what === "end"));
  }

  async run(): Promise<Replayed> {
    const rest = await this.#inStep();
    if (rest) await this.#onItsOwn(rest);
    const { entries, line, gate } = this.#stage;
    // Before a torn recording's call is ended for it.
    const kept = [...entries];
    const now = { decisions: decisionsOf(kept), turns: turnsOf(kept), end: await this.#end() };
    return {
      ...now,
      line: line.notes,
      entries: kept,
      lastsMs: gate.now(),
      differences: this.#differences(now),
      ...(this.#difference ? { modelledFromMs: this.#difference.atMs } : {}),
    };
  }

  #differences(now: Outcome): readonly Difference[] {
    const { entries, line, oddities } = this.#stage;
    const first = this.#difference;
    const ahead = tooFarAhead(line.notes, this.#parts.policy.reply.leadMs);
    const sent = first ? undefined : lineDifference(this.#call.sent, sentIn(entries), this.#torn);
    const odd = [...oddities, ...[ahead, sent].flatMap((one) => one ?? [])].sort((a, b) => a.atMs - b.atMs);
    return first ? [first, ...odd, ...differencesAfter(this.#call, now, this.#was, first.atMs)] : odd;
  }

  /** As long as the call does what it did. Gives the events from the first difference on, which has happened already. */
  async #inStep(): Promise<readonly RecordedEvent[] | undefined> {
    const { events } = this.#call;
    for (const [index, recorded] of events.entries()) {
      const rang = await this.#pass(recorded.event.atMs);
      const rest = events.slice(index + 1);
      this.#difference = rang ?? (await this.#again(recorded, rest));
      if (this.#difference) return rang ? [recorded, ...rest] : rest;
    }
    const lastMs = events.at(-1)?.event.atMs ?? 0;
    if (!this.#torn) this.#difference = this.#extra(lastMs - LAST_MS, []);
    return this.#difference ? [] : undefined;
  }

  /** Lets time pass. A timer that was set for another time than in the recording, and rings before, may make a difference. */
  async #pass(untilMs: number): Promise<Difference | undefined> {
    const { clock, gate } = this.#stage;
    while ((clock.next ?? untilMs) < untilMs) {
      await clock.advanceTo(gate.hasOwnTimers ? (clock.next ?? untilMs) : untilMs);
      const rang = gate.takeRang();
      if (!rang) continue;
      this.#stage.effects = [];
      gate.admit(rang);
      await clock.advanceTo(clock.now());
      const { effects } = this.#stage;
      if (effects.length > 0) return eventDifference(rang, { was: [], now: effects }, this.#causes);
    }
    return undefined;
  }

  async #again({ event, effects }: RecordedEvent, rest: readonly RecordedEvent[]): Promise<Difference | undefined> {
    const happened = await this.#happens(event);
    if (!happened) return missing(event, this.#causes);
    const both = { was: effects, now: this.#stage.effects };
    const figures = happened.kind === "sent" && event.kind === "sent" && happened.audioMs !== event.audioMs;
    const same = this.#torn && rest.length === 0 ? beginsTheSame(both) : behavesTheSame(both);
    if (figures || !same) return eventDifference(event, both, this.#causes, happened);
    for (const timer of timersSetOtherwise(both)) this.#stage.gate.own(timer);
    return this.#extra(event.atMs - LATE_MS, rest);
  }

  /** The same happens again, and everything that comes of it. */
  async #happens(event: CallEvent): Promise<CallEvent | undefined> {
    const { clock, gate } = this.#stage;
    await clock.advanceTo(event.atMs);
    this.#stage.effects = [];
    this.#stage.deliver(event);
    let happened: CallEvent | undefined = event.kind === "cut-off" ? event : undefined; // it does not come through the gate
    for (const earlyMs of EARLY_MS) {
      if (happened) break;
      await clock.advanceTo(event.atMs + earlyMs);
      happened = gate.admit(event);
    }
    await clock.advanceTo(event.atMs);
    return happened;
  }

  /** What happened now before that instant, and neither has happened in the recording nor will. */
  #extra(beforeMs: number, rest: readonly RecordedEvent[]): Difference | undefined {
    const event = this.#stage.gate.extra(beforeMs, rest);
    return event && unrecorded(event, this.#causes);
  }

  /** The call goes its own way: the caller does what the recording says, everything else follows from what is done now. */
  async #onItsOwn(rest: readonly RecordedEvent[]): Promise<void> {
    const { clock, line } = this.#stage;
    this.#stage.free();
    for (const { event } of rest) {
      await clock.advanceTo(event.atMs);
      if (this.#stage.isOver) return;
      if (event.kind !== "played") this.#stage.deliver(event);
    }
    const untilMs = clock.now() + AFTERWARDS_MS;
    while (!this.#stage.isOver && (clock.next ?? untilMs) < untilMs) await clock.advanceTo(clock.next ?? untilMs);
    if (this.#stage.isOver) return;
    await clock.advanceTo(untilMs);
    line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "the recording ends here" });
    await clock.advanceTo(untilMs);
  }

  async #end(): Promise<CallEnd> {
    if (this.#stage.isOver) return (await this.#stage.end()) ?? outcomeOf(this.#call).end;
    this.#stage.free();
    this.#stage.cutOff(this.#stage.gate.now());
    await this.#stage.end();
    return { how: "interrupted", detail: "the recording ends here" };
  }
}
