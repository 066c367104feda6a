/** The only source of time in the house. Rooms are handed one; nobody else calls `Date.now` or `setTimeout`. */
export interface Clock {
  /** Milliseconds on a monotonic scale whose zero means nothing: for durations and deadlines. */
  now(): number;
  /** Milliseconds since 1970: for what people read. Never subtract two of these. */
  wall(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `then` once after `ms`, unless the returned function was called before. */
  after(ms: number, then: () => void): () => void;
}

/**
 * Milliseconds since `beganAt`, to the microsecond: a journal is smaller without the clock's last digits, and a replay must be able
 * to say the same number.
 */
export const sinceMs = (clock: Clock, beganAt: number): number => Math.round((clock.now() - beganAt) * 1000) / 1000;

/** The `sleep` that belongs to an `after`. */
export function sleepOn(after: Clock["after"]): Clock["sleep"] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = after(ms, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
}

function systemAfter(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: systemAfter,
  sleep: sleepOn(systemAfter),
};

/** A signal that aborts after `ms` of real time, and keeps no process alive for it: for closing down. */
export const deadline = (ms: number): AbortSignal => AbortSignal.timeout(ms);
