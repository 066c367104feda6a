import type { CallId, Language } from "../record/record.ts";
import type { CallStore, Transcript, Translation } from "../store/store.ts";
import type { AfterCallProvider } from "./sarvam-rest.ts";
import { transcriptOf } from "./transcript.ts";
import { pieces, writtenIn } from "./translation-text.ts";

export type TranslationParts = {
  readonly store: CallStore;
  readonly provider: Pick<AfterCallProvider, "translate" | "translatedAtOnce" | "translationModel">;
};

type Line = Translation["lines"][number];

/**
 * Translates a closed call's transcript line by line, each kept as soon as it is translated: what was paid for is not asked again
 * when the next line fails. `none`: nobody wants a translation. Rejects when the call is not closed yet, or books or provider do not
 * answer.
 */
export async function writeTranslation(
  { store, provider }: TranslationParts,
  callId: CallId,
): Promise<"written" | "none" | "unknown"> {
  const call = await store.call(callId);
  if (!call) return "unknown";
  if (call.status !== "ended") throw new Error("the call is not closed yet");
  const language = call.afterCall?.translateTo;
  if (language === undefined) return "none";
  const all = transcriptOf(call).lines;
  const before = call.translation?.lines ?? [];
  // What came into the books late may stand between: from there on it is done anew.
  const same = all.findIndex((line, index) => before[index]?.text !== line.text);
  const lines = before.slice(0, same < 0 ? all.length : same);
  let characters = call.translation?.characters ?? 0;
  const keep = (complete: boolean): Promise<void> =>
    store.writeTranslation({ callId, language, model: provider.translationModel, characters, complete, lines });
  for (const line of all.slice(lines.length)) {
    const translated = await translate(provider, line, language, call.language);
    lines.push(translated.line);
    characters += translated.characters;
    if (translated.characters > 0 && lines.length < all.length) await keep(false);
  }
  await keep(true);
  return "written";
}

/** A line that proves to be in that language already stays without a translation; it was sent all the same. */
async function translate(
  { translate, translatedAtOnce }: TranslationParts["provider"],
  { by, text, atMs }: Transcript["lines"][number],
  to: Language,
  spoken: string,
): Promise<{ readonly line: Line; readonly characters: number }> {
  const line = { by, text, atMs };
  if (writtenIn(text, to, spoken)) return { line, characters: 0 };
  const parts: { readonly text: string; readonly from: string | undefined }[] = [];
  for (const piece of pieces(text, translatedAtOnce)) parts.push(await translate(piece, to));
  const characters = [...text].length;
  if (parts.every(({ from }) => from === to)) return { line, characters };
  return { line: { ...line, translation: parts.map((part) => part.text).join(" ") }, characters };
}
