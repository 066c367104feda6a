import { expect, test } from "vitest";
import type { CallEvent, Effect, Happening, HeardEvent, ReplySource, TimerName } from "../../src/call/events.ts";
import type { Rules } from "../../src/call/rules.ts";
import { type CallState, OPENING, step } from "../../src/call/state.ts";
import { chances } from "./chances.ts";
import { controlled } from "./controlled.ts";
import { RULES } from "./rules.ts";

const never = (what: string, happened: boolean): void => {
  if (happened) throw new Error(what);
};

/** What the ear may still say. `known`: how many of its words were told; `counted`: nothing about it counts any more. */
type Speech = { readonly utterance: number; readonly words: string[]; known: number; counted: boolean };
/** A reply being given: how many texts are generated, how many of them sent, and whether the next one sounds already. */
type Saying = { generation: number; texts: readonly string[]; made: number; sent: number; sounding: boolean };

/** One call, with a caller, an ear, a mouth and a carrier that do anything they may do, at any time. */
class World {
  state: CallState = OPENING;
  atMs = 0;
  readonly log: Happening[] = [];
  readonly #chance: () => number;
  readonly #rules: Rules;
  /** Somebody at the controls, a dialog of its own will and a caller who writes do things, too. */
  readonly #controls: boolean;
  readonly #marksReturn: boolean;
  readonly #timers = new Map<TimerName, number>();
  readonly #speeches: Speech[] = [];
  readonly #turns = new Map<number, { readonly userText: string; readonly over: boolean }>();
  #saying: Saying | undefined;
  /** Sent and not played yet. */
  #marks: string[] = [];
  #words = 0;
  #speechesOfDialog = 0;
  readonly #written: string[] = [];
  #ends = 0;
  /** The reply that is under way, and the turn it is in. */
  #giving: { readonly turn: number } | undefined;
  readonly #answered = new Set<number>();

  constructor(seed: number, more?: Partial<Rules>) {
    this.#chance = chances(seed);
    this.#controls = more !== undefined;
    const limits = { maxDurationMs: this.#chance() < 0.3 ? 40_000 : 600_000, silenceMs: 8000 };
    this.#rules = { ...RULES, limits, ...more };
    this.#marksReturn = this.#chance() < 0.8;
    this.#happen({ kind: "started", format: { encoding: "mulaw", rate: 8000 } });
  }

  /** Something happens, or time passes until the next timer. `quiet`: nobody but the agent does anything any more. */
  next(quiet: boolean): void {
    const [timer, dueMs] = [...this.#timers].reduce((a, b) => (b[1] < a[1] ? b : a), ["too-long", Infinity]);
    const waiting = this.#saying !== undefined || this.#marks.length > 0;
    const laterMs = this.atMs + this.#chance() ** 4 * (this.#chance() < 0.03 ? 40_000 : 2000);
    if (laterMs >= dueMs || (quiet && !waiting)) {
      this.atMs = dueMs;
      this.#timers.delete(timer);
      return this.#happen({ kind: "timer", timer });
    }
    this.atMs = laterMs;
    if (quiet || (waiting && this.#chance() < 0.5)) this.#agent(quiet);
    else if (this.#controls && this.#chance() < 0.25) this.#control();
    else this.#caller(this.#chance());
  }

  /** Nothing that comes after the end does anything. */
  rest(): void {
    for (const happening of [...this.log]) {
      const { effects } = step(this.state, { ...happening, atMs: this.atMs } as CallEvent, this.#rules);
      never("something is done after the end", effects.length > 0);
    }
    never("the call does not end once", this.#ends !== 1);
    never(
      "a reply's turn is not written to its end",
      [...this.#answered].some((seq) => !this.#turns.get(seq)?.over),
    );
  }

  #control(): void {
    if (this.#chance() < 0.1) {
      const word = `w${this.#words++}`;
      this.#written.push(word);
      return this.#happen({ kind: "text", text: word });
    }
    const { free = false, outbound } = this.#rules;
    this.#happen(controlled(this.#chance, { free, ours: outbound !== undefined }, () => ++this.#speechesOfDialog));
  }

  #caller(roll: number): void {
    if (roll < 0.03) this.#happen({ kind: "key", digit: roll < 0.01 ? "#" : "1" });
    else if (roll < 0.033) this.#happen({ kind: "ear-failed", message: "1006" });
    else if (roll < 0.036) this.#happen({ kind: "line-over", how: "caller-hung-up", detail: "" });
    else this.#hear(this.#speech(roll < 0.25), (roll - 0.036) / (1 - 0.036));
  }

  #hear(speech: Speech, roll: number): void {
    const { utterance, words } = speech;
    if (roll < 0.3) return this.#happen({ kind: "speech-started", utterance }); // also again, after a reconnect
    if (roll < 0.5) return this.#happen({ kind: "speech-ended", utterance });
    const kind: (HeardEvent & { text: string })["kind"] = roll < 0.75 ? "partial" : "final";
    speech.known = kind === "partial" ? Math.min(words.length, speech.known + 1) : roll < 0.85 ? 0 : words.length;
    this.#happen({ kind, utterance, text: words.slice(0, speech.known).join(" ") });
    const heard = this.state.phase === "ended" || speech.known === 0 || speech.counted;
    never("a final does not count", kind === "final" && !heard);
  }

  /** A new one, or one of the last few, also when it has counted. Those without words are forgotten after a while. */
  #speech(fresh: boolean): Speech {
    const latest = this.#speeches.length - 1;
    for (const speech of this.#speeches) speech.counted ||= speech.known === 0 && speech.utterance < latest - 3;
    const open = this.#speeches
      .filter((it) => !it.counted || (it.utterance >= latest - 1 && this.#chance() < 0.2))
      .slice(-3);
    const known = open[Math.floor(this.#chance() * open.length)];
    if (!fresh && known) return known;
    const words = Array.from({ length: Math.floor(this.#chance() * 4) }, () => `w${this.#words++}`);
    const speech = { utterance: latest + 1, words, known: 0, counted: false };
    this.#speeches.push(speech);
    return speech;
  }

  #agent(quiet: boolean): void {
    const [mark] = this.#marks;
    if (mark !== undefined && (!this.#saying || this.#chance() < 0.5)) {
      this.#marks.shift();
      if (this.#marksReturn) this.#happen({ kind: "played", mark });
    } else if (this.#saying) this.#say(this.#saying, this.#chance(), quiet);
  }

  #say(saying: Saying, roll: number, quiet: boolean): void {
    const { generation, texts, made, sent } = saying;
    if (!quiet && roll < 0.01) {
      this.#saying = undefined;
      this.#happen({ kind: "reply-failed", generation, message: "502", retryable: roll < 0.007 });
    } else if (!quiet && roll < 0.02) this.#happen({ kind: "farewell", generation });
    else if (made < texts.length && (made === sent || roll < 0.3)) {
      saying.made++;
      this.#happen({ kind: "generated", generation, text: texts[made] ?? "" });
    } else if (sent === texts.length) {
      this.#saying = undefined;
      this.#happen({ kind: "reply-sent", generation, leadMs: 300 });
    } else if (saying.sounding) {
      Object.assign(saying, { sounding: false, sent: sent + 1 });
      this.#marks.push(`g${generation}:${sent}`);
      this.#happen({ kind: "sent", generation, piece: sent, audioMs: 500 });
    } else {
      saying.sounding = true;
      this.#happen({ kind: "audible", generation });
    }
  }

  #happen(happening: Happening): void {
    this.log.push(happening);
    const { state, effects } = step(this.state, { ...happening, atMs: this.atMs }, this.#rules);
    const unanswered = !this.#rules.free && this.state.phase === "open" && this.state.talk.turn !== undefined;
    this.state = state;
    const asks = effects.some((it) => it.do === "decide" && it.decision.what === "asked whether there");
    never("asks whether anybody is there instead of answering", asks && unanswered);
    for (const effect of effects) this.#perform(effect);
    const talk = state.phase === "open" ? state.talk : undefined;
    this.#giving = talk?.reply && talk.turn && { turn: talk.turn.seq };
    if (this.#giving) this.#answered.add(this.#giving.turn);
    this.#check();
  }

  #perform(effect: Effect): void {
    if (effect.do === "set-timer") this.#timers.set(effect.timer, this.atMs + effect.ms);
    if (effect.do === "cancel-timer") this.#timers.delete(effect.timer);
    if (effect.do === "end") this.#ends++;
    if (effect.do === "stop-reply") this.#saying = this.#giving = undefined;
    if (effect.do === "write-turn") {
      const { seq, userText, endedMs } = effect.turn;
      never("a turn is written after it was over", this.#turns.get(seq)?.over === true);
      this.#turns.set(seq, { userText, over: endedMs !== undefined });
    }
    if (effect.do === "start-reply") {
      const { generation, source } = effect;
      never("two replies at once", this.#saying !== undefined);
      never("one reply over another", this.#giving !== undefined && !this.#turns.get(this.#giving.turn)?.over);
      this.#giving = { turn: -1 };
      const texts = this.#textsOf(source);
      const ends = this.state.phase === "open" && this.state.talk.reply?.endsCall !== undefined;
      never("a goodbye ends nothing", texts.includes(RULES.phrases.goodbye) && !ends);
      this.#saying = { generation, texts, made: 0, sent: 0, sounding: false };
    }
  }

  #textsOf(source: ReplySource): readonly string[] {
    if (source.kind === "say") return source.texts;
    if (source.kind === "apology") return ["Sorry."];
    if (source.kind === "digits" || (source.kind === "speech" && source.of === "sound")) return [""];
    return Array.from({ length: Math.ceil(this.#chance() * 4 - 0.2) }, (_, i) => `Piece ${i}.`);
  }

  #check(): void {
    const talk = this.state.phase === "open" ? this.state.talk : undefined;
    const over = [...this.#turns.values()].filter((turn) => turn.over).map(({ userText }) => userText);
    const words = [...over, talk?.turn?.userText ?? ""].join(" ").match(/w\d+/g) ?? [];
    const said = new Set(words);
    never("words count twice", said.size < words.length);
    for (const speech of this.#speeches) speech.counted ||= speech.words.some((word) => said.has(word));
    never(
      "written words are lost",
      this.#written.some((word) => !said.has(word)),
    );
    if (!talk) {
      never("a turn is left open", over.length < this.#turns.size);
      return never(
        "words are lost",
        this.#speeches.some(({ known, counted }) => known > 0 && !counted),
      );
    }
    const remembered = talk.history.filter(({ by }) => by === "caller").map(({ text }) => text);
    never("the history is wrong", over.filter((text) => text !== "").join() !== remembered.join());
    never("utterances pile up", talk.hearing.open.length > 16);
    const minded = talk.reply || talk.callee || this.#rules.limits.silenceMs > 0;
    const watches: readonly TimerName[] = talk.reply
      ? ["sound", "marks"]
      : ["silence", ...(talk.callee ? (["hello", "final"] as const) : [])];
    const watched = this.#saying?.sounding || watches.some((it) => this.#timers.has(it));
    never("nobody watches over the silence", minded !== undefined && minded !== false && !watched);
    const undecided = talk.turn || talk.keys !== "" || talk.hearing.open.some(({ blank }) => !blank);
    const idle = !talk.reply && !talk.callee && !undecided;
    never("what waits to be said is forgotten", idle && talk.waiting.length > 0);
  }
}

function play(world: World): void {
  for (let i = 0; i < 150 && world.state.phase !== "ended"; i++) world.next(false);
  const quietMs = world.atMs;
  while (world.state.phase !== "ended") {
    world.next(true);
    never("a caller who is silent stays on the line", world.atMs > quietMs + 200_000);
  }
  world.rest();
}

function playAll(calls: number, rules?: Partial<Rules>): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (let seed = 0; seed < calls; seed++) {
    const world = new World(seed, rules);
    try {
      play(world);
    } catch (error) {
      const story = world.log.slice(-30).map((happening) => JSON.stringify(happening));
      throw new Error(`call ${seed}: ${story.join("\n")}`, { cause: error });
    }
    for (const { kind } of world.log) kinds.add(kind);
  }
  return kinds;
}

test("whatever happens in whatever order, no word is lost or counted twice and nobody is left in silence", () => {
  playAll(500);
});

const outbound = { helloMs: 3000, message: "Please call us back." };
const limits = { maxDurationMs: 40_000, silenceMs: 0 };
test.each<readonly [string, Partial<Rules>]>([
  ["orders", {}],
  ["orders to a call of ours", { outbound }],
  ["orders to a call of ours that leaves no message", { outbound: { helloMs: 12_000 } }],
  ["a dialog of its own will", { free: true }],
  ["a dialog of its own will, which minds the silence", { free: true, limits }],
  ["a dialog of its own will in a call of ours", { free: true, limits, outbound, greeting: "" }],
])("the same with %s, and what waits to be said is neither forgotten nor said over anything", (_, rules) => {
  const kinds = playAll(300, rules);
  expect([...kinds]).toEqual(expect.arrayContaining(["order", "text", ...(rules.free ? ["dialog-speaks"] : [])]));
});
