/** A server of the test's own; undefined, said loudly, where there is no binary for it. With CI=true its absence fails. */
export async function withServer<T>(what: string, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (process.env["CI"] === "true") throw new Error(`CI needs ${what}`, { cause: error });
    process.stderr.write(`\n══ ${what} cannot be started: its tests are SKIPPED. ${String(error)} ══\n\n`);
    return undefined;
  }
}
