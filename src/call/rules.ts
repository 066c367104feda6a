import type { AgentProfile } from "../dialog/dialog.ts";

/** Everything `step()` goes by: the agent's words and limits, and the gateway's policy on turns. All plain data. */
export type Rules = Pick<
  AgentProfile,
  "greeting" | "greetingInterruptible" | "toldWhileSpeaking" | "phrases" | "limits" | "outbound"
> & {
  /** The dialog is not asked: it is told, and speaks when it likes. */
  readonly free?: boolean;
  readonly policy: Policy;
};

/** The gateway's own constants of a conversation. Decisions name them as `turn.mergeMs`, and so do the knobs of a sweep. */
export type Policy = {
  readonly turn: {
    /** How long to wait for a transcript after the caller stopped speaking, before making do with the last partial. */
    readonly finalMs: number;
    /** A caller who speaks this soon after the answer began to sound has heard nothing of it and is finishing the same turn. */
    readonly mergeMs: number;
    /** Keys pressed within this of each other are one entry; `#` ends it at once. */
    readonly keysMs: number;
    /** An utterance longer than this counts for the words in it; without words it is noise, and the silence ladder goes on. */
    readonly longestUtteranceMs: number;
  };
  readonly bargeIn: {
    /** How long the caller must have been making sounds before the agent stops for them. 0: at the first; words stop it at once. */
    readonly minMs: number;
    /** A caller who has been making sounds for longer than a cough when the answer begins to sound is still speaking. */
    readonly coughMs: number;
    /** How far a carrier's playing may lag behind our reckoning of it, before an unmarked reply is taken for heard. */
    readonly lagMs: number;
  };
  readonly reply: {
    /** How long the caller may wait for the first sound of an answer, or for the next sound of any reply. */
    readonly thinkMs: number;
    /** How long for the first sound of a text of our own: longer than a mouth's patience, which tries other ways to speak. */
    readonly voiceMs: number;
    /** How long after the computed end of playing a mark may still come. */
    readonly markGraceMs: number;
    /** How far audio may be sent ahead of the caller's ear. */
    readonly leadMs: number;
  };
};

export const POLICY: Policy = {
  turn: { finalMs: 2000, mergeMs: 700, keysMs: 2000, longestUtteranceMs: 30_000 },
  bargeIn: { minMs: 0, coughMs: 600, lagMs: 500 },
  reply: { thinkMs: 10_000, voiceMs: 9000, markGraceMs: 1500, leadMs: 400 },
};
