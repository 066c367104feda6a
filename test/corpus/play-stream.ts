import { FILES, readFixture } from "../../scripts/replay/fixture-folder.ts";
import { playStream } from "../../scripts/replay/imported.ts";
import { differenceLines } from "../../scripts/replay/print.ts";
import { NotReplayableError } from "../../src/replay/again/recorded-call.ts";
import { lineDifferences } from "../../src/replay/line/line-differences.ts";
import { type Difference, type RecordedCall, readCall } from "../../src/replay/replay.ts";
import { ImportError } from "../../src/replay/wire/import.ts";
import { replayConfig } from "../../src/replay-parts.ts";

/** `tsx test/corpus/play-stream.ts FIXTURE…`: plays what the carrier sent, and says what is not as the call was that was lived. */
for (const folder of process.argv.slice(2)) {
  const { name, texts, recording } = await readFixture(folder);
  if (!recording) throw new Error(`${name} has no journal`);
  const differences = await differencesFrom(readCall(recording), texts[FILES.wire] ?? "");
  if (differences.length > 0) process.exitCode = 1;
  process.stdout.write([name, ...differenceLines({ differences, lastsMs: 0 }), ""].join("\n"));
}

async function differencesFrom(was: RecordedCall, wire: string): Promise<readonly Difference[]> {
  try {
    const { differences, entries } = await playStream(wire, was.setup, replayConfig({}));
    return [...differences, ...lineDifferences(was, readCall({ id: was.id, entries, corrupt: 0 }))];
  } catch (error) {
    // No call at all came of it.
    if (!(error instanceof NotReplayableError || error instanceof ImportError)) throw error;
    return [{ atMs: 0, about: "the call", was: "it was lived", now: error.message }];
  }
}
