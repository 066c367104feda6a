import type { Network } from "./ports.ts";

export const browserNetwork: Network = {
  get online() {
    return navigator.onLine;
  },
  onChange(then) {
    const stop = new AbortController();
    addEventListener("online", () => then(true), { signal: stop.signal });
    addEventListener("offline", () => then(false), { signal: stop.signal });
    return () => stop.abort();
  },
};
