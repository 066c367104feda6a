import type { Language } from "../../record/record.ts";

/**
 * Who can speak, per model. Rosters change without notice (they were renamed once), so this is data: a speaker unknown here is
 * left to the server to refuse; one that is known to belong to another model is refused here.
 */
export const SPEAKERS: Readonly<Record<"bulbul:v2" | "bulbul:v3", readonly string[]>> = {
  "bulbul:v2": ["anushka", "manisha", "vidya", "arya", "abhilash", "karun", "hitesh"],
  "bulbul:v3": (
    "shubh aditya ritu priya neha rahul pooja rohan simran kavya amit dev ishita shreya ratan varun manan sumit roopa " +
    "kabir aayan ashutosh advait anand tanya tarun sunny mani gokul vijay shruti suhani mohit kavitha rehan soham rupali"
  ).split(" "),
};

const FLASH_BY_LANGUAGE: Partial<Readonly<Record<Language, string>>> = {
  "en-IN": "simran_en_customer",
  "hi-IN": "ritu_hi_edtech",
};

/** A speaker that fits the model, for agents that name none. Always sent: the server's own defaults differ between versions. */
export function defaultSpeaker(model: string, language?: Language): string {
  if (model === "bulbul:v2") return "anushka";
  if (model === "bulbul:v4-flash") return (language && FLASH_BY_LANGUAGE[language]) ?? "shubh_enhi_ads";
  return "shubh";
}

/** Why this speaker cannot speak on this model, or `undefined`. */
export function speakerComplaint(model: string, speaker: string): string | undefined {
  if (!/^[a-z0-9_]+$/.test(speaker)) return `speaker "${speaker}" must be lower-case letters, digits and underscores`;
  const flash = speaker.includes("_");
  if (model === "bulbul:v4-flash") {
    return flash ? undefined : `speaker "${speaker}" is not of ${model}, whose speakers are named voice_language_style`;
  }
  const other = Object.entries(SPEAKERS).find(([name, roster]) => name !== model && roster.includes(speaker));
  const own = Object.entries(SPEAKERS).some(([name, roster]) => name === model && roster.includes(speaker));
  if (own || !(flash || other)) return undefined;
  return `speaker "${speaker}" is not of ${model} but of ${other?.[0] ?? "bulbul:v4-flash"}`;
}
