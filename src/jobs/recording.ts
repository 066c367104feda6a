import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Journals, readEntries } from "../journal/journal.ts";
import type { Clock } from "../kit/clock.ts";
import type { CallId } from "../record/record.ts";
import type { CallStore } from "../store/store.ts";
import { begunAs, clearUp } from "./disk-recordings.ts";
import type { Recordings } from "./jobs.ts";
import { type ApologyAudio, stereo } from "./stereo.ts";
import { writeWav } from "./wav-file.ts";

export type RecordingParts = {
  readonly store: CallStore;
  readonly journals: Pick<Journals, "find">;
  readonly recordings: Pick<Recordings, "workDir" | "put" | "find" | "remove">;
  readonly apologyAudio: ApologyAudio;
  readonly clock: Clock;
};

/** A journal may be with another gateway, whose turn comes. After this it is nowhere. */
const LOOKED_FOR_MS = 24 * 60 * 60_000;

/**
 * Writes the recording of a closed call from its journal and marks the job as done. Twice is once. `unknown`: the books know no such
 * call. `silent`: it never had a stream. `missing`: its journal is gone; there will be no recording. Rejects when the call is not
 * closed yet or its journal not settled, when the journal is not here so far, or when disk, books or storage do not answer.
 */
export async function writeRecording(
  parts: RecordingParts,
  callId: CallId,
): Promise<"written" | "unknown" | "silent" | "missing"> {
  const { store, journals, clock } = parts;
  const call = await store.call(callId);
  if (!call || call.erasedAt !== undefined) return "unknown";
  if (call.status !== "ended") throw new Error("the call is not closed yet");
  const journal = await journals.find(callId);
  if (call.recordingUrl === undefined && journal === undefined && clock.wall() - (call.endedAt ?? 0) < LOOKED_FOR_MS) {
    throw new Error("the call's journal is not in this DATA_DIR; the gateway that had the call has it");
  }
  const url = call.recordingUrl ?? (journal && (await recorded(parts, callId, journal)));
  await store.finishRecording(callId, url);
  // Erased meanwhile: the books took nothing, and the sound must not stay.
  if (url !== undefined && (await store.call(callId))?.erasedAt !== undefined)
    await parts.recordings.remove(callId, url);
  if (url !== undefined) return "written";
  return journal === undefined ? "missing" : "silent";
}

/** The URL under which the recording is kept; `undefined` where there is nothing to be heard. */
async function recorded(
  { recordings, apologyAudio }: RecordingParts,
  callId: CallId,
  journal: string,
): Promise<string | undefined> {
  await clearUp(recordings.workDir, callId);
  const folder = await mkdtemp(join(recordings.workDir, begunAs(callId)));
  try {
    const path = join(folder, `${callId}.wav`);
    const bytes = await writeWav(path, stereo(readEntries(journal), apologyAudio));
    return bytes > 0 ? await recordings.put(callId, path) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
