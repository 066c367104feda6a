import { Refusal } from "../phone/refusal.ts";

/** Tells a set-up as it goes: each step is explained before it is done, then what came of it. */
export class Story {
  readonly #print: (line: string) => void;
  #steps = 0;
  #faults = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get ok(): boolean {
    return this.#faults === 0;
  }

  title(text: string): void {
    this.#print(`${text}\n`);
  }

  /** What comes next, and why. */
  step(text: string): void {
    this.#steps += 1;
    this.#print(`${this.#steps}. ${text}`);
  }

  line(text: string): void {
    this.#print(`     ${text}`);
  }

  done(text: string): void {
    this.#print(`   ✓ ${text}`);
  }

  /** Not as it should be, but no reason to stop. */
  warn(text: string, todo: string): void {
    this.#print(`   ! ${text}`);
    this.#print(`     → ${todo}`);
  }

  fail(text: string, todo: string): void {
    this.#faults += 1;
    this.#print(`   ✗ ${text}`);
    this.#print(`     → ${todo}`);
  }
}

/** Tells `run` to its end, or to the first thing another service refuses. True when nothing failed. */
export async function tellStory(story: Story, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    story.fail(error.message, error.todo);
  }
  return story.ok;
}
