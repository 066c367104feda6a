import type { Log } from "./log.ts";

/** What was opened, closed again in the opposite order: the last first. */
export class Closing {
  readonly #open: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  /** `close` may be asynchronous. Gives back `thing`, so that opening it and noting it is one line. */
  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#open.push(() => close(thing));
    return thing;
  }

  /**
   * Closes everything, also when some of it fails to: that is logged. Nothing is closed twice, nor before what was opened
   * later: asked again, it answers when the first time is done.
   */
  run(log: Log): Promise<void> {
    this.#running ??= this.#close(log);
    return this.#running;
  }

  async #close(log: Log): Promise<void> {
    for (let close = this.#open.pop(); close; close = this.#open.pop()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error }, "something could not be closed in good order");
      }
    }
  }
}
