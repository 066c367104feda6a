/** What can go wrong for a caller; `scoreCall` says when it has. */
export const FAULTS = ["cut-in", "false stop", "missed interruption", "lost words", "no answer"] as const;

export type Fault = (typeof FAULTS)[number];
