/**
 * One way to write a dialled number, so that `+91 80 4567 8900`, `080-45678900` and `918045678900` are the same. Numbers without a
 * country are Indian. What is no number (a SIP address) is only lower-cased.
 */
export function normalNumber(dialled: string): string {
  const text = dialled.trim();
  if (!/^[+\d\s().-]+$/u.test(text)) return text.toLowerCase();
  const digits = text.replace(/\D/gu, "");
  if (text.startsWith("+")) return `+${digits}`;
  if (digits.startsWith("00")) return `+${digits.slice(2)}`;
  if (/^0\d{10}$/u.test(digits)) return `+91${digits.slice(1)}`;
  // Indian toll-free numbers, which have eleven digits.
  if (/^18[06]0\d{7}$/u.test(digits)) return `+91${digits}`;
  if (digits.length === 10) return `+91${digits}`;
  return digits.length > 10 ? `+${digits}` : digits;
}
