import type { Worker } from "node:worker_threads";
import type { Config } from "./config.ts";
import type { Replaying, ReplayReport, Replays } from "./gateway/replaying.ts";
import type { Clock } from "./kit/clock.ts";
import { startThread } from "./kit/thread.ts";
import type { ReplayOrder } from "./replay-thread.ts";

/** Four hours of a call, the longest there is, take some 10 s. */
const DEADLINE_MS = 60_000;
/** A journal with hours of sound; a thread that needs more ends alone. */
const MEMORY_MB = 1024;
const TOO_BIG = "the call is too long to be replayed beside live ones; the commands can";
const isTooBig = (error: Error): boolean => "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";

/**
 * Replays in a worker thread: in ours, masking ten minutes of a call stops everything else for 0.7 s, and replaying them for 10 ms at
 * a time. A thread lives for one replay, since they are rare. `close` ends one that is under way.
 */
export function openReplays(config: Config, clock: Clock, deadlineMs = DEADLINE_MS): Replays {
  let running: Worker | undefined;

  async function run<T>(make: ReplayOrder["make"], journal: string): Promise<Replaying<T>> {
    if (running) return { kind: "busy" };
    const worker = startThread(new URL("./replay-thread", import.meta.url), {
      workerData: { make, journal, config } satisfies ReplayOrder,
      name: "replay",
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    running = worker;
    let forget = (): void => {};
    try {
      return await new Promise<Replaying<T>>((resolve, reject) => {
        forget = clock.after(deadlineMs, () => resolve({ kind: "late", afterMs: deadlineMs }));
        worker.once("message", resolve);
        worker.once("error", (error) =>
          isTooBig(error) ? resolve({ kind: "impossible", why: TOO_BIG }) : reject(error),
        );
        // By `close`: whoever asks again asks the next process.
        worker.once("exit", () => resolve({ kind: "busy" }));
      });
    } finally {
      forget();
      await worker.terminate();
      running = undefined;
    }
  }

  return {
    fixture: (journal) => run<string>("fixture", journal),
    replay: (journal) => run<ReplayReport>("report", journal),
    async close() {
      await running?.terminate();
    },
  };
}
