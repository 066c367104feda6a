import type { Happening, Order } from "../../src/call/events.ts";
import type { DialogNews, Interruptible } from "../../src/dialog/dialog.ts";

const WHO: readonly Interruptible[] = ["any", "any", "speech", "dtmf", "none"];
const END = { how: "ended-by-request", detail: "the API" } as const;

/** Something that an operator or a free dialog does, by chance. `ours`: we called. */
export function controlled(
  chance: () => number,
  { free, ours }: { readonly free: boolean; readonly ours: boolean },
  nextSpeech: () => number,
): Happening {
  return free && chance() < 0.7 ? anyNews(chance, nextSpeech) : { kind: "order", order: anyOrder(chance, ours) };
}

const anybody = (chance: () => number): Interruptible => WHO[Math.floor(chance() * WHO.length)] ?? "any";

function anyOrder(chance: () => number, ours: boolean): Order {
  const roll = chance();
  if (roll < 0.4) return { do: "say", text: "Listen.", interrupts: chance() < 0.4, interruptible: anybody(chance) };
  if (roll < 0.6) return { do: "message", text: "Be brief." };
  if (roll < 0.72) return { do: "digits", digits: "1#" };
  if (roll < 0.86) return { do: "retune", tuning: { speaks: "ta-IN" } };
  if (roll < 0.92) return { do: "record", on: chance() < 0.5 };
  if (roll < 0.97) return { do: "answered-by", who: ours && chance() < 0.3 ? "machine" : "human" };
  return { do: "end", end: END, ...(chance() < 0.6 ? { say: "We must stop." } : {}) };
}

function anyNews(chance: () => number, nextSpeech: () => number): DialogNews {
  const roll = chance();
  if (roll < 0.7) {
    const how = { interruptible: anybody(chance), preemptible: chance() < 0.3 };
    return { kind: "dialog-speaks", speech: nextSpeech(), of: chance() < 0.2 ? "sound" : "words", ...how };
  }
  if (roll < 0.78) return { kind: "dialog-digits", digits: "42" };
  if (roll < 0.88) return { kind: "dialog-language", speaks: "ta-IN", listensFor: "ta-IN" };
  if (roll < 0.93) return { kind: "dialog-away", why: "1006" };
  if (roll < 0.97) return { kind: "dialog-note", note: "unknown message" };
  return roll < 0.99 ? { kind: "dialog-ends" } : { kind: "dialog-failed", message: "gone" };
}
