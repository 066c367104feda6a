import { type JournalEntry, type Recording, readRecording, recordingText } from "../../src/journal/journal.ts";
import { stamp } from "../../src/kit/columns.ts";
import type { CallId } from "../../src/record/record.ts";
import {
  type Difference,
  doubts,
  ImportError,
  leaks,
  type RecordedCall,
  type Replayed,
  readCall,
  replayInputs,
  scrubEntries,
  scrubStream,
  scrubText,
  streamText,
  transcriptOf,
  type WireMessage,
} from "../../src/replay/replay.ts";
import type { FixtureArguments } from "./arguments.ts";
import { type AboutGolden, FILES, type Golden, goldenText } from "./fixture-folder.ts";
import { playStream, readStream } from "./imported.ts";
import { type MishapCall, readMishaps } from "./mishaps.ts";
import { replayConfig, standardParts } from "./parts.ts";
import { replayImitated } from "./player.ts";
import { inWords } from "./print.ts";
import { trimmed } from "./trim.ts";

/** The call may not become a fixture; says why, for the person who wanted it to. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** A fixture's files by their names, and what is to be told about it. */
export type Made = { readonly files: Readonly<Record<string, string>>; readonly notes: readonly string[] };

/**
 * Trims and masks a recorded call, and sees that it still replays without a difference: that is what makes a test of it. `beside`:
 * what people put into the fixture's folder, by file name. The caller's sound is kept once: where its media stream lies there,
 * which is masked too, the journal has none. Throws `RefusedError` when it does not replay, or personal data is left in any file.
 */
export async function makeFixture(
  recording: Recording,
  name: string,
  asked: FixtureArguments,
  beside: Readonly<Record<string, string>> = {},
): Promise<Made> {
  const id = `call_${name}` as CallId;
  const { scrub: words, keepAudio } = asked;
  const stream = streamBeside(beside, asked);
  const inJournal = keepAudio && stream === undefined;
  const entries = scrubEntries(trimmed(recording.entries), { name, words, keepAudio: inJournal });
  const journal = recordingText({ id, entries });
  const mishaps = beside[FILES.mishaps];
  const call = { ...readCall(readRecording(journal)), ...(mishaps && { mishaps: readMishaps(mishaps) }) };
  const replayed = await replayInputs(call, standardParts());
  if (replayed.differences[0]) throw new RefusedError(await whyNotClean(recording, replayed.differences[0]));
  const about = { about: scrubText(asked.about, words), incidents: asked.incidents };
  const golden: AboutGolden = { ...about, ...goldenOf(replayed) };
  const files = {
    [FILES.journal]: journal,
    [FILES.golden]: goldenText(golden),
    ...(inJournal ? { [FILES.line]: await lineGolden(call) } : {}),
    ...(stream && { [FILES.wire]: streamText(stream), [FILES.wireGolden]: await wireGolden(streamText(stream), call) }),
  };
  const all = { ...beside, ...files };
  refuseLeaks(all, words);
  const sound = stream ? stream.filter(isSound) : entries.filter((entry) => "audio" in entry);
  return {
    files,
    notes: [
      lengthNote(recording, entries, replayed),
      soundNote(sound.length),
      "masked, and replayed without a difference",
      ...doubtNotes(all),
    ],
  };
}

/** The media stream that lies there, masked. */
function streamBeside(
  { [FILES.wire]: text }: Readonly<Record<string, string>>,
  { keepAudio, scrub }: FixtureArguments,
): readonly WireMessage[] | undefined {
  if (text === undefined) return undefined;
  if (!keepAudio)
    throw new RefusedError(`${FILES.wire} lies there, which is the caller's voice: --keep-audio keeps it`);
  try {
    return scrubStream(readStream(text, replayConfig({})).messages, scrub);
  } catch (error) {
    if (error instanceof ImportError) throw new RefusedError(`${FILES.wire}: ${error.message}`);
    throw error;
  }
}

/** What hearing, answering and speaking anew comes to. */
async function lineGolden(call: MishapCall): Promise<string> {
  if (call.audio.length === 0) throw new RefusedError(NO_SOUND);
  return goldenText(goldenOf(await replayImitated(call, standardParts())));
}

async function wireGolden(wire: string, { setup }: RecordedCall): Promise<string> {
  const played = await playStream(wire, setup, replayConfig({}));
  const [broken] = played.differences;
  if (broken) throw new RefusedError(`Its media stream breaks a rule of the carrier's:\n${inWords(broken).join("\n")}`);
  return goldenText(goldenOf(played));
}

const NO_SOUND = "--keep-audio: the call was recorded without sound; the gateway keeps it with RECORD_CALLS=journal.";

export const goldenOf = ({ decisions, turns, end }: Replayed): Golden => ({
  decisions: decisions.map(({ limits: _, otherwise: __, ...decided }) => decided),
  transcript: transcriptOf(turns),
  end,
});

/** Was it so from the start, or did we mask what mattered? */
async function whyNotClean(recording: Recording, masked: Difference): Promise<string> {
  const [before] = (await replayInputs(readCall(recording), standardParts())).differences;
  return before
    ? `This call does not replay as it was recorded: the policy is another now, or the journal is incomplete. First,\n${inWords(before).join("\n")}`
    : `What was masked mattered to the call, which does not replay any more. First,\n${inWords(masked).join("\n")}`;
}

function refuseLeaks(files: Readonly<Record<string, string>>, words: readonly string[]): void {
  const left = Object.entries(files).flatMap(([file, text]) => leaks(text, words).map((leak) => `${file}, ${leak}`));
  if (left.length === 0) return;
  const lines = few(left).map((leak) => `  ${leak}`);
  throw new RefusedError(
    `What looks like personal data, or was to be scrubbed away, is left in it:\n${lines.join("\n")}`,
  );
}

const lengthNote = (
  { entries: before }: Recording,
  after: readonly JournalEntry[],
  { lastsMs, decisions }: Replayed,
): string =>
  `${stamp(lastsMs)} long, ${decisions.length} decisions; of ${before.length} entries, ${after.length} are kept`;

const isSound = (message: WireMessage): boolean => "text" in message && /"event":"media"/i.test(message.text);

const soundNote = (frames: number): string =>
  frames === 0
    ? "without sound"
    : `with ${frames} frames of the caller's voice: whoever can read the repository can hear it`;

/** The same words stand in many places, and in longer and longer ones where the ear was guessing: one place of each is named. */
function doubtNotes(files: Readonly<Record<string, string>>): readonly string[] {
  const places = new Map<string, string>();
  for (const [file, text] of Object.entries(files)) {
    for (const { what, where } of doubts(text)) if (!places.has(what)) places.set(what, `${file}, ${where}`);
  }
  const longest = [...places].filter(([what]) => ![...places.keys()].some((it) => it !== what && it.includes(what)));
  return few(longest.map(([what, place]) => `may be a number, which stays: “${what}” (${place})`));
}

/** More than these, and nobody reads them. */
const MANY = 12;

const few = (lines: readonly string[]): readonly string[] =>
  lines.length <= MANY ? lines : [...lines.slice(0, MANY), `and ${lines.length - MANY} more`];
