import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One recorded caller: headerless µ-law, mono, 8 kHz, about -18 dBFS, no silence around it. */
export type CallerVoice = {
  readonly audio: Buffer;
  /** What is said. Empty for a noise. */
  readonly text: string;
  /** Such as `hi-IN`; `unknown` for a noise. */
  readonly language: string;
  readonly durationMs: number;
};

/** `made`: the command that spoke the text or made the noise; `scripts/voices.ts` runs it for a file that is missing. */
type Entry = Omit<CallerVoice, "audio"> & { readonly made?: string };

const FOLDER = join(import.meta.dirname, "voices");
const entries: Readonly<Record<string, Entry>> = JSON.parse(readFileSync(join(FOLDER, "voices.json"), "utf8"));

/** The names `voice` knows, such as `hi-question`. */
export const voiceNames: readonly string[] = Object.keys(entries).map((file) => file.replace(/\.ulaw$/, ""));

/** Reads one of the committed recordings. Throws on an unknown name. */
export function voice(name: string): CallerVoice {
  const file = `${name}.ulaw`;
  const entry = entries[file];
  if (!entry) throw new Error(`No voice called ${name}; there are ${voiceNames.join(", ")}`);
  const { text, language, durationMs } = entry;
  return { text, language, durationMs, audio: readFileSync(join(FOLDER, file)) };
}
