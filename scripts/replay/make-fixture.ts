import type { JournalEntry, Recording } from "../../src/journal/journal.ts";
import { stamp } from "../../src/kit/columns.ts";
import {
  differenceInWords,
  doubtNotes,
  ImportError,
  maskedCall,
  type RecordedCall,
  RefusedError,
  type Replayed,
  refuseLeaks,
  scrubStream,
  scrubText,
  streamText,
  transcriptOf,
  type WireMessage,
} from "../../src/replay/replay.ts";
import { replayConfig, standardParts } from "../../src/replay-parts.ts";
import type { FixtureArguments } from "./arguments.ts";
import { type AboutGolden, FILES, type Golden, goldenText } from "./fixture-folder.ts";
import { playStream, readStream } from "./imported.ts";
import { type MishapCall, readMishaps } from "./mishaps.ts";
import { replayImitated } from "./player.ts";

/** A fixture's files by their names, and what is to be told about it. */
export type Made = { readonly files: Readonly<Record<string, string>>; readonly notes: readonly string[] };

/**
 * A recorded call, trimmed and masked, that replays without a difference. `beside`: what people put into the fixture's folder, by
 * file name. The caller's sound is kept once: where its media stream lies there, which is masked too, the journal has none. Throws
 * `RefusedError` when it does not replay, or personal data is left in any file.
 */
export async function makeFixture(
  recording: Recording,
  name: string,
  asked: FixtureArguments,
  beside: Readonly<Record<string, string>> = {},
): Promise<Made> {
  const { scrub: words, keepAudio } = asked;
  const stream = streamBeside(beside, asked);
  const inJournal = keepAudio && stream === undefined;
  const scrubbing = { name, words, keepAudio: inJournal };
  const { entries, journal, call: masked, replayed } = await maskedCall(recording, scrubbing, standardParts());
  const mishaps = beside[FILES.mishaps];
  const call = { ...masked, ...(mishaps && { mishaps: readMishaps(mishaps) }) };
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
  if (broken)
    throw new RefusedError(`Its media stream breaks a rule of the carrier's:\n${differenceInWords(broken).join("\n")}`);
  return goldenText(goldenOf(played));
}

const NO_SOUND = "--keep-audio: the call was recorded without sound; the gateway keeps it with RECORD_CALLS=journal.";

export const goldenOf = ({ decisions, turns, end }: Replayed): Golden => ({
  decisions: decisions.map(({ limits: _, otherwise: __, ...decided }) => decided),
  transcript: transcriptOf(turns),
  end,
});

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
