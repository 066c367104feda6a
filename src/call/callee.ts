import { greetedCallee, metMachine } from "./decisions.ts";
import type { Draft } from "./draft.ts";
import type { Words } from "./hearing.ts";
import { speakingSince } from "./hearing.ts";
import { ask, sayNext } from "./queue.ts";
import { say } from "./speaking.ts";
import { soundsLikeMachine } from "./voicemail.ts";

/** Whoever takes a call of ours: people say hello and want to be heard, machines want to be let finish. */

/** A machine that has been silent for this long waits for its message. */
const MACHINE_DONE_MS = 2000;
/** Within so many turns a voice may turn out to be a machine's. */
const EARLY_TURNS = 3;

/** Nobody is talked over: their hello comes first, if it comes soon. */
export function awaitHello(draft: Draft, helloMs: number): void {
  draft.know({ callee: "hello" });
  draft.setTimer("hello", helloMs);
}

/** The caller makes sounds: what was due after their silence is not. */
export function hearCallee(draft: Draft): void {
  if (draft.talk.callee) draft.cancelTimer("hello");
}

/** They were no words. */
export function unhearCallee(draft: Draft): void {
  const { callee } = draft.talk;
  if (callee) draft.setTimer("hello", callee === "machine" ? MACHINE_DONE_MS : (draft.rules.outbound?.helloMs ?? 0));
}

/** Whoever took the call has said this. False: it is a conversation already, to be answered as any other. */
export function answerCallee(draft: Draft, words: Words): boolean {
  const { callee, turns } = draft.talk;
  if (!draft.rules.outbound) return false;
  if (callee === "machine") {
    note(draft, words);
    draft.setTimer("hello", MACHINE_DONE_MS);
    return true;
  }
  if (turns <= EARLY_TURNS && soundsLikeMachine(saidSoFar(draft, words))) {
    draft.breakOff();
    note(draft, words);
    hearMachine(draft, "its words");
    return true;
  }
  if (callee !== "hello") return false;
  draft.cancelTimer("hello");
  draft.openTurn();
  draft.addWords(words);
  draft.writeTurn();
  greet(draft, "hello");
  return true;
}

/** All that they have said: recognisers cut announcements into pieces, and a person may have given themselves away before. */
function saidSoFar({ talk: { history, turn } }: Draft, words: Words): string {
  const before = history.flatMap(({ by, text }) => (by === "caller" ? [text] : []));
  return [...before, turn?.userText ?? "", words.text].join(" ");
}

/** A machine has the call, by the carrier's word or its own. */
export function hearMachine(draft: Draft, why: string): void {
  const { outbound } = draft.rules;
  if (!outbound || draft.talk.callee === "machine") return;
  draft.decide(metMachine(why, outbound.message !== undefined));
  draft.breakOff();
  if (outbound.message === undefined) return draft.hangUp({ how: "machine", detail: why });
  draft.know({ callee: "machine", waiting: [], cut: undefined });
  if (speakingSince(draft.talk.hearing) === undefined) draft.setTimer("hello", MACHINE_DONE_MS);
  else draft.awaitCaller();
}

/** They have been silent for long enough. */
export function breakSilence(draft: Draft): void {
  const { callee } = draft.talk;
  const message = draft.rules.outbound?.message;
  if (callee === "machine" && message !== undefined) {
    draft.know({ callee: undefined });
    return say(draft, [message], { interruptible: "none", endsCall: { how: "machine", detail: "a message was left" } });
  }
  if (callee !== "hello") return;
  draft.openTurn();
  greet(draft, "silence");
}

function greet(draft: Draft, why: "hello" | "silence"): void {
  const { greeting } = draft.rules;
  draft.know({ callee: undefined });
  draft.decide(greetedCallee(why, draft.rules.outbound?.helloMs ?? 0));
  const { userText } = draft.turn;
  if (userText !== "") draft.tellDialog({ kind: "words", text: userText });
  // Nobody is greeted only to be told goodbye.
  if (greeting !== "" && !isLeaving(draft)) {
    const owed = { kind: "reply", by: "greeting", source: { kind: "say", texts: [greeting] }, how: {} } as const;
    draft.know({ waiting: [owed, ...draft.talk.waiting] });
  }
  if (sayNext(draft)) return;
  if (userText === "") draft.awaitCaller();
  else ask(draft);
}

/** Ordered before they had said hello: these are the last words. */
function isLeaving({ talk: { waiting } }: Draft): boolean {
  return waiting.some((item) => item.kind === "reply" && item.how.endsCall !== undefined);
}

function note(draft: Draft, words: Words): void {
  draft.openTurn();
  draft.addWords(words);
  draft.closeTurn(undefined, false);
}
