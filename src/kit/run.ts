import { pathToFileURL } from "node:url";

/** Is this module what the process was started with? */
export const isProgram = (moduleUrl: string): boolean => moduleUrl === pathToFileURL(process.argv[1] ?? "").href;

/**
 * Makes `start` the whole process: the first SIGTERM or SIGINT asks it to `stop` in its own time, a second one at once; then the
 * exit code is 0. If it cannot start, its reason is written to stderr and the exit code is 1; `plainly` says which errors are for
 * people and need no stack.
 */
export async function runProgram(
  start: () => Promise<{ stop(hurry: boolean): Promise<void> }>,
  plainly: (error: unknown) => boolean,
): Promise<void> {
  const fail = (error: unknown): void => {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${plainly(error) ? message : stack}\n`, () => process.exit(1));
  };
  try {
    const program = await start();
    let asked = 0;
    const onSignal = (): void => {
      asked++;
      program.stop(asked > 1).then(() => process.exit(0), fail);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  } catch (error) {
    fail(error);
  }
}
