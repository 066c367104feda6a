import { existsSync, realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { systemClock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Meter } from "./meter.ts";

/** Is this module what the process was started with? Also by a link to it, which Node resolves for modules only. */
export function isProgram(moduleUrl: string): boolean {
  const [, started = ""] = process.argv;
  return existsSync(started) && moduleUrl === pathToFileURL(realpathSync(started)).href;
}

/** What a process of ours is while it runs. */
export type Program = {
  readonly log: Log;
  readonly meter: Meter;
  /** Takes nothing new, lets what is under way go on for `ms` (else as configured), then closes everything. */
  stop(ms?: number): Promise<void>;
};

/** After an error that nobody caught: how long what is under way may go on, and when the process ends whatever it holds. */
const LAST_MS = 20_000;
const CAP_MS = 30_000;

/**
 * Makes `start` the whole process: the first SIGTERM or SIGINT asks it to `stop` in its own time, a second one at once; then the
 * exit code is 0. One that comes while it still starts stops it as soon as it has; a second one then ends the process on the spot.
 * If it cannot start, its reason is written to stderr and the exit code is 1; `plainly` says which errors are for people and
 * need no stack. After an error that nobody caught nothing is sure any more: it stops within 30 s, and the exit code is 1.
 */
export async function runProgram(start: () => Promise<Program>, plainly: (error: unknown) => boolean): Promise<void> {
  let program: Program | undefined;
  let asked = 0;
  let code = 0;
  const fail = (error: unknown): void => {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${plainly(error) ? message : stack}\n`, () => process.exit(1));
  };
  const stop = (ms?: number): void => {
    program?.stop(ms).then(() => process.exit(code), fail);
  };
  const onSignal = (): void => {
    asked++;
    if (program) return stop(asked > 1 ? 0 : undefined);
    if (asked > 1) process.exit(0);
  };
  const onUncaught = (error: unknown): void => {
    if (!program) return fail(error);
    program.meter.count("uncaught_errors");
    program.log.error({ err: error }, "an error was not caught: the program stops");
    if (code !== 0) return;
    code = 1;
    systemClock.after(CAP_MS, () => process.exit(code));
    stop(LAST_MS);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // An unhandled rejection too becomes an uncaught exception, as long as nobody listens for it.
  process.on("uncaughtException", onUncaught);
  try {
    program = await start();
    if (asked > 0) stop();
  } catch (error) {
    fail(error);
  }
}
