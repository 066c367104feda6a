/** How things are written for people. Times are ms since 1970, durations ms. */

const clockTime = new Intl.DateTimeFormat("en-IN", { hour: "numeric", minute: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat("en-IN", {
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
const dateAndTime = new Intl.DateTimeFormat("en-IN", { dateStyle: "medium", timeStyle: "short" });
const languages = new Intl.DisplayNames("en", { type: "language" });

/** `11:47 am`, and the day where it is another one than `now`'s, with its year where that is. */
export function timeOf(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return clockTime.format(at);
  return (then.getFullYear() === today.getFullYear() ? dayAndTime : dateAndTime).format(at);
}

/** `1:34`, or `1:02:09`. */
export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `980 ms`, or `1.22 s`. */
export const latencyOf = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** `Hindi` of `hi-IN`; Sarvam says `od` where the standard says `or`. */
export function languageOf(code: string): string {
  const [language = code] = code.split("-");
  return languages.of(language === "od" ? "or" : language) ?? code;
}

/** `+91 98450 12345`; what is no Indian mobile number stays as it is. */
export const numberOf = (number: string): string =>
  number.replace(/^\+91([6-9]\d{4})(\d{5})$/, "+91 $1 $2").replace(/^client:/, "");
