import type { CallSummary } from "../ui/told.ts";

type End = NonNullable<CallSummary["end"]>;

const WORDS: Readonly<Record<End["how"], string>> = {
  "caller-hung-up": "Caller hung up",
  "agent-hung-up": "Agent hung up",
  "caller-silent": "Caller fell silent",
  "too-long": "Longest duration reached",
  "carrier-lost": "Line lost",
  "never-connected": "Never connected",
  failed: "Failed",
  "drain-forced": "Cut off by a shutdown",
  interrupted: "Cut off by a crash",
  transferred: "Transferred",
  "ended-by-request": "Ended by request",
  machine: "Answering machine",
  "not-answered": "Not answered",
};

/** How a call ended, in plain words. */
export const endingOf = ({ how }: End): string => WORDS[how] ?? how;

const FAILURES: ReadonlySet<string> = new Set<End["how"]>([
  "carrier-lost",
  "never-connected",
  "failed",
  "drain-forced",
  "interrupted",
]);

/** Something was wrong with the call, and not only with what came of it. */
export const isFailure = ({ end }: Pick<CallSummary, "end">): boolean => end !== undefined && FAILURES.has(end.how);
