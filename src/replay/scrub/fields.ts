import type { TextSort } from "../../record/numbers/numbers.ts";

/** A text of some JSON. `where`: the fields it stands in, from the outermost, for people. */
export type Text = { readonly text: string; readonly sort: TextSort; readonly where: string };

/** Fields that hold sound, or one of a few words, or a count, which programs write: a journal's, and those of a media stream. */
const OURS: ReadonlySet<string> = new Set([
  ...["kind", "do", "how", "by", "was", "timer", "mark", "digit", "carrier", "encoding", "incidents", "audio"],
  ...["of", "who", "interruptible", "direction", "greetingInterruptible", "toldWhileSpeaking"],
  ...["welcomeGreetingInterruptible", "reportInputDuringAgentSpeech"],
  ...["event", "track", "tracks", "chunk", "timestamp", "sequenceNumber", "sequence_number", "payload", "Payload"],
  ...["sampleRate", "sample_rate", "bitRate", "bit_rate"],
]);
/** A text in a field that is listed nowhere here is taken for what people said. */
const NAMES: ReadonlySet<string> = new Set([
  ...["id", "call", "what", "language", "listensFor", "model", "speaker", "speaks", "bitrate", "script"],
]);
const TOLD: ReadonlySet<string> = new Set(["why", "message", "detail", "note"]);

/** All texts in it that are not a program's own. */
export function textsIn(json: unknown): readonly Text[] {
  const texts: Text[] = [];
  mapped(json, { sort: "said", where: "" }, (found) => {
    texts.push(found);
    return found.text;
  });
  return texts;
}

/** The same JSON with these texts changed, but for names. */
export function mapTexts<Json>(json: Json, change: (text: string, sort: TextSort, where: string) => string): Json {
  const changed = ({ text, sort, where }: Text): string => (sort === "name" ? text : change(text, sort, where));
  return mapped(json, { sort: "said", where: "" }, changed) as Json;
}

function mapped(value: unknown, at: Omit<Text, "text">, change: (found: Text) => string): unknown {
  if (typeof value === "string") return change({ text: value, ...at });
  if (Array.isArray(value)) return value.map((item) => mapped(item, at, change));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => {
    // Only the text itself is a program's: what an object of that name holds has names of its own.
    if (OURS.has(name) && isText(inner)) return [name, inner];
    const where = at.where === "" ? name : `${at.where}.${name}`;
    return [name, mapped(inner, { sort: sortOf(name, value), where }, change)];
  });
  return Object.fromEntries(fields);
}

const isText = (value: unknown): boolean =>
  typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string"));

function sortOf(name: string, around: object): TextSort {
  if (NAMES.has(name)) return "name";
  // A dialog of rules has an `otherwise` too, and that is said.
  return TOLD.has(name) || (name === "otherwise" && "why" in around) ? "told" : "said";
}
