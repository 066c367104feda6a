import type { Clock } from "../client/ports.ts";

/** Whether somebody can see the page. */
export interface Visibility {
  readonly visible: boolean;
  /** The returned function ends it. */
  onChange(then: () => void): () => void;
}

/** Looks now, and so long after each look was over again; not while nobody sees it, and at once when somebody does again. */
export function whileVisible(
  { clock, visibility }: { readonly clock: Clock; readonly visibility: Visibility },
  everyMs: number,
  /** Never rejects. */
  look: () => Promise<void>,
): () => void {
  let state: "looking" | "resting" | "unseen" | "stopped" = "unseen";
  let wake = (): void => {};
  const next = (): void => {
    state = visibility.visible ? "looking" : "unseen";
    if (state === "looking") void look().then(rest);
  };
  const rest = (): void => {
    if (state === "stopped") return;
    state = "resting";
    wake = clock.after(everyMs, next);
  };
  const stopWatching = visibility.onChange(() => {
    if (state === "unseen") next();
  });
  next();
  return () => {
    state = "stopped";
    stopWatching();
    wake();
  };
}
