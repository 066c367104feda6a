import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import wavefile from "wavefile";
import { diskRecordings } from "../../src/jobs/disk-recordings.ts";
import type { Recordings } from "../../src/jobs/jobs.ts";
import { writeRecording } from "../../src/jobs/recording.ts";
import { fileJournals } from "../../src/journal/files.ts";
import { type JournalEntry, type Journals, recordingText } from "../../src/journal/journal.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";
import type { CallStore, StoredCall } from "../../src/store/store.ts";
import { Memory } from "../gateway/memory.ts";
import { heardCall } from "./heard-call.ts";

const id = "call_1" as CallId;
const ENDED_AT = 1_760_000_060_000;
const ENDED: StoredCall = {
  id,
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+911",
  to: "+912",
  agent: "demo",
  language: "hi-IN",
  openedAt: 1_760_000_000_000,
  status: "ended",
  endedAt: ENDED_AT,
  end: { how: "caller-hung-up", detail: "" },
  turns: [],
  decisions: [],
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "durvani-recording-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

/** The books hold `call`; `finished` is what they were told of its recording. */
function world(
  { call, ...changes }: { readonly call?: StoredCall | undefined; readonly recordings?: Recordings } = { call: ENDED },
) {
  const finished: (string | undefined)[] = [];
  const clock = new VirtualClock(ENDED_AT);
  let stored = call;
  const store: CallStore = {
    ...new Memory().parts().store,
    call: async () => stored,
    finishRecording: async (_, url) => {
      finished.push(url);
      if (stored && url !== undefined) stored = { ...stored, recordingUrl: url };
    },
  };
  const journals = fileJournals({ dir: join(dataDir, "journals"), clock, log: silentLog, meter: deafMeter });
  const recordings = changes.recordings ?? diskRecordings(join(dataDir, "recordings"));
  const parts = { store, journals, recordings, clock, apologyAudio: () => Buffer.alloc(0) };
  return { finished, clock, journals, recordings, write: () => writeRecording(parts, id) };
}

/** As a gateway leaves it behind. */
async function journalled(journals: Journals, entries: readonly JournalEntry[]): Promise<void> {
  const journal = journals.open(id);
  for (const entry of entries) journal.append(entry);
  await journal.settle();
}

/** What is kept, and what is under way. */
const inFolder = (): readonly string[] => {
  const [kept, work] = ["recordings", "recordings/.work"].map((folder) => readdirSync(join(dataDir, folder)));
  return [...(work ?? []), ...(kept ?? [])].filter((name) => name !== ".work");
};

test("S0.24: a call's recording is a stereo WAV file as long as the call, and only its URL is kept in the books", async () => {
  const call = await heardCall(1, 12_000);
  const { journals, write, finished } = world();
  await journalled(journals, call.entries);
  expect(await write()).toBe("written");
  expect(finished).toEqual(["/v1/calls/call_1/recording"]);
  expect(inFolder()).toEqual(["call_1.wav"]);
  const path = join(dataDir, "recordings", "call_1.wav");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const wav = new wavefile.WaveFile(readFileSync(path));
  expect(wav.fmt).toMatchObject({ audioFormat: 1, numChannels: 2, sampleRate: 8000, bitsPerSample: 16 });
  const [left, right] = wav.getSamples(false, Int16Array) as unknown as [Int16Array, Int16Array];
  expect(left).toHaveLength(12_000 * 8);
  expect(Buffer.from(left.buffer).equals(Buffer.from(call.caller.buffer))).toBe(true);
  expect(Buffer.from(right.buffer).equals(Buffer.from(call.agent.buffer))).toBe(true);
});

test("twice is once: what is written is not written again", async () => {
  const call = await heardCall(1, 5000);
  const { journals, recordings, write, finished } = world();
  await journalled(journals, call.entries);
  await write();
  rmSync(join(dataDir, "journals"), { recursive: true });
  expect(await write()).toBe("written");
  expect(finished).toHaveLength(2);
  expect(await recordings.find(id)).toBe(join(dataDir, "recordings", "call_1.wav"));
});

test("a job that died over it left something behind, which the next one clears away; others' is let be", async () => {
  const call = await heardCall(1, 5000);
  const { journals, write } = world();
  for (const name of [".call_1-abc", ".call_10-abc"]) {
    mkdirSync(join(dataDir, "recordings", ".work", name));
    writeFileSync(join(dataDir, "recordings", ".work", name, "call_1.wav"), "half");
  }
  await journalled(journals, call.entries);
  expect(await write()).toBe("written");
  expect(inFolder()).toEqual([".call_10-abc", "call_1.wav"]);
});

test("a call that never had a stream is done without a recording; an unknown one is known as such", async () => {
  const silent = world();
  await journalled(silent.journals, [{ atMs: 0, out: { do: "end" } }]);
  expect(await silent.write()).toBe("silent");
  expect(silent.finished).toEqual([undefined]);
  expect(inFolder()).toEqual([]);
  const unknown = world({});
  expect(await unknown.write()).toBe("unknown");
  expect(unknown.finished).toEqual([]);
});

test("what cannot be written yet is said, and owed still", async () => {
  const { endedAt: _, end: __, ...open } = ENDED;
  await expect(world({ call: { ...open, status: "open" } }).write()).rejects.toThrow("not closed yet");
  const call = await heardCall(1, 5000);
  const live = world();
  writeFileSync(join(dataDir, "journals", "call_1.jsonl"), recordingText({ id, entries: call.entries }));
  await expect(live.write()).rejects.toThrow(/not settled/);
  expect(live.finished).toEqual([]);
  expect(inFolder()).toEqual([]);
  // A crash: its journal is settled by the next start, where it lies.
  const next = world();
  await next.journals.settle(id);
  expect(await next.write()).toBe("written");
});

test("a journal that is not here may be with another gateway; after a day it is given up", async () => {
  const { clock, write, finished } = world();
  await expect(write()).rejects.toThrow(/not in this DATA_DIR/);
  expect(finished).toEqual([]);
  await clock.advance(24 * 60 * 60_000);
  expect(await write()).toBe("missing");
  expect(finished).toEqual([undefined]);
});

test("a storage that refuses leaves nothing behind, and the job fails", async () => {
  const dir = join(dataDir, "recordings");
  const call = await heardCall(1, 5000);
  const put = async () => {
    throw new Error("the bucket is gone");
  };
  const { journals, write, finished } = world({ call: ENDED, recordings: { ...diskRecordings(dir), put } });
  await journalled(journals, call.entries);
  await expect(write()).rejects.toThrow("the bucket is gone");
  expect(finished).toEqual([]);
  expect(inFolder()).toEqual([]);
});

test("a journal with lines that make no sense, and one of another time, are told apart", async () => {
  const call = await heardCall(1, 5000);
  const { journals, write } = world();
  await journalled(journals, call.entries);
  const path = (await journals.find(id)) ?? "";
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"journal":2', '"journal":9'));
  await expect(write()).rejects.toThrow(/newer than this program/);
  writeFileSync(path, text.replace("\n", '\n{"surprise":true}\n'));
  expect(await write()).toBe("written");
  expect(recordingText({ id, entries: call.entries })).toBe(text.replace('{"settled":true}\n', ""));
});
