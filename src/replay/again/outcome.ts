import type { AgentProfile, Phrases } from "../../dialog/dialog.ts";
import type { CallSetup, JournalEntry } from "../../journal/journal.ts";
import type { CallEnd, Decision, Turn } from "../../record/record.ts";
import { type Outcome, valueChanges } from "./differences.ts";
import type { RecordedCall } from "./recorded-call.ts";
import type { ReplayParts } from "./replayed.ts";

/** Who answered, by what the journal says of it. */
export function agentOf(setup: CallSetup, dialog: AgentProfile["dialog"]): AgentProfile {
  const { agent, greeting, phrases, limits, listensFor, voice, outbound, greetingInterruptible, toldWhileSpeaking } =
    setup;
  // The journal's reader has checked that these are words and numbers; which ones are needed is checked by their absence.
  return {
    name: agent,
    greeting,
    language: voice.language,
    listensFor: listensFor as AgentProfile["listensFor"],
    voice,
    dialog,
    // A journal of before knows fewer of them.
    phrases: { oneMoment: "", ...phrases } as Phrases,
    limits: limits as AgentProfile["limits"],
    ...(outbound && { outbound }),
    ...(greetingInterruptible && { greetingInterruptible }),
    ...(toldWhileSpeaking && { toldWhileSpeaking }),
  };
}

/** What is not as it was in the recording, apart from the code: the likeliest cause of everything else. */
export function causesOf(call: RecordedCall, { policy, framing }: ReplayParts): string {
  const frames = framing(call.opening?.carrier ?? "twilio", call.format);
  const cut = call.framing ? { frames: call.framing } : {};
  return valueChanges(
    { ...call.setup.policy, ...cut },
    { ...policy, ...(call.framing ? { frames: { ...frames } } : {}) },
  );
}

/** How the recorded call went. */
export function outcomeOf({ events }: RecordedCall): Outcome {
  const entries = events.flatMap(({ event, effects }) => effects.map((out) => ({ atMs: event.atMs, out })));
  const end = entries.find(({ out }) => out.do === "end")?.out["end"] as CallEnd | undefined;
  return {
    decisions: decisionsOf(entries),
    turns: turnsOf(entries),
    end: end ?? { how: "interrupted", detail: "the recording ends here" },
  };
}

export const decisionsOf = (entries: readonly JournalEntry[]): readonly Decision[] =>
  entries.flatMap((entry) => {
    if (!("out" in entry) || entry.out.do !== "decide") return [];
    return [(entry.out as unknown as { readonly decision: Decision }).decision];
  });

/** Each turn as it was written last. */
export function turnsOf(entries: readonly JournalEntry[]): readonly Turn[] {
  const turns = new Map<number, Turn>();
  for (const entry of entries) {
    if (!("out" in entry) || entry.out.do !== "write-turn") continue;
    const { turn } = entry.out as unknown as { readonly turn: Turn };
    turns.set(turn.seq, turn);
  }
  return [...turns.values()];
}
