import { LANGUAGES } from "../../record/record.ts";

const MORE_LANGUAGES = [
  "as-IN",
  "ur-IN",
  "ne-IN",
  "kok-IN",
  "ks-IN",
  "sd-IN",
  "sa-IN",
  "sat-IN",
  "mni-IN",
  "brx-IN",
  "mai-IN",
  "doi-IN",
] as const;

/** What Sarvam's ears understand, in our spelling: Odia is `od-IN`, and `unknown` asks the ear to find out. */
export const HEARD_LANGUAGES = ["unknown", ...LANGUAGES, ...MORE_LANGUAGES] as const;
export type HeardLanguage = (typeof HEARD_LANGUAGES)[number];

const isHeard = (tag: string): tag is HeardLanguage => HEARD_LANGUAGES.some((known) => known === tag);

/** Either endpoint's spelling in ours: the realtime socket writes `or-IN` and `auto` for what the older one calls `od-IN` and `unknown`. */
export function ourSpelling(tag: string): string {
  if (tag === "or-IN") return "od-IN";
  return tag === "auto" ? "unknown" : tag;
}

/** Throws an `Error` for a language that Sarvam cannot hear. */
export function heardLanguage(tag: string): HeardLanguage {
  const ours = ourSpelling(tag);
  if (isHeard(ours)) return ours;
  throw new Error(`Sarvam cannot hear the language "${tag}"; it knows ${HEARD_LANGUAGES.join(", ")}`);
}

/** Our spelling in the realtime socket's. The older socket uses ours as it is. */
export function realtimeSpelling(language: HeardLanguage): string {
  if (language === "od-IN") return "or-IN";
  return language === "unknown" ? "auto" : language;
}
