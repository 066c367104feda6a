import { type AudioFormat, sameFormat } from "../audio/format.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { abortable } from "../kit/abortable.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { Mailbox } from "../kit/mailbox.ts";
import type { Meter } from "../kit/meter.ts";
import type { BookEntry, CallEnd } from "../record/record.ts";
import type { Ear, Heard, Mouth, SpeechToText, TextToSpeech } from "../speech/speech.ts";
import type { CallEvent, Effect, ReplySource, TimerName } from "./events.ts";
import type { Line } from "./line.ts";
import { Playout } from "./playout.ts";
import { type Apology, reply } from "./reply.ts";
import { POLICY, type Policy } from "./rules.ts";
import { OPENING, step } from "./state.ts";
import { markName } from "./turn.ts";

export type { Line, LineSignal } from "./line.ts";
export type { Apology } from "./reply.ts";

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
  readonly policy?: Policy;
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

type Unstamped = CallEvent extends infer E ? (E extends CallEvent ? Omit<E, "atMs"> : never) : never;

/** Ear and mouth in one format, and the way to close both. */
type Voicebox = {
  readonly format: AudioFormat;
  readonly ear: Ear;
  readonly mouth: Mouth;
  readonly stop: AbortController;
};

/** One phone call. Its loop is the only writer of the call's state; everything that happens comes to it through one mailbox. */
class Call implements WarmCall {
  readonly #parts: CallParts;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #events = new Mailbox<CallEvent>();
  readonly #timers = new Map<TimerName, () => void>();
  readonly #beganAt: number;
  #voicebox: Voicebox;
  #playout: Playout | undefined;
  #reply: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #decisions = 0;

  constructor(parts: CallParts, format: AudioFormat, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#beganAt = parts.clock.now();
    this.#voicebox = this.#open(format);
  }

  async run(line: Line): Promise<CallEnd> {
    const { agent, policy = POLICY } = this.#parts;
    const rules = { greeting: agent.greeting, phrases: agent.phrases, limits: agent.limits, policy };
    let state = OPENING;
    line.onAudio = (payload) => this.#voicebox.ear.hear(payload); // the hot path: one plain call a frame
    line.onSignal = (signal) => this.#put(signal);
    try {
      for await (const event of abortable(this.#events, this.#signal)) {
        this.#parts.journal({ atMs: event.atMs, in: event });
        if (event.kind === "started") this.#tune(event.format, line, policy);
        const next = step(state, event, rules);
        state = next.state;
        for (const effect of next.effects) {
          this.#parts.journal({ atMs: event.atMs, out: effect });
          await this.#perform(effect, line);
        }
        if (state.phase === "ended") return state.end;
      }
      throw new Error("the call's mailbox closed before the call ended");
    } finally {
      this.#over.abort(new Error("the call is over"));
      for (const cancel of this.#timers.values()) cancel();
      await this.#reply?.done;
    }
  }

  async #perform(effect: Effect, line: Line): Promise<void> {
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
          this.#parts.clock.after(effect.ms, () => this.#put({ kind: "timer", timer: effect.timer })),
        );
        return;
      case "cancel-timer":
        this.#timers.get(effect.timer)?.();
        return;
      case "write-turn":
        this.#parts.write({ kind: "turn", turn: effect.turn });
        return;
      case "decide":
        this.#decisions++;
        this.#parts.write({ kind: "decision", seq: this.#decisions, decision: effect.decision });
        return;
      case "end":
        return;
    }
  }

  #startReply(generation: number, source: ReplySource, line: Line): void {
    const { format, mouth } = this.#voicebox;
    if (!this.#playout) throw new Error("a reply before the line has started");
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const parts = {
      mouth,
      dialog: this.#parts.agent.dialog,
      playout: this.#playout,
      framing: line.framing(format),
      apology: () => this.#parts.apology(format),
      mark: (piece: number) => line.mark(markName(generation, piece)),
      tell: (event: object) => {
        if (!signal.aborted) this.#put({ ...event, generation } as Unstamped);
      },
    };
    this.#reply = { stop, done: reply(parts, source, signal) };
  }

  /** The line has said what it carries; when that is not what the ear and mouth were warmed with, they are opened anew. */
  #tune(format: AudioFormat, line: Line, policy: Policy): void {
    if (!sameFormat(format, this.#voicebox.format)) {
      this.#voicebox.stop.abort(new Error("the line carries another format"));
      this.#parts.meter.count("calls_retuned");
      this.#voicebox = this.#open(format);
    }
    this.#playout = new Playout(this.#parts.clock, line, format, policy.leadMs);
  }

  #open(format: AudioFormat): Voicebox {
    const { stt, tts, agent, log } = this.#parts;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const ear = stt.listen({ format, language: agent.listensFor }, signal);
    const mouth = tts.open({ format, voice: agent.voice }, signal);
    each(abortable(ear, signal), (heard) => this.#put(plain(heard))).catch((error: unknown) => {
      if (!signal.aborted) {
        log.error({ err: error }, "the ear broke");
        this.#put({ kind: "ear-failed", message: String(error) });
      }
    });
    return { format, ear, mouth, stop };
  }

  #put(event: Unstamped): void {
    this.#events.put({ ...event, atMs: this.#parts.clock.now() - this.#beganAt } as CallEvent);
  }
}

/** Events are data: they are written to the journal, so an error goes in as its message. */
function plain(heard: Heard): Unstamped {
  return heard.kind === "ear-failed" ? { kind: "ear-failed", message: heard.error.message } : heard;
}

async function each<T>(source: AsyncIterable<T>, use: (item: T) => void): Promise<void> {
  for await (const item of source) use(item);
}
