import type { Clock } from "../../src/kit/clock.ts";
import type { Story } from "./story.ts";

export type TestCall = {
  readonly to: string;
  /** Resolves with the call's id at its carrier. */
  place(): Promise<string>;
  status(id: string): Promise<string>;
};

export type Watch = {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly patienceMs: number;
  readonly dryRun: boolean;
  /** There is a gateway to answer it. */
  readonly answered: boolean;
};

const OVER = ["completed", "busy", "failed", "no-answer", "canceled"];

/** Rings somebody and tells how it goes, to its end or until it was watched long enough. */
export async function testCall(
  { to, place, status }: TestCall,
  { clock, everyMs, patienceMs, dryRun, answered }: Watch,
  story: Story,
): Promise<void> {
  if (dryRun) return story.done("would be placed");
  if (!answered)
    return story.fail("not placed: there is no gateway to answer it", "Start the gateway, then run this again.");
  const id = await place();
  story.line(`${id}: answer it, and talk to the agent`);
  const untilMs = clock.now() + patienceMs;
  const seen: string[] = [];
  while (clock.now() < untilMs) {
    const now = await status(id);
    if (now !== seen.at(-1)) {
      seen.push(now);
      story.line(now);
    }
    if (OVER.includes(now)) break;
    await clock.sleep(everyMs, new AbortController().signal);
  }
  const last = seen.at(-1);
  if (last === "completed") return story.done(`the call to ${to} was answered and is over`);
  if (last === "in-progress") return story.done(`the call to ${to} was answered and goes on`);
  story.fail(
    `the call to ${to} came to nothing: ${last ?? "its carrier tells nothing of it"}`,
    TODO[last ?? ""] ?? "Look the call up in the carrier's console.",
  );
}

const TODO: Readonly<Record<string, string>> = {
  busy: "The line was busy: try again.",
  "no-answer": "Nobody answered: try again.",
  failed: "The number cannot be reached: write it with its country, such as +919812345678.",
};
