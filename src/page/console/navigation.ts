import { signal } from "@preact/signals";
import { ALL_CALLS, pathOf, type Route, routeOf } from "./route.ts";

/** What is shown now. */
export const route = signal<Route>(here());
/** How often somebody came to another page since this document was opened. */
export const arrivals = signal(0);

function here(): Route {
  return routeOf(new URL(location.href)) ?? ALL_CALLS;
}

/** To another page; the way back leads here. */
export function go(to: Route): void {
  history.pushState(null, "", pathOf(to));
  arrive(to);
}

/** The same page, seen otherwise: nothing to come back to. */
export function amend(to: Route): void {
  history.replaceState(null, "", pathOf(to));
  route.value = to;
}

function arrive(to: Route): void {
  const moves = pathOf({ ...to, ...PLAIN }) !== pathOf({ ...route.value, ...PLAIN });
  route.value = to;
  if (moves) arrivals.value += 1;
}

/** Search and filter make no other page. */
const PLAIN = { portion: "all", search: "" } as const;

/** Follows the links to pages of this console without leaving the document. The returned function ends it. */
export function followLinks(): () => void {
  const stop = new AbortController();
  addEventListener("popstate", () => arrive(here()), { signal: stop.signal });
  document.addEventListener(
    "click",
    (event) => {
      const to = destination(event);
      if (!to) return;
      event.preventDefault();
      go(to);
    },
    { signal: stop.signal },
  );
  return () => stop.abort();
}

/** What an ordinary click on an ordinary link leads to, where that is ours. */
function destination(event: MouseEvent): Route | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.hasAttribute("href") || link.target !== "" || link.hasAttribute("download")) return undefined;
  const url = new URL(link.href);
  return url.origin === location.origin && url.hash === "" ? routeOf(url) : undefined;
}
