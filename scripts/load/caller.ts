import { systemClock } from "../../src/kit/clock.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";

const PATIENCE_MS = 15_000;
/** How long the caller listens before speaking into the answer; callers differ, so that they do not all speak at once. */
const LISTENS_MS = 600;
const SPREAD_MS = 800;
const SILENT_MS = 500;

export const pause = (ms: number): Promise<void> => systemClock.sleep(ms, new AbortController().signal);

/** Hears the greeting, then asks again and again, each time into the answer, until `untilMs()`. Answers how often nobody answered. */
export async function converse(call: TwinCall, number: number, untilMs: () => number): Promise<number> {
  const question = voice("unknown");
  let unanswered = 0;
  const come = async (from: number): Promise<void> => {
    try {
      await call.waitFor(({ kind }) => kind === "playback-started", PATIENCE_MS, from);
    } catch {
      // The deadline's message is a whole log; a count is what the table shows.
      unanswered += 1;
    }
  };
  await come(0);
  await hearOut(call);
  await pause((number * 137) % SPREAD_MS);
  while (systemClock.now() < untilMs() && call.outcome.kind === "streaming") {
    const from = call.log.length;
    await call.say(question.audio, question.text);
    await come(from);
    await pause(LISTENS_MS + ((number * 211 + call.log.length * 97) % SPREAD_MS));
  }
  call.hangUp();
  await call.over;
  return unanswered;
}

/** Waits until the agent has been silent for a while: a slow gateway may leave gaps. */
async function hearOut(call: TwinCall): Promise<void> {
  const deadline = systemClock.now() + PATIENCE_MS;
  for (;;) {
    const last = call.log.findLast(({ kind }) => kind === "playback-started" || kind === "playback-ended");
    const now = systemClock.now();
    if (now > deadline || (last?.kind === "playback-ended" && now - last.atMs > SILENT_MS)) return;
    await pause(50);
  }
}

/** An agents file in which every caller is told their own number: that tells the simulated Sarvam whose voice it makes. */
export function agentsFile(calls: number): string {
  const agent = (number: number): object => ({
    name: `load-${number}`,
    greeting: `Hello, you are caller ${number} today, please ask.`,
    language: "en-IN",
    dialog: {
      kind: "rules",
      rules: [],
      otherwise:
        `Dear caller ${number}, this is a long answer that goes on for a good while so that it can be spoken into. ` +
        `It has a second sentence for caller ${number}, which is long as well and which nobody is meant to hear to its end.`,
    },
    limits: { maxDurationSeconds: 3600, silenceSeconds: 60 },
  });
  const numbers = Array.from({ length: calls }, (_, number) => [dialled(number), agent(number)]);
  return JSON.stringify(Object.fromEntries([...numbers, ["default", agent(999_999)]]));
}

/** The number that the n-th caller dials. */
export const dialled = (number: number): string => `+9180${String(40_000_000 + number)}`;
