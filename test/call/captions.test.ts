import { expect, test } from "vitest";
import { Captions } from "../../src/call/captions.ts";
import type { CallEvent, Happening } from "../../src/call/events.ts";
import type { Caption } from "../../src/call/line.ts";
import type { Rules } from "../../src/call/rules.ts";
import { OPENING, step } from "../../src/call/state.ts";
import { RULES } from "./rules.ts";
import { final, partial, say, speaks, speechEnded, speechStarted, started } from "./story.ts";

/** What a screen shows after each of these, in words. */
class Screen {
  readonly #captions = new Captions();
  readonly #rules: Rules;
  #state = OPENING;
  #atMs = 0;

  constructor(rules: Rules = RULES) {
    this.#rules = rules;
  }

  shows(...happenings: readonly Happening[]): readonly string[] {
    return happenings.flatMap((happening) => {
      this.#atMs += 1000;
      const event = { ...happening, atMs: this.#atMs } as CallEvent;
      const { state, effects } = step(this.#state, event, this.#rules);
      this.#state = state;
      return this.#captions.after(event, effects, state).map(inWords);
    });
  }
}

const inWords = (caption: Caption): string =>
  caption.kind === "state" ? caption.state : `${caption.who}${caption.final ? "" : " …"}: ${caption.text}`;

const generated = (generation: number, text: string): Happening => ({ kind: "generated", generation, text });
const audible = (generation: number): Happening => ({ kind: "audible", generation });
const sent = (generation: number, piece: number): Happening => ({ kind: "sent", generation, piece, audioMs: 900 });
const allSent = (generation: number): Happening => ({ kind: "reply-sent", generation, leadMs: 300 });
const mark = (generation: number, piece: number): Happening => ({ kind: "played", mark: `g${generation}:${piece}` });
const greeting = [generated(1, "Namaste."), audible(1), sent(1, 0), allSent(1), mark(1, 0)];

/** The greeting was heard; the agent listens. */
function greeted(rules?: Rules): Screen {
  const screen = new Screen(rules);
  screen.shows(started, ...greeting);
  return screen;
}

test("the greeting is shown as it is made, and for good once it was heard", () => {
  const screen = new Screen();
  expect(screen.shows(started)).toEqual(["thinking"]);
  expect(screen.shows(...greeting)).toEqual(["agent …: Namaste.", "speaking", "agent: Namaste.", "listening"]);
});

test("the caller's words are shown as they are guessed, and for good once they count", () => {
  const screen = greeted();
  expect(screen.shows(speechStarted(0), partial(0, "where"), partial(0, "where is"), speechEnded(0))).toEqual([
    "user …: where",
    "user …: where is",
  ]);
  expect(screen.shows(final(0, "where is it"))).toEqual(["user: where is it", "thinking"]);
});

test("an answer is shown for good sentence by sentence, as its marks come back", () => {
  const screen = greeted();
  screen.shows(final(0, "tell me"), generated(2, "One."), generated(2, "Two."), audible(2), sent(2, 0), sent(2, 1));
  expect(screen.shows(mark(2, 0))).toEqual(["agent: One."]);
  expect(screen.shows(allSent(2), mark(2, 1))).toEqual(["agent: Two.", "listening"]);
});

test("what was never heard is never shown for good", () => {
  const screen = greeted();
  screen.shows(final(0, "tell me"), generated(2, "One."), generated(2, "Two."), audible(2), sent(2, 0));
  expect(screen.shows(mark(2, 0), speechStarted(1), final(1, "stop"))).toEqual([
    "agent: One.",
    "listening",
    "user: stop",
    "thinking",
  ]);
  expect(screen.shows(generated(2, "late"), generated(3, "Fine."))).toEqual(["agent …: Fine."]);
});

test("words that go on in the same turn are shown once", () => {
  const screen = greeted();
  expect(screen.shows(final(0, "book a"), final(1, "table"))).toEqual(["user: book a", "thinking", "user: table"]);
});

test("written words are shown like spoken ones", () => {
  expect(greeted().shows({ kind: "text", text: " my order " })).toEqual(["user: my order", "thinking"]);
});

test("tones have no words, and are shown as the agent's sound", () => {
  const screen = greeted();
  expect(screen.shows({ kind: "order", order: { do: "digits", digits: "1" } })).toEqual(["thinking"]);
  expect(screen.shows(generated(2, ""), audible(2), sent(2, 0), allSent(2), mark(2, 0))).toEqual([
    "speaking",
    "listening",
  ]);
});

test("an order that breaks off an answer leaves what was heard of it, and comes behind it", () => {
  const screen = greeted();
  screen.shows(final(0, "tell me"), generated(2, "One."), generated(2, "Two."), audible(2), sent(2, 0), mark(2, 0));
  expect(screen.shows(say("Stop.", true), generated(3, "Stop."), audible(3))).toEqual([
    "thinking",
    "agent …: Stop.",
    "speaking",
  ]);
});

test("a free dialog that has been told is thinking until it speaks; without words it listens", () => {
  const screen = greeted({ ...RULES, free: true });
  expect(screen.shows(final(0, "hello"))).toEqual(["user: hello", "thinking"]);
  expect(screen.shows(speaks(1), generated(2, "Hi."), audible(2), sent(2, 0), allSent(2), mark(2, 0))).toEqual([
    "agent …: Hi.",
    "speaking",
    "agent: Hi.",
    "listening",
  ]);
});

test("the end is shown, with the words that nobody answered, and nothing after it", () => {
  const screen = greeted();
  screen.shows(speechStarted(0), partial(0, "wait"));
  const over = { kind: "line-over", how: "caller-hung-up", detail: "" } as const;
  expect(screen.shows(over)).toEqual(["user: wait", "ended"]);
  expect(screen.shows(partial(0, "x"), over)).toEqual([]);
});

test("a guess that comes after its words have counted is not shown", () => {
  const screen = greeted();
  screen.shows(speechStarted(0), final(0, "hello"), speechStarted(1));
  expect(screen.shows(partial(0, "hallo"))).toEqual([]);
});
