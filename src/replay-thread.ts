import { parentPort, workerData } from "node:worker_threads";
import type { Config } from "./config.ts";
import type { Replaying, ReplayReport } from "./gateway/replaying.ts";
import { JournalError, readRecordingFile } from "./journal/journal.ts";
import { systemClock } from "./kit/clock.ts";
import {
  fixtureName,
  maskedCall,
  NotReplayableError,
  RefusedError,
  readCall,
  refuseLeaks,
  replayInputs,
} from "./replay/replay.ts";
import { replayParts, standardParts } from "./replay-parts.ts";

/** What the thread is given: a journal's file, and what to make of it. */
export type ReplayOrder = { readonly make: "report" | "fixture"; readonly journal: string; readonly config: Config };

type Made = Extract<Replaying<string | ReplayReport>, { kind: "done" | "impossible" }>;

async function report(journal: string, config: Config): Promise<ReplayReport> {
  const call = readCall(await readRecordingFile(journal));
  const beganAt = systemClock.now();
  const { differences, lastsMs } = await replayInputs(call, replayParts(config));
  return {
    events: call.events.length,
    tookMs: Math.round(systemClock.now() - beganAt),
    callMs: Math.round(lastsMs),
    differences,
  };
}

/** With the settings of every other fixture, so that it is the same everywhere. */
async function fixture(journal: string): Promise<string> {
  const recording = await readRecordingFile(journal);
  const name = fixtureName(recording.id);
  const masked = await maskedCall(recording, { name, words: [] }, standardParts());
  refuseLeaks({ [`${name}.jsonl`]: masked.journal }, []);
  return masked.journal;
}

async function carryOut({ make, journal, config }: ReplayOrder): Promise<Made> {
  try {
    const answer = await (make === "report" ? report(journal, config) : fixture(journal));
    return { kind: "done", answer };
  } catch (error) {
    const isOfCall =
      error instanceof JournalError || error instanceof NotReplayableError || error instanceof RefusedError;
    // Whatever else it is ends the thread with an `error` event, which is how the parent learns of it.
    if (!isOfCall) throw error;
    return { kind: "impossible", why: error.message };
  }
}

parentPort?.postMessage(await carryOut(workerData as ReplayOrder));
