import type { Visibility } from "./while-visible.ts";

export const browserVisibility: Visibility = {
  get visible() {
    return document.visibilityState === "visible";
  },
  onChange(then) {
    document.addEventListener("visibilitychange", then);
    return () => document.removeEventListener("visibilitychange", then);
  },
};
