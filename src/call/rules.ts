import type { AgentProfile } from "../dialog/dialog.ts";

/** Everything `step()` goes by: the agent's words and limits, and the gateway's policy on turns. All plain data. */
export type Rules = Pick<AgentProfile, "greeting" | "phrases" | "limits"> & { readonly policy: Policy };

export type Policy = {
  /** How long to wait for a transcript after the caller stopped speaking, before making do with the last partial. */
  readonly finalMs: number;
  /** A caller who goes on this soon after a final, having heard nothing of the answer, is finishing the same turn. */
  readonly mergeMs: number;
  /** How long after the computed end of playing a mark may still come. */
  readonly markGraceMs: number;
  /** Keys pressed within this of each other are one entry; `#` ends it at once. */
  readonly keysMs: number;
  /** An utterance longer than this is taken for noise: the silence ladder goes on. */
  readonly longestUtteranceMs: number;
  /** How far audio may be sent ahead of the caller's ear. */
  readonly leadMs: number;
};

export const POLICY: Policy = {
  finalMs: 2000,
  mergeMs: 700,
  markGraceMs: 1500,
  keysMs: 2000,
  longestUtteranceMs: 30_000,
  leadMs: 400,
};
