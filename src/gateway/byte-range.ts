/** What of a file is asked for: from and to byte, both included; all of it; or what it does not have. */
type ByteRange = { readonly from: number; readonly to: number } | "all" | "unsatisfiable";

/**
 * Reads a `Range` header against a file of `size` bytes (RFC 9110, section 14). One range is enough for who plays sound: several, and
 * what makes no sense, are as if they had not been asked for, as the RFC allows.
 */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return "all";
  if (first === "")
    return Number(last) > 0 && size > 0 ? { from: Math.max(0, size - Number(last)), to: size - 1 } : "unsatisfiable";
  const [from, to] = [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
  if (last !== "" && Number(last) < from) return "all";
  return from < size ? { from, to } : "unsatisfiable";
}
