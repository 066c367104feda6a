/** How long to wait before the next try: doubling from `firstMs` to `capMs`, then spread evenly over its upper half. */
export function backoffMs(
  attempt: number,
  chance: () => number,
  { firstMs, capMs }: { readonly firstMs: number; readonly capMs: number },
): number {
  const full = Math.min(capMs, firstMs * 2 ** attempt);
  return full / 2 + (full / 2) * chance();
}
