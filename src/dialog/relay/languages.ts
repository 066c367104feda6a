import { LANGUAGES, type Language } from "../../record/record.ts";

/** A tag read as one of our languages. `instead`: it names another region, or none, of the same language. */
export type ReadTag = { readonly language: Language; readonly instead: boolean };

/** ISO's code of Odia is `or`; ours is what Indian providers write. */
const RENAMED: Readonly<Record<string, string>> = { or: "od" };

/** Reads tags such as `hi-IN`, `hi` or `en-US`; undefined for a language that nobody here speaks. */
export function readTag(tag: string): ReadTag | undefined {
  const [primary = ""] = tag.toLowerCase().split(/[-_]/);
  const code = RENAMED[primary] ?? primary;
  const language = LANGUAGES.find((known) => known.startsWith(`${code}-`));
  if (language === undefined) return undefined;
  return { language, instead: tag.toLowerCase() !== language.toLowerCase() };
}

/** Twilio's word for an ear that detects the language. */
export const ANY_LANGUAGE = "multi";
