/**
 * Yields from `source` until `signal` aborts, then throws the reason at once, even if the source never answers again.
 *
 * `return()` on an async generator queues behind a pending `next()`, so a source parked on a dead socket could not be
 * left by leaving the loop. Not `Promise.race`: racing a long-lived promise keeps every yielded item alive until that
 * promise settles.
 */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: (reason: unknown) => void = () => {};
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        giveUp = reject;
        iterator.next().then(resolve, reject);
      });
      if (step.done) return;
      yield step.value;
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a parked source would hold the caller. What it throws on leaving concerns nobody any more.
    void iterator.return?.().catch(() => undefined);
  }
}
