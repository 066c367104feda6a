import { durationOf } from "../ui/format.ts";
import type { LogEntry } from "./answers.ts";

/** `1:04.250`: events come within milliseconds of each other. */
export function preciseTimeOf(ms: number): string {
  const whole = Math.round(ms);
  return `${durationOf(whole - (whole % 1000))}.${String(whole % 1000).padStart(3, "0")}`;
}

/** Whoever did something, in the order in which they first did. */
export const actorsOf = (entries: readonly LogEntry[]): readonly string[] => [...new Set(entries.map(({ by }) => by))];

/** What else is known of it, in one line. */
export const dataOf = ({ data = {} }: LogEntry): string =>
  Object.entries(data)
    .map(([name, value]) => `${name} ${typeof value === "string" ? `“${value}”` : shortened(value)}`)
    .join(" · ");

/** Nobody reads fractions of a millisecond. */
const shortened = (value: number | boolean): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value);
