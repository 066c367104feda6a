import { AppHost } from "./mcp-host.ts";
import type { McpApp } from "./ui-events.ts";

const LOWEST_PX = 80;
const HIGHEST_PX = 640;

/** An app in a frame of its own, to be put somewhere into the page. `close` when it is taken out. */
export type AppFrame = { readonly element: HTMLIFrameElement; readonly close: () => void };

/**
 * Shows an app that an agent sent (`eventCallback`, type `mcp`). It may run scripts and fill in forms, and nothing else: it has no
 * origin, so that it reaches neither this page nor what browsers keep for it. Pages with a Content-Security-Policy need `frame-src`.
 */
export function appFrame({ url, data }: McpApp): AppFrame {
  const element = document.createElement("iframe");
  element.title = `App of ${new URL(url).host}`;
  element.setAttribute("sandbox", "allow-scripts allow-forms");
  element.referrerPolicy = "no-referrer";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const host = new AppHost(
    data,
    { theme: dark ? "dark" : "light", locale: navigator.language },
    {
      // To whoever has no origin one can only speak by the frame.
      post: (message) => element.contentWindow?.postMessage(message, "*"),
      resized: (heightPx) => {
        element.style.height = `${Math.min(HIGHEST_PX, Math.max(LOWEST_PX, heightPx))}px`;
      },
    },
  );
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener("message", ({ source, data: told }) => source === element.contentWindow && host.hear(told), {
    signal,
  });
  let loaded = false;
  element.addEventListener(
    "load",
    () => {
      // Whatever the app leads on to is not whom the agent meant.
      if (loaded) stop.abort();
      else host.loaded();
      loaded = true;
    },
    { signal },
  );
  element.src = url;
  return { element, close: () => stop.abort() };
}
