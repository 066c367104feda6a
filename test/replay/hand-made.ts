import type { CallEvent } from "../../src/call/call.ts";
import { POLICY } from "../../src/call/call.ts";
import type { CallSetup, JournalEntry } from "../../src/journal/journal.ts";
import type { CallId, Turn } from "../../src/record/record.ts";
import type { NotedEffect } from "../../src/replay/again/recorded-call.ts";
import type { LineNote, RecordedCall, Replayed } from "../../src/replay/replay.ts";

/** One thing that happens at `at`, ms since the call began. What the call does stands behind the event that made it do so. */
export type Step = { readonly at: number } & (
  | { readonly ear: "speech-started" | "speech-ended"; readonly n: number }
  | { readonly ear: "partial" | "final"; readonly n: number; readonly text: string }
  | { readonly timer: "final" | "barge-in" | "silence" }
  | { readonly key: string }
  /** The first sound of a piece is told. */
  | { readonly audible: number }
  /** The caller's words count, as this turn, and the dialog is asked. */
  | { readonly answers: number; readonly why?: string }
  | { readonly says: string }
  /** So much sound goes to the line at once. */
  | { readonly sounds: number }
  | { readonly stops: true }
  | { readonly turn: string; readonly seq: number; readonly until?: number }
);

const MULAW = { encoding: "mulaw", rate: 8000 } as const;

const SETUP: CallSetup = {
  agent: "test",
  greeting: "",
  phrases: {},
  limits: {},
  listensFor: "unknown",
  voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" },
  dialog: { kind: "echo" },
  format: MULAW,
  policy: POLICY,
};

/** A recorded call whose callers said `steps` and that happened again in the same way. */
export function handMade(
  steps: readonly Step[],
  lastsMs = 60_000,
): { readonly call: RecordedCall; readonly replayed: Replayed } {
  const entries = steps.flatMap(entriesOf);
  const turns = steps.flatMap((step) => ("turn" in step ? [turnOf(step)] : []));
  const events = entries.flatMap((entry) =>
    "in" in entry ? [{ event: { ...entry.in, atMs: entry.atMs } as CallEvent, effects: [] as NotedEffect[] }] : [],
  );
  events[0]?.effects.push(...turns.map((turn) => ({ do: "write-turn" as const, turn })));
  return {
    call: { id: "call_hand_made" as CallId, setup: SETUP, format: MULAW, events, replies: [], sent: [], audio: [] },
    replayed: {
      end: { how: "caller-hung-up", detail: "stop" },
      decisions: [],
      turns,
      line: steps.flatMap(noteOf),
      entries,
      lastsMs,
      differences: [],
    },
  };
}

function entriesOf(step: Step): readonly JournalEntry[] {
  const atMs = step.at;
  if ("ear" in step) {
    const { at: _, ear: kind, n: utterance, ...text } = step;
    return [{ atMs, in: { kind, utterance, ...text } as { kind: string } }];
  }
  if ("timer" in step) return [{ atMs, in: { kind: "timer", timer: step.timer } as { kind: string } }];
  if ("key" in step) return [{ atMs, in: { kind: "key", digit: step.key } as { kind: string } }];
  if ("audible" in step) return [{ atMs, in: { kind: "audible", generation: step.audible } as { kind: string } }];
  if ("answers" in step) {
    const decision = { atMs, what: "answered", why: step.why ?? "final", inputs: { turn: step.answers }, limits: {} };
    return [{ atMs, out: { do: "decide", decision } as { do: string } }, begins(atMs, "dialog")];
  }
  if ("says" in step) return [begins(atMs, "say")];
  if ("stops" in step) return [{ atMs, out: { do: "stop-reply" } }];
  return [];
}

const begins = (atMs: number, kind: string): JournalEntry => ({
  atMs,
  out: { do: "start-reply", generation: 1, source: { kind } } as { do: string },
});

function noteOf(step: Step): readonly LineNote[] {
  if ("sounds" in step) return [{ atMs: step.at, do: "play", ms: step.sounds }];
  return "stops" in step ? [{ atMs: step.at, do: "clear" }] : [];
}

function turnOf({ at: startedMs, turn: userText, seq, until }: Extract<Step, { turn: string }>): Turn {
  const agent = { agentGenerated: "", agentSent: "", agentHeard: "" };
  const ended = until === undefined ? {} : { endedMs: until };
  return { seq, userText, ...agent, interrupted: false, startedMs, ...ended, metrics: {} };
}
