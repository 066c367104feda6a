import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Recording, readRecording } from "../../src/journal/journal.ts";
import type { CallEnd, Decision } from "../../src/record/record.ts";
import type { TranscriptLine } from "../../src/replay/replay.ts";

/** Where fixtures are, unless somebody says otherwise. */
export const FIXTURES = join(import.meta.dirname, "../../test/fixtures");

/** The files of a fixture's folder: a golden, and what is played: a journal, a raw media stream, or both. */
export const FILES = {
  journal: "journal.jsonl",
  golden: "golden.json",
  /** What hearing, answering and speaking anew has to come to, where the caller's sound was kept. */
  line: "line.json",
  /** What went wrong at the provider, for hearing it anew. */
  mishaps: "mishaps.json",
  /** What the carrier sent, message by message; and what playing that has to come to. */
  wire: "wire.jsonl",
  wireGolden: "wire.json",
} as const;

/** What a call came to. A constant of the policy may change without a word of this, as long as the call does not. */
export type Golden = {
  readonly decisions: readonly Omit<Decision, "limits" | "otherwise">[];
  readonly transcript: readonly TranscriptLine[];
  readonly end: CallEnd;
};

/** The same of a fixture, with what it is an example of and which known incidents it covers. */
export type AboutGolden = { readonly about: string; readonly incidents: readonly string[] } & Golden;

export type Fixture = {
  readonly name: string;
  /** The folder's files as they are, by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly golden: AboutGolden;
  /** Absent where there is only a media stream. */
  readonly recording?: Recording;
};

/** Rejects with `JournalError`, and with whatever a missing or damaged file makes its reader throw. */
export async function readFixture(path: string): Promise<Fixture> {
  const texts = await filesIn(path);
  const { [FILES.journal]: journal, [FILES.golden]: golden = "" } = texts;
  return {
    name: basename(path),
    texts,
    golden: JSON.parse(golden) as AboutGolden,
    ...(journal === undefined ? {} : { recording: readRecording(journal) }),
  };
}

/** The texts of a folder's files, by name. */
export async function filesIn(path: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(path)).sort();
  const read = async (name: string) => [name, await readFile(join(path, name), "utf8")] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** The folders of all fixtures, by name. */
export async function listFixtures(root = FIXTURES): Promise<readonly string[]> {
  if (!existsSync(root)) return [];
  const names = (await readdir(root)).filter((name) => existsSync(join(root, name, FILES.golden)));
  return names.sort().map((name) => join(root, name));
}

/** A golden file's text. The same outcome gives the same text, to the byte. */
export const goldenText = (golden: Golden | AboutGolden): string => `${JSON.stringify(golden, null, 2)}\n`;
