import type { AudioFormat } from "../../src/audio/format.ts";
import type { CallEvent, Effect, Happening } from "../../src/call/events.ts";
import type { Rules } from "../../src/call/rules.ts";
import { OPENING, step } from "../../src/call/state.ts";
import type { CallSetup, JournalEntry } from "../../src/journal/journal.ts";
import { RULES } from "../call/rules.ts";

const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };

/** A call that is only its policy, and its journal. What it is told to say is given by whoever drives it. */
export class PaperCall {
  readonly entries: JournalEntry[] = [];
  readonly rules: Rules;
  generation = 0;
  saying: readonly string[] | undefined;
  #state = OPENING;
  #atMs = 0;

  constructor(setup: Partial<CallSetup> = {}) {
    const { free, outbound } = setup;
    const said = setup.greeting === undefined ? {} : { greeting: setup.greeting };
    this.rules = { ...RULES, ...said, ...(free && { free }), ...(outbound && { outbound }) };
    const { greeting, phrases, limits } = this.rules;
    const voice = { language: "en-IN", model: "bulbul:v3", speaker: "shubh" } as const;
    const who = { agent: "test", listensFor: "unknown", voice, dialog: { kind: "echo" }, format: MULAW, policy: {} };
    this.entries.push({ atMs: 0, call: { ...who, greeting, phrases, limits, ...setup } });
    this.put({ kind: "started", format: MULAW });
  }

  get over(): boolean {
    return this.#state.phase === "ended";
  }

  put(...happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      this.#atMs += 100;
      const event = { ...happening, atMs: this.#atMs };
      const { state, effects } = step(this.#state, event, this.rules);
      this.#state = state;
      this.entries.push({ atMs: this.#atMs, in: event });
      for (const out of effects) this.#note(out);
    }
  }

  #note(effect: Effect): void {
    this.entries.push({ atMs: this.#atMs, out: effect });
    if (effect.do === "write-turn") this.entries.push({ atMs: this.#atMs, book: { kind: "turn", turn: effect.turn } });
    if (effect.do !== "start-reply") return;
    this.generation = effect.generation;
    this.saying = effect.source.kind === "say" ? effect.source.texts : undefined;
  }

  /** The reply that is due, from its words to its last mark. */
  reply(...texts: readonly string[]): void {
    const { generation } = this;
    const all = this.saying ?? texts;
    for (const [piece, text] of all.entries()) {
      this.put({ kind: "generated", generation, text }, { kind: "audible", generation });
      this.put({ kind: "sent", generation, piece, audioMs: 500 });
    }
    this.put(
      { kind: "reply-sent", generation, leadMs: 0 },
      { kind: "played", mark: `g${generation}:${all.length - 1}` },
    );
  }

  says(utterance: number, ...guesses: readonly string[]): void {
    this.put({ kind: "speech-started", utterance });
    for (const text of guesses.slice(0, -1)) this.put({ kind: "partial", utterance, text });
    this.put({ kind: "speech-ended", utterance }, { kind: "final", utterance, text: guesses.at(-1) ?? "" });
  }

  /** A free dialog begins to say something. */
  speaks(speech: number): void {
    this.put({ kind: "dialog-speaks", speech, of: "words", interruptible: "any", preemptible: false });
  }

  keys(digits: string): void {
    for (const digit of digits) this.put({ kind: "key", digit });
  }
}

export const insOf = (entries: readonly JournalEntry[]) =>
  entries.flatMap((it) => ("in" in it ? [it.in as CallEvent] : []));
export const outsOf = (entries: readonly JournalEntry[]) =>
  entries.flatMap((it) => ("out" in it ? [it.out as Effect] : []));

/** What the same policy does with the scrubbed call. */
export function again(entries: readonly JournalEntry[], rules: Rules): readonly Effect[] {
  const setup = entries.flatMap((entry) => ("call" in entry ? [entry.call] : []))[0];
  const { greeting = "", phrases = {} } = setup ?? {};
  let state = OPENING;
  return insOf(entries).flatMap((event) => {
    const next = step(state, event, { ...rules, greeting, phrases: phrases as Rules["phrases"] });
    state = next.state;
    return next.effects;
  });
}
