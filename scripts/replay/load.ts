import { existsSync } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../../src/config.ts";
import { JournalError, type Recording, readRecordingFile } from "../../src/journal/journal.ts";
import { ImportError, NotReplayableError, readCall } from "../../src/replay/replay.ts";
import { FILES } from "./fixture-folder.ts";
import { importedCall } from "./imported.ts";
import { type MishapCall, mishapsIn } from "./mishaps.ts";

/** A call that somebody named: by a path, or by its id. `note`: what they should know of how it was read. */
export type Loaded = {
  readonly name: string;
  readonly recording: Recording;
  readonly call: MishapCall;
  /** It was a log of a media stream: its id is made of the carrier's. */
  readonly imported: boolean;
  readonly note?: string;
};

/** What was named cannot be played again; says why, for the person who named it. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/**
 * Reads a journal, a fixture's folder, a raw media-stream log, or, where there is no such file, the journal of the call with that
 * id. Throws `UnreadableError`.
 */
export async function load(named: string, config: Config): Promise<Loaded> {
  try {
    const path = await pathOf(named, config.state.dataDir);
    const { recording, note } = await read(path, config);
    const notes = [...(note === undefined ? [] : [note]), ...gapsIn(recording)];
    return {
      name: named,
      recording,
      imported: note !== undefined,
      call: { ...readCall(recording), mishaps: await mishapsIn(dirname(path)) },
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  } catch (error) {
    if (error instanceof JournalError || error instanceof NotReplayableError) throw new UnreadableError(error.message);
    if (error instanceof ImportError)
      throw new UnreadableError(`neither a journal nor a log of a media stream: ${error.message}`);
    throw error;
  }
}

async function pathOf(named: string, dataDir: string): Promise<string> {
  const places = [named, ...journalsOf(named, dataDir)];
  const path = places.find((place) => existsSync(place));
  if (path === undefined)
    throw new UnreadableError(`there is no such file, and no journal of such a call in ${dataDir}`);
  if (!(await stat(path)).isDirectory()) return path;
  const inside = [FILES.journal, FILES.wire].map((name) => join(path, name)).find((place) => existsSync(place));
  if (inside === undefined) throw new UnreadableError(`a folder with neither ${FILES.journal} nor ${FILES.wire} in it`);
  return inside;
}

/** Where the gateway keeps a live call's journal, and one whose call is in the books. */
const journalsOf = (id: string, dataDir: string): readonly string[] =>
  /^[\w-]+$/.test(id)
    ? [join(dataDir, "journals", `${id}.jsonl`), join(dataDir, "journals", "settled", `${id}.jsonl`)]
    : [];

async function read(path: string, config: Config): Promise<{ readonly recording: Recording; readonly note?: string }> {
  const unreadable = (error: Error): never => {
    throw new UnreadableError(error.message);
  };
  if (await isJournal(path).catch(unreadable)) return { recording: await readRecordingFile(path) };
  return importedCall(await readFile(path, "utf8").catch(unreadable), config);
}

/** By its beginning, of which a crash may have left only a part; anything else may be somebody's log of a media stream. */
async function isJournal(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0);
  return HEAD.startsWith(buffer.toString("utf8", 0, bytesRead));
}
const HEAD = '{"journal":';

/** What is not in the journal and should be, in words. */
function gapsIn({ corrupt, entries }: Recording): readonly string[] {
  const lost = entries.flatMap((entry) => ("lost" in entry ? [entry.lost] : []));
  const lines = lost.reduce((sum, it) => sum + it.lines, 0);
  const audio = lost.reduce((sum, it) => sum + it.audio, 0);
  return [
    ...(corrupt === 0 ? [] : [`${corrupt} lines of the journal make no sense and are left out`]),
    ...(lines === 0 ? [] : [`${lines} lines never reached the disk: what is different may be so for want of them`]),
    ...(audio === 0 ? [] : [`${audio} lines of sound never reached the disk`]),
  ];
}
