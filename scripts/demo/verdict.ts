/** What a demo must show, in the order it happens. */
export const STEPS = {
  answered: "the gateway answered the phone",
  connected: "the media stream opened",
  greeted: "the greeting was heard to its end",
  understood: "what the caller asked was understood",
  answerHeard: "the answer was heard to its end",
  interrupted: "the caller spoke into the next answer",
  cleared: "the carrier was told to throw away the rest",
  silenced: "nothing of the old answer came after that",
  secondAnswerHeard: "the interruption was answered",
  goodbyeHeard: "the agent's goodbye was heard to its end",
  hungUp: "the agent hung up",
  wellFormed: "the carrier had nothing to complain about",
  booked: "the call and its turns are in the database",
  transcript: "the transcript was written",
  recorded: "what the caller heard was saved",
} as const;

export type Step = keyof typeof STEPS;

const ALL = Object.keys(STEPS).filter((name): name is Step => name in STEPS);

/** Keeps account of what was seen. */
export class Verdict {
  readonly #seen = new Set<Step>();
  /** Why the story broke off, if it did. */
  trouble: string | undefined;

  see(step: Step): void {
    this.#seen.add(step);
  }

  /** Throws unless `so`: a story that has gone wrong is not told on. */
  demand(step: Step, so: boolean, otherwise: string): void {
    if (!so) throw new Error(`${STEPS[step]}? No: ${otherwise}`);
    this.see(step);
  }

  get missing(): readonly Step[] {
    return ALL.filter((step) => !this.#seen.has(step));
  }

  get ok(): boolean {
    return this.missing.length === 0;
  }

  lines(): readonly string[] {
    if (this.ok) return [`All ${ALL.length} things that had to happen did.`];
    const missing = this.missing.map((step) => `  - ${STEPS[step]}`);
    return [
      `${missing.length} of ${ALL.length} things were not seen:`,
      ...missing,
      ...(this.trouble ? [this.trouble] : []),
    ];
  }
}
