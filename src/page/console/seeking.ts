import type { CallSummary } from "../ui/told.ts";
import { isFailure } from "./endings.ts";
import type { CallsRoute } from "./route.ts";

/** What somebody looks for. */
export type Meaning =
  | { readonly kind: "anything" }
  /** `whole`: no letter is missing. */
  | { readonly kind: "call"; readonly id: string; readonly whole: boolean }
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "words"; readonly words: string };

/** Words are looked for in the calls of so many days. */
export const WORDS_DAYS = 30;
const DAY_MS = 24 * 3_600_000;
const PAGE = 30;
const ID_LETTERS = 22;

export function meaningOf(search: string): Meaning {
  const text = search.trim();
  if (text === "") return { kind: "anything" };
  if (/^call_[0-9a-z]{1,64}$/i.test(text))
    return { kind: "call", id: text, whole: text.length === "call_".length + ID_LETTERS };
  if (/^\+?[\d\s().-]+$/.test(text) && /\d{3}/.test(digitsOf(text))) return { kind: "number", number: text };
  return { kind: "words", words: text };
}

/** The question to the API. `now`: ms since 1970. */
export function listPath(
  { portion, search }: Pick<CallsRoute, "portion" | "search">,
  now: number,
  cursor?: string,
): string {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (portion === "live") query.set("status", "open");
  if (portion === "failed") query.set("failed", "true");
  const meaning = meaningOf(search);
  if (meaning.kind === "number") query.set("number", meaning.number);
  if (meaning.kind === "words") {
    query.set("q", meaning.words);
    query.set("opened_after", String(now - WORDS_DAYS * DAY_MS));
  }
  if (cursor !== undefined) query.set("cursor", cursor);
  return `/v1/calls?${query}`;
}

/** Does a call that was just heard of belong into this list? What was said in it only the books can search. */
export function belongs(call: CallSummary, { portion, search }: Pick<CallsRoute, "portion" | "search">): boolean {
  if (portion === "live" && call.status !== "open") return false;
  if (portion === "failed" && !isFailure(call)) return false;
  const meaning = meaningOf(search);
  if (meaning.kind === "number") return [call.from, call.to].some((number) => sameNumber(number, meaning.number));
  return meaning.kind === "anything";
}

const digitsOf = (text: string): string => text.replace(/\D/g, "");

const NATIONAL_DIGITS = 10;

/** Numbers without a country are of whichever. */
function sameNumber(one: string, other: string): boolean {
  const [a, b] = [digitsOf(one), digitsOf(other)].map((digits) => digits.slice(-NATIONAL_DIGITS));
  return a !== "" && a === b;
}
