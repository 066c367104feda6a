/** What `read` makes of the command line; a line that it does not understand ends the program with 2 and how to write it. */
export function understood<T>(read: () => T, usage: string): T {
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}
