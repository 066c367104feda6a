import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * The place of buttons that come and go, with a `tabIndex`: whoever pressed one that is gone, goes on there. To be looked at again with
 * each other `standing`.
 */
export function useKeptFocus(standing: unknown): { readonly current: HTMLDivElement | null } {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(standing);
  useLayoutEffect(() => {
    if (before.current === standing) return;
    before.current = standing;
    if (document.activeElement === document.body) place.current?.focus({ preventScroll: true });
  }, [standing]);
  return place;
}
