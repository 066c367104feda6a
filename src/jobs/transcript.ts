import type { CallId, Turn } from "../record/record.ts";
import type { CallStore, StoredCall, Transcript } from "../store/store.ts";

type Line = Transcript["lines"][number];

/** What was said and heard in a call. Pure: the same call gives the same document. What the caller did not hear is not in it. */
export function transcriptOf(call: StoredCall): Transcript {
  const turns = call.turns.toSorted((a, b) => a.seq - b.seq);
  const firstAudio = turns.flatMap(({ metrics }) => metrics.firstAudioMs ?? []);
  const begunAt = call.answeredAt ?? call.openedAt;
  return {
    callId: call.id,
    language: call.language,
    durationMs: Math.max((call.endedAt ?? begunAt) - begunAt, 0),
    lines: turns.flatMap(linesOf),
    metrics: {
      turns: turns.length,
      interruptions: turns.filter(({ interrupted }) => interrupted).length,
      ...(firstAudio.length > 0 ? { firstAudioMsMedian: median(firstAudio) } : {}),
      userAudioMs: sum(turns.map(({ metrics }) => metrics.userAudioMs ?? 0)),
      agentAudioMs: sum(turns.map(({ metrics }) => metrics.agentAudioMs ?? 0)),
    },
  };
}

/**
 * Writes the transcript of a closed call and marks the job as done. Twice is once. `unknown`: the books know no such call.
 * Rejects when the call is not closed yet, or the books do not answer.
 */
export async function writeTranscript(store: CallStore, callId: CallId): Promise<"written" | "unknown"> {
  const call = await store.call(callId);
  if (!call) return "unknown";
  if (call.status !== "ended") throw new Error("the call is not closed yet");
  await store.finishTranscript(transcriptOf(call));
  return "written";
}

function linesOf(turn: Turn): readonly Line[] {
  const lines: Line[] = [];
  const said = turn.userText.trim();
  const heard = turn.agentHeard.trim();
  if (said) lines.push({ by: "caller", text: said, atMs: turn.startedMs, cutShort: false });
  if (heard) {
    const atMs = turn.startedMs + (turn.metrics.firstAudioMs ?? 0);
    lines.push({
      by: "agent",
      text: heard,
      atMs,
      cutShort: turn.interrupted || !sameWords(heard, turn.agentGenerated),
    });
  }
  return lines;
}

/** A caller who hangs up in mid-sentence cuts it short too, without interrupting. */
const sameWords = (a: string, b: string): boolean => a.split(/\s+/u).join(" ") === b.trim().split(/\s+/u).join(" ");

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
