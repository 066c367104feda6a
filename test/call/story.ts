import type { CallEvent, Effect, Happening, ReplySource, TimerName } from "../../src/call/events.ts";
import type { Rules } from "../../src/call/rules.ts";
import { type CallState, OPENING, step } from "../../src/call/state.ts";
import type { DialogFact, DialogNews, Interruptible } from "../../src/dialog/dialog.ts";
import { RULES } from "./rules.ts";

const format = { encoding: "mulaw", rate: 8000 } as const;
export const started: Happening = { kind: "started", format };

/** Plays events at instants; keeps what was done, in words. */
export class Story {
  state: CallState = OPENING;
  readonly done: Effect[] = [];
  readonly #rules: Rules;
  constructor(rules: Rules = RULES) {
    this.#rules = rules;
  }

  at(atMs: number, ...events: Happening[]): string[] {
    const from = this.done.length;
    for (const event of events) {
      const next = step(this.state, { ...event, atMs } as CallEvent, this.#rules);
      this.state = next.state;
      this.done.push(...next.effects);
    }
    return this.done.slice(from).flatMap(inWords);
  }

  get generation(): number {
    return this.state.phase === "open" ? this.state.talk.generation : -1;
  }

  get history(): readonly string[] {
    if (this.state.phase !== "open") return [];
    return this.state.talk.history.map(({ by, text, cutShort }) => `${by}${cutShort ? " (cut)" : ""}: ${text}`);
  }

  /** What waits to be said, in words. */
  get waiting(): readonly string[] {
    if (this.state.phase !== "open") return [];
    return this.state.talk.waiting.map((item) => (item.kind === "reply" ? beginning(item.source) : item.kind));
  }

  decisions(): string[] {
    return this.done.flatMap((effect) => (effect.do === "decide" ? [effect.decision.what] : []));
  }

  /** The last version of each turn. */
  turns() {
    const bySeq = new Map(this.done.flatMap((e) => (e.do === "write-turn" ? [[e.turn.seq, e.turn] as const] : [])));
    return [...bySeq.values()];
  }

  /** How much of a reply is still to be played when all of it is sent. */
  leadMs = 300;

  /** The current reply says `pieces` and all of it is sent. */
  agentSends(atMs: number, ...pieces: string[]): string[] {
    const generation = this.generation;
    return this.at(
      atMs,
      ...pieces.map((text) => ({ kind: "generated" as const, generation, text })),
      { kind: "audible", generation },
      ...pieces.map((_, piece) => ({ kind: "sent" as const, generation, piece, audioMs: 1000 })),
      { kind: "reply-sent", generation, leadMs: this.leadMs },
    );
  }

  played(atMs: number, piece: number, generation = this.generation): string[] {
    return this.at(atMs, { kind: "played", mark: `g${generation}:${piece}` });
  }

  /** Started, and the greeting heard to its end at 2000 ms. */
  greeted(): this {
    this.at(0, started);
    this.agentSends(500, this.#rules.greeting);
    this.played(2000, 0);
    return this;
  }
}

export function inWords(effect: Effect): string[] {
  switch (effect.do) {
    case "start-reply":
      return [beginning(effect.source)];
    case "stop-reply":
      return ["stop"];
    case "set-timer":
      return effect.timer === "sound" ? [] : [`${effect.timer} in ${effect.ms}`];
    case "end":
      return [`end ${effect.end.how}`];
    case "join-dialog":
      return ["join"];
    case "tell-dialog":
      return [`tell ${Object.values(effect.fact).join(" ")}`];
    case "retune":
      return [`retune ${Object.values(effect.tuning).join(" ")}`];
    case "record":
      return [effect.on ? "record" : "pause"];
    case "cancel-timer":
    case "write-turn":
    case "decide":
      return [];
  }
}

function beginning(source: ReplySource): string {
  switch (source.kind) {
    case "say":
      return `say ${source.texts.join(" ")}`;
    case "dialog":
      return `ask ${source.history.map(({ text }) => text).join(" | ")}`;
    case "speech":
      return `speech ${source.speech}`;
    case "digits":
      return `digits ${source.digits}`;
    case "apology":
      return "apologise";
  }
}

export const speechStarted = (utterance: number): Happening => ({ kind: "speech-started", utterance });
export const speechEnded = (utterance: number): Happening => ({ kind: "speech-ended", utterance });
export const partial = (utterance: number, text: string): Happening => ({ kind: "partial", utterance, text });
export const final = (utterance: number, text: string): Happening => ({ kind: "final", utterance, text });
export const timer = (name: TimerName): Happening => ({ kind: "timer", timer: name });
/** An order of whoever is at the controls. */
export const say = (text: string, interrupts = false, interruptible: Interruptible = "any"): Happening => ({
  kind: "order",
  order: { do: "say", text, interrupts, interruptible },
});

/** A free dialog begins to say something. */
export const speaks = (
  speech: number,
  { of = "words", interruptible = "any", preemptible = false }: Partial<DialogNews & { kind: "dialog-speaks" }> = {},
): Happening => ({ kind: "dialog-speaks", speech, of, interruptible, preemptible });

/** What a free dialog was told, in order. */
export const toldIn = (story: Story): readonly DialogFact[] =>
  story.done.flatMap((effect) => (effect.do === "tell-dialog" ? [effect.fact] : []));
