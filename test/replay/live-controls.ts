import type { Line, Order } from "../../src/call/call.ts";
import type { CallFacts, DialogFact, DialogNews, FreeAgent, Interruptible } from "../../src/dialog/dialog.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { Language } from "../../src/record/record.ts";
import type { Dice } from "../../src/simulator/sarvam/dice.ts";

/** What enters a live call besides line, ear and voice: an application of its own will, orders, and what the caller writes. */

export const FACTS: CallFacts = {
  id: "call_1",
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+910000000001",
  to: "+910000000002",
  direction: "inbound",
  params: {},
};

const LANGUAGES: readonly Language[] = ["en-IN", "ta-IN", "hi-IN"];
const WHO: readonly Interruptible[] = ["any", "any", "any", "speech", "dtmf", "none"];
const TEXTS = ["Let me see.", "You said something.", "I can say a lot more about that, if you like.", "Fine."];

const oneOf = <T>(dice: Dice, all: readonly [T, ...T[]] | readonly T[]): T =>
  all[Math.floor(dice.next() * all.length)] as T;

/** Answers most of what it is told after a while, in one speech or several, and at times speaks, or does something, unasked. */
export const applicationOf = (clock: Clock, dice: Dice): FreeAgent => ({
  join(_call, tell, signal) {
    let speeches = 0;
    const later = (ms: number, news: () => DialogNews): void => {
      clock.after(ms, () => {
        if (!signal.aborted) tell(news());
      });
    };
    const speak = (): DialogNews => ({
      kind: "dialog-speaks",
      speech: speeches++,
      of: dice.next() < 0.2 ? "sound" : "words",
      interruptible: oneOf(dice, WHO),
      preemptible: dice.next() < 0.3,
    });
    const answer = (): void => {
      for (let ms = dice.between(1, 1500); dice.next() < 0.75; ms += dice.between(0, 800)) later(ms, speak);
      if (dice.next() < 0.3) later(dice.between(1, 2000), () => odd(dice));
    };
    later(dice.between(100, 9000), speak);
    return {
      tell: (fact: DialogFact) => {
        if (fact.kind !== "partial" && dice.next() < 0.8) answer();
      },
      async *speech(_, end) {
        for (let left = 1 + dice.next() * 3; left > 1; left--) {
          await clock.sleep(dice.between(0, 500), end);
          if (dice.next() < 0.04) throw new ProviderError("relay", "it broke off", dice.next() < 0.8);
          yield { kind: "text", text: oneOf(dice, TEXTS) };
        }
        if (dice.next() < 0.05) yield { kind: "hang-up" };
        yield { kind: "usage", usage: { model: "its own" } };
      },
      async *sound(_, _format, end) {
        for (let left = dice.next() * 6; left > 0; left--) {
          await clock.sleep(dice.between(0, 300), end);
          if (dice.next() < 0.04) throw new ProviderError("relay", "the sound broke off", dice.next() < 0.8);
          yield Buffer.alloc(Math.ceil(dice.between(1, 6000)), 0x55).toString("base64");
        }
        await clock.sleep(dice.between(0, 300), end);
      },
    };
  },
});

function odd(dice: Dice): DialogNews {
  const roll = dice.next();
  if (roll < 0.35)
    return { kind: "dialog-language", speaks: oneOf(dice, LANGUAGES), listensFor: oneOf(dice, LANGUAGES) };
  if (roll < 0.55) return { kind: "dialog-digits", digits: oneOf(dice, ["1", "42#", "9w8W7"]) };
  if (roll < 0.7) return { kind: "dialog-away", why: "lost (1006)" };
  if (roll < 0.85) return { kind: "dialog-note", note: "it is not understood" };
  return roll < 0.97 ? { kind: "dialog-ends", handoffData: "{}" } : { kind: "dialog-failed", message: "gone (1011)" };
}

/** Orders at any moment of `lastsMs`, of any kind. */
export function give(clock: VirtualClock, dice: Dice, lastsMs: number, order: (order: Order) => void): void {
  for (let at = dice.between(100, 4000); at < lastsMs; at += dice.between(50, 6000)) {
    clock.after(at, () => order(anyOrder(dice)));
  }
}

function anyOrder(dice: Dice): Order {
  const roll = dice.next();
  const end = { how: "ended-by-request", detail: "the API" } as const;
  if (roll < 0.35)
    return { do: "say", text: oneOf(dice, TEXTS), interrupts: dice.next() < 0.4, interruptible: oneOf(dice, WHO) };
  if (roll < 0.5) return { do: "message", text: oneOf(dice, TEXTS) };
  if (roll < 0.6) return { do: "digits", digits: oneOf(dice, ["5", "12#", "0w0"]) };
  if (roll < 0.75)
    return { do: "retune", tuning: { speaks: oneOf(dice, LANGUAGES), listensFor: oneOf(dice, LANGUAGES) } };
  if (roll < 0.85) return { do: "record", on: dice.next() < 0.5 };
  if (roll < 0.93) return { do: "answered-by", who: dice.next() < 0.7 ? "machine" : "human" };
  return { do: "end", end, ...(dice.next() < 0.6 ? { say: "We must stop here." } : {}) };
}

/** Now and then the caller writes something. */
export function writer(clock: VirtualClock, dice: Dice, lastsMs: number, line: Pick<Line, "onSignal">): void {
  for (let at = dice.between(500, 20_000); at < lastsMs; at += dice.between(500, 20_000)) {
    clock.after(at, () => line.onSignal({ kind: "text", text: dice.next() < 0.1 ? " " : `written ${Math.round(at)}` }));
  }
}
