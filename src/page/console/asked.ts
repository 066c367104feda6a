import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, Refusal, reasonOf } from "../ui/api.ts";
import { who } from "../ui/who.ts";

export type Asked<T> =
  | { readonly state: "asking" }
  | { readonly state: "told"; readonly told: T }
  | { readonly state: "refused"; readonly status: number; readonly why: string };

/**
 * What the gateway says of this path, asked again with each other `version`: what it said before stands until it answers.
 * `undefined`: it is not asked.
 */
export function useAsked<T>(path: string | undefined, version: number | string = 0): ReadonlySignal<Asked<T>> {
  const asked = useSignal<Asked<T>>({ state: "asking" });
  const of = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (path === undefined) return;
    if (of.peek() !== path) asked.value = { state: "asking" };
    of.value = path;
    const stop = new AbortController();
    ask<T>("GET", path, undefined, stop.signal).then(
      (told) => {
        asked.value = { state: "told", told };
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (asked.peek().state !== "told" || !isPassing(error)) asked.value = refused(error);
      },
    );
    return () => stop.abort();
  }, [path, version]);
  return asked;
}

/** A login that has run out is asked for anew. */
export function refused(error: unknown): Extract<Asked<unknown>, { state: "refused" }> {
  const status = error instanceof Refusal ? error.status : 0;
  if (status === 401) who.value = "nobody";
  return { state: "refused", status, why: reasonOf(error) };
}

/** What was told before is still better than nothing. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Refusal && (error.status === 0 || error.status >= 500);
