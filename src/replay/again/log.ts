import type { Decision, Turn } from "../../record/record.ts";

/** One JSON line per decision, in the order they were made: two logs of the same call are the same to the byte. */
export function decisionLog(decisions: readonly Decision[]): string {
  // The order of the fields is ours, not that of whoever built or stored the record.
  return decisions
    .map(({ atMs, what, why, inputs, limits, otherwise }) => {
      return `${JSON.stringify({ atMs, what, why, inputs: sorted(inputs), limits: sorted(limits), otherwise })}\n`;
    })
    .join("");
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export type TranscriptLine = { readonly by: "caller" | "agent"; readonly text: string; readonly cutShort?: true };

/** What was said and what was heard, turn by turn. */
export function transcriptOf(turns: readonly Turn[]): readonly TranscriptLine[] {
  return turns.flatMap(({ userText, agentHeard, interrupted }): readonly TranscriptLine[] => [
    ...(userText === "" ? [] : [{ by: "caller" as const, text: userText }]),
    ...(agentHeard === "" && !interrupted
      ? []
      : [{ by: "agent" as const, text: agentHeard, ...(interrupted ? { cutShort: true as const } : {}) }]),
  ]);
}
