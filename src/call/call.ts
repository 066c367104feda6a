import { type AudioFormat, sameFormat } from "../audio/format.ts";
import type { AgentProfile, CallFacts, TokenUsage } from "../dialog/dialog.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { abortable } from "../kit/abortable.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import type { BookEntry, CallEnd } from "../record/record.ts";
import type { SpeechToText, TextToSpeech } from "../speech/speech.ts";
import { Captions } from "./captions.ts";
import type { CallEvent, Effect, Happening, Order } from "./events.ts";
import { clockedInbox, type Inbox } from "./inbox.ts";
import type { Caption, Line } from "./line.ts";
import type { Apology } from "./reply.ts";
import { POLICY, type Policy, type Rules } from "./rules.ts";
import { Speaker } from "./speaker.ts";
import { OPENING, step } from "./state.ts";
import { Timers } from "./timers.ts";
import { Voicebox } from "./voicebox.ts";
import { type OutLine, setupOf, Witness } from "./witness.ts";

export type { CallEvent, Effect, Happening, HeardEvent, Order, ReplySource, Tuning } from "./events.ts";
export type { Inbox } from "./inbox.ts";
export type { Caption, Line, LineSignal } from "./line.ts";
export type { Apology } from "./reply.ts";
export { POLICY, type Policy } from "./rules.ts";
export { voiceAfter } from "./voicebox.ts";

export type CallParts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agent: AgentProfile;
  /** What a free dialog is told of the call when it joins. */
  readonly facts?: CallFacts;
  readonly apology: (format: AudioFormat) => Apology;
  /** Everything that enters the call and everything it decides, in order. Must not block. */
  readonly journal: (entry: JournalEntry) => void;
  /** Turns and decisions, for the books. Must not block. */
  readonly write: (entry: BookEntry) => void;
  /** What a screen shows of the call, for others than the screen that the line may lead to. Must not block. */
  readonly show?: (caption: Caption) => void;
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
  /** Somebody at the controls wants this. What cannot be done any more is not. */
  order(order: Order): void;
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
  readonly #rules: Rules;
  readonly #timers: Timers;
  readonly #voicebox: Voicebox;
  readonly #speaker: Speaker;
  readonly #captions = new Captions();
  #state = OPENING;
  #decisions = 0;
  #answers = 0;

  constructor(parts: CallParts, format: AudioFormat, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    const { clock, journal, write, apology, facts, recordAudio = false, policy = POLICY } = parts;
    this.#rules = { ...parts.agent, free: "join" in parts.agent.dialog, policy };
    this.#inbox = parts.inbox ?? clockedInbox(clock);
    const put = (happening: Happening): void => this.#inbox.put(happening);
    this.#witness = new Witness({ journal, recordAudio, now: () => this.#inbox.now() });
    journal({ atMs: this.#inbox.now(), call: setupOf(parts.agent, format, policy) });
    this.#timers = new Timers(clock, (timer) => put({ kind: "timer", timer }));
    this.#voicebox = new Voicebox(parts, format, this.#signal, put);
    const voice = { clock, facts, apology, put, voicebox: this.#voicebox, witness: this.#witness };
    const spend = (usage: TokenUsage): void => write({ kind: "usage", seq: ++this.#answers, usage });
    const { dialog } = parts.agent;
    this.#speaker = new Speaker({ ...voice, dialog, spend, leadMs: policy.reply.leadMs }, this.#signal);
  }

  order(order: Order): void {
    this.#inbox.put({ kind: "order", order });
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
        const effects = this.#decide(event);
        for (const effect of effects) await this.#perform(effect);
        this.#show(line, event, effects);
        if (this.#state.phase === "ended") return this.#state.end;
      }
      throw new Error("the call's mailbox closed before the call ended");
    } finally {
      if (this.#state.phase !== "ended") this.#writeLast();
      this.#over.abort(new Error("the call is over"));
      this.#timers.cancelAll();
      await this.#speaker.silence();
    }
  }

  #decide(event: CallEvent): readonly Effect[] {
    const { state, effects } = step(this.#state, event, this.#rules);
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

  async #perform(effect: Effect): Promise<void> {
    switch (effect.do) {
      case "start-reply":
        return this.#speaker.start(effect.generation, effect.source);
      case "stop-reply":
        return this.#speaker.stop();
      case "join-dialog":
        return this.#speaker.join();
      case "tell-dialog":
        return this.#speaker.tell(effect.fact);
      case "retune":
        return this.#voicebox.retune(effect.tuning);
      case "record":
        return this.#witness.record(effect.on);
      case "set-timer":
        return this.#timers.set(effect.timer, effect.ms);
      case "cancel-timer":
        return this.#timers.cancel(effect.timer);
      case "write-turn":
      case "decide":
        return this.#write(effect);
      case "end":
        return;
      default:
        return effect satisfies never;
    }
  }

  #show(line: Line, event: CallEvent, effects: readonly Effect[]): void {
    const { show } = this.#parts;
    if (!show && !line.show) return;
    for (const caption of this.#captions.after(event, effects, this.#state)) {
      line.show?.(caption);
      show?.(caption);
    }
  }

  /** What of it the books shall know. */
  #write(effect: Effect): void {
    const { write } = this.#parts;
    if (effect.do === "write-turn") write({ kind: "turn", turn: effect.turn });
    else if (effect.do === "decide") write({ kind: "decision", seq: ++this.#decisions, decision: effect.decision });
  }

  /** The line has said what it carries; when that is not what the ear and mouth were warmed with, they are opened anew. */
  #tune(format: AudioFormat, line: OutLine): void {
    this.#witness.framing(line.framing(format));
    if (!sameFormat(format, this.#voicebox.format)) {
      this.#parts.meter.count("calls_retuned");
      this.#voicebox.reopen(format);
    }
    this.#speaker.connect(line, format);
  }
}
