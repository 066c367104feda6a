import type { CallEvent } from "../../call/call.ts";
import type { DialogFact } from "../../dialog/dialog.ts";
import type { Decision, Turn } from "../../record/record.ts";
import type { NotedEffect } from "./recorded-call.ts";

/** What happens to a call, what it does and what it decides, as one would say it. */

export function eventInWords(event: CallEvent): string {
  switch (event.kind) {
    case "started":
      return "the line began";
    case "key":
      return "the caller pressed a key";
    case "text":
      return "the caller wrote something";
    case "played":
      return `the mark ${event.mark} came back`;
    case "line-over":
      return "the line was over";
    case "cut-off":
      return "the call was cut off";
    case "drain-forced":
      return "the gateway had to stop";
    case "speech-started":
      return "the caller began to speak";
    case "partial":
      return "there were words in what the caller says";
    case "speech-ended":
      return "the caller stopped";
    case "final":
      return "the caller's words were known";
    case "ear-note":
      return "the ear had something to say";
    case "ear-failed":
      return "the ear failed";
    case "generated":
      return "there was a text to say";
    case "farewell":
      return "the dialog wanted to end the call";
    case "audible":
      return "the agent began to sound";
    case "sent":
      return `text ${event.piece + 1} of reply ${event.generation} was sent to its end`;
    case "reply-sent":
      return `reply ${event.generation} was sent to its end`;
    case "reply-failed":
      return `reply ${event.generation} failed`;
    case "order":
      return `somebody gave the order ${event.order.do}`;
    case "dialog-speaks":
      return `the dialog began speech ${event.speech}`;
    case "dialog-digits":
      return "the dialog wanted keys pressed";
    case "dialog-language":
      return "the dialog wanted another language";
    case "dialog-ends":
      return "the dialog wanted to end the call";
    case "dialog-away":
      return "the dialog could not be reached";
    case "dialog-note":
      return "the dialog had something to say of itself";
    case "dialog-failed":
      return "the dialog was gone";
    case "timer":
      return `the ${event.timer} timer rang`;
  }
}

/** Decisions then and now. Of two of one name only what differs is told. */
export function decisionsInWords({ was, now }: Record<"was" | "now", readonly Decision[]>): {
  readonly was: readonly string[];
  readonly now: readonly string[];
} {
  const tell = (all: readonly Decision[], others: readonly Decision[]): readonly string[] =>
    all.map((decision) => {
      const other = others.find(({ what }) => what === decision.what);
      return decisionInWords(decision, other);
    });
  return { was: tell(was, now), now: tell(now, was) };
}

function decisionInWords({ what, why, inputs, limits }: Decision, other: Decision | undefined): string {
  const facts = Object.entries({ ...inputs, ...limits }).filter(
    ([name, value]) => !other || { ...other.inputs, ...other.limits }[name] !== value,
  );
  const parts = [...(other?.why === why ? [] : [why]), ...facts.map(([name, value]) => `${name} ${value}`)];
  return parts.length === 0 ? what : `${what} (${parts.join(", ")})`;
}

/** What is done, apart from decisions. Timers are told only where there is nothing better to tell. */
export function effectsInWords(effects: readonly NotedEffect[]): readonly string[] {
  const told = effects.flatMap((effect) => effectInWords(effect));
  const timers = effects
    .filter(({ do: what }) => what === "set-timer")
    .map((it) => `waits ${Math.round(Number(it["ms"]))} ms (${it["timer"]})`);
  return told.length === 0 && !effects.some(({ do: what }) => what === "decide") ? timers : told;
}

function effectInWords(effect: NotedEffect): readonly string[] {
  switch (effect.do) {
    case "start-reply":
      return [`reply ${effect["generation"]} begins`];
    case "stop-reply":
      return ["the reply is stopped"];
    case "tell-dialog":
      return [`the dialog is told: ${(effect["fact"] as DialogFact).kind}`];
    case "retune":
      return ["voice or ear are changed"];
    case "record":
      return [effect["on"] ? "recording goes on" : "recording is paused"];
    case "write-turn":
      return [turnInWords(effect["turn"] as Turn)];
    case "end":
      return ["the call ends"];
    default:
      return [];
  }
}

export function turnInWords(turn: Turn | undefined): string {
  if (!turn) return "no such turn";
  const { seq, userText, agentHeard, interrupted } = turn;
  return `turn ${seq}: caller “${userText}”, agent heard to say “${agentHeard}”${interrupted ? ", interrupted" : ""}`;
}
