import { type AudioFormat, sameFormat } from "../audio/format.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { abortable } from "../kit/abortable.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { BookEntry, CallEnd } from "../record/record.ts";
import type { SpeechToText, TextToSpeech } from "../speech/speech.ts";
import type { CallEvent, Effect, ReplyNews, ReplySource, TimerName } from "./events.ts";
import { clockedInbox, type Inbox } from "./inbox.ts";
import type { Line } from "./line.ts";
import { Playout } from "./playout.ts";
import { type Apology, reply } from "./reply.ts";
import { POLICY, type Policy } from "./rules.ts";
import { OPENING, step } from "./state.ts";
import { markName } from "./turn.ts";
import { openVoicebox, type Voicebox } from "./voicebox.ts";
import { type OutLine, setupOf, Witness } from "./witness.ts";

export type { CallEvent, Effect, Happening, HeardEvent } from "./events.ts";
export type { Inbox } from "./inbox.ts";
export type { Line, LineSignal } from "./line.ts";
export type { Apology } from "./reply.ts";
export { POLICY, type Policy } from "./rules.ts";

export type CallParts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agent: AgentProfile;
  readonly apology: (format: AudioFormat) => Apology;
  /** Everything that enters the call and everything it decides, in order. Must not block. */
  readonly journal: (entry: JournalEntry) => void;
  /** Turns and decisions, for the books. Must not block. */
  readonly write: (entry: BookEntry) => void;
  /** The caller's and the agent's sound go into the journal too. */
  readonly recordAudio?: boolean;
  readonly policy?: Policy;
  /** Stamped by the clock, unless the call is one that happens again. */
  readonly inbox?: Inbox;
};

/** A call whose ear and mouth are open although nobody speaks yet. */
export interface WarmCall {
  /** The call itself, from the line's `started` to its end. Rejects for nothing a phone call can do, only for our own bugs. */
  run(line: Line): Promise<CallEnd>;
}

/** Opens ear and mouth in the format the carrier usually speaks. Aborting `signal` lets go of everything, at any time. */
export function warmCall(parts: CallParts, format: AudioFormat, signal: AbortSignal): WarmCall {
  return new Call(parts, format, signal);
}

/** One phone call. Its loop is the only writer of the call's state; everything that happens comes to it through one mailbox. */
class Call implements WarmCall {
  readonly #parts: CallParts;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #inbox: Inbox;
  readonly #witness: Witness;
  readonly #policy: Policy;
  readonly #timers = new Map<TimerName, () => void>();
  #state = OPENING;
  #voicebox: Voicebox;
  #playout: Playout | undefined;
  #reply: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #decisions = 0;

  constructor(parts: CallParts, format: AudioFormat, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    const { journal, recordAudio = false, policy = POLICY } = parts;
    this.#policy = policy;
    this.#inbox = parts.inbox ?? clockedInbox(parts.clock);
    this.#witness = new Witness({ journal, recordAudio, now: () => this.#inbox.now() });
    journal({ atMs: this.#inbox.now(), call: setupOf(parts.agent, format, policy) });
    this.#voicebox = this.#open(format);
  }

  async run(line: Line): Promise<CallEnd> {
    // The hot path: plain calls, one frame at a time.
    line.onAudio = (payload, filled) => {
      this.#witness.audio(payload, filled);
      this.#voicebox.ear.hear(payload);
    };
    const out = this.#witness.line(line);
    line.onSignal = (signal) => {
      // At once, not when its turn comes in the mailbox: audio may stand right behind it in the same packet.
      if (signal.kind === "started") this.#tune(signal.format, out);
      this.#inbox.put(signal);
    };
    try {
      for await (const event of abortable(this.#inbox.events, this.#signal)) {
        this.#witness.event(event);
        for (const effect of this.#decide(event)) await this.#perform(effect, out);
        if (this.#state.phase === "ended") return this.#state.end;
      }
      throw new Error("the call's mailbox closed before the call ended");
    } finally {
      if (this.#state.phase !== "ended") this.#writeLast();
      this.#over.abort(new Error("the call is over"));
      for (const cancel of this.#timers.values()) cancel();
      await this.#reply?.done;
    }
  }

  #decide(event: CallEvent): readonly Effect[] {
    const { greeting, phrases, limits } = this.#parts.agent;
    const { state, effects } = step(this.#state, event, { greeting, phrases, limits, policy: this.#policy });
    this.#state = state;
    for (const effect of effects) this.#witness.effect(effect, event.atMs);
    return effects;
  }

  /** Cut off from outside, or by a mistake of ours: what was said up to here is written down all the same. */
  #writeLast(): void {
    const last = { kind: "cut-off", atMs: this.#inbox.now() } as const;
    this.#witness.event(last);
    for (const effect of this.#decide(last)) this.#write(effect);
  }

  async #perform(effect: Effect, line: OutLine): Promise<void> {
    switch (effect.do) {
      case "start-reply":
        this.#startReply(effect.generation, effect.source, line);
        return;
      case "stop-reply":
        // In this order: the reply is dead, then the line is cleared, then anything new may begin.
        this.#reply?.stop.abort(new Error("the reply was stopped"));
        await this.#reply?.done; // well under a millisecond: nothing in it waits without the signal
        this.#reply = undefined;
        this.#playout?.clear();
        return;
      case "set-timer":
        this.#timers.get(effect.timer)?.();
        this.#timers.set(
          effect.timer,
          this.#parts.clock.after(effect.ms, () => this.#inbox.put({ kind: "timer", timer: effect.timer })),
        );
        return;
      case "cancel-timer":
        this.#timers.get(effect.timer)?.();
        return;
      case "write-turn":
      case "decide":
        this.#write(effect);
        return;
      case "end":
        return;
      default:
        return effect satisfies never;
    }
  }

  /** What of it the books shall know. */
  #write(effect: Effect): void {
    const { write } = this.#parts;
    if (effect.do === "write-turn") write({ kind: "turn", turn: effect.turn });
    else if (effect.do === "decide") write({ kind: "decision", seq: ++this.#decisions, decision: effect.decision });
  }

  #startReply(generation: number, source: ReplySource, line: OutLine): void {
    const { format, mouth } = this.#voicebox;
    if (!this.#playout) throw new Error("a reply before the line has started");
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const parts = {
      mouth: this.#witness.mouth(mouth, generation),
      dialog: this.#parts.agent.dialog,
      playout: this.#playout,
      framing: line.framing(format),
      apology: () => this.#parts.apology(format),
      mark: (piece: number) => line.mark(markName(generation, piece)),
      tell: (event: ReplyNews) => {
        if (!signal.aborted) this.#inbox.put({ ...event, generation });
      },
    };
    this.#reply = { stop, done: reply(parts, source, signal) };
  }

  /** The line has said what it carries; when that is not what the ear and mouth were warmed with, they are opened anew. */
  #tune(format: AudioFormat, line: OutLine): void {
    const { clock, meter } = this.#parts;
    this.#witness.framing(line.framing(format));
    if (!sameFormat(format, this.#voicebox.format)) {
      this.#voicebox.close();
      meter.count("calls_retuned");
      this.#voicebox = this.#open(format);
    }
    this.#playout = new Playout(clock, line, format, this.#policy.reply.leadMs);
  }

  #open(format: AudioFormat): Voicebox {
    return openVoicebox(this.#parts, format, this.#signal, (event) => this.#inbox.put(event));
  }
}
