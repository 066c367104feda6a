import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type FixtureArguments,
  fixtureArguments,
  replayArguments,
  UsageError,
} from "../../scripts/replay/arguments.ts";
import { runFixture } from "../../scripts/replay/fixture.ts";
import { FILES } from "../../scripts/replay/fixture-folder.ts";
import { makeFixture } from "../../scripts/replay/make-fixture.ts";
import { type JournalEntry, type Recording, readRecording } from "../../src/journal/journal.ts";
import { RefusedError } from "../../src/replay/replay.ts";
import { streamText } from "../../src/replay/scrub/stream.ts";
import { trimmed } from "../../src/replay/scrub/trim.ts";
import { twilioWire } from "../../src/simulator/twins/twilio-wire.ts";
import { captured } from "./capture.ts";
import { ID, MULAW, record } from "./studio.ts";

const entries = await record([{ wait: 3000 }, { say: "hi-question" }, { wait: 5000 }]);
const recording: Recording = { id: ID, entries, corrupt: 0 };

const asked = (...args: readonly string[]): FixtureArguments => fixtureArguments([ID, ...args]);
const make = (from: Recording, ...args: readonly string[]) => makeFixture(from, "asked", asked(...args));
const audioOf = (some: readonly JournalEntry[]): readonly JournalEntry[] => some.filter((entry) => "audio" in entry);

describe("a fixture made of a call", () => {
  test("holds its journal, masked, without sound, and what it came to; what it is about is masked, too", async () => {
    const { files } = await make(recording, "--about", "98765 43210 asks", "--incident", "I11");
    expect(Object.keys(files)).toEqual([FILES.journal, FILES.golden]);
    const golden = JSON.parse(files[FILES.golden] ?? "");
    expect(Object.keys(golden)).toEqual(["about", "incidents", "decisions", "transcript", "end"]);
    expect(golden).toMatchObject({ about: "00000 00000 asks", incidents: ["I11"], end: { how: "caller-hung-up" } });
    const journal = readRecording(files[FILES.journal] ?? "");
    expect(journal.id).toBe("call_asked");
    expect(audioOf(journal.entries)).toEqual([]);
  });

  test("with the caller's sound also holds what hearing it anew comes to; the agent's sound is left out", async () => {
    const { files } = await make(recording, "--keep-audio");
    expect(Object.keys(files)).toEqual([FILES.journal, FILES.golden, FILES.line]);
    const journal = readRecording(files[FILES.journal] ?? "");
    expect(audioOf(journal.entries).length).toBeGreaterThan(50);
    const spoken = journal.entries.flatMap((entry) => ("spoken" in entry ? [entry.spoken] : []));
    expect(spoken.length).toBeGreaterThan(1);
    for (const piece of spoken) expect(piece).not.toHaveProperty("audio");
  });

  test("of a call whose sound was not kept has none to offer", async () => {
    const silent = { ...recording, entries: entries.filter((entry) => !("audio" in entry)) };
    await expect(make(silent, "--keep-audio")).rejects.toThrow(/RECORD_CALLS=journal/);
  });

  test("is refused with the first difference when the call does not replay as it was recorded", async () => {
    const other = entries.map((entry): JournalEntry => {
      if (!("out" in entry) || entry.out.do !== "decide") return entry;
      return { ...entry, out: { ...entry.out, decision: { ...decisionIn(entry.out), why: "a whim" } } } as JournalEntry;
    });
    const refused = make({ ...recording, entries: other });
    await expect(refused).rejects.toBeInstanceOf(RefusedError);
    await expect(refused).rejects.toThrow(/does not replay as it was recorded.*at 00:\d\d\.\d{3} .*a whim/s);
  });
});

describe("words to scrub", () => {
  test("are sought in every file, whoever wrote it; the fixture is refused with the places", async () => {
    const refused = make(recording, "--scrub", "Caller");
    await expect(refused).rejects.toBeInstanceOf(RefusedError);
    await expect(refused).rejects.toThrow(/^ {2}journal\.jsonl, line \d+ out\.decision\.why: caller$/m);
    await expect(refused).rejects.toThrow(/^ {2}golden\.json, decisions\.why: caller$/m);
    await expect(make(recording, "--scrub", "shubh")).rejects.toThrow(
      /journal\.jsonl, line 2 call\.voice\.speaker: shubh/,
    );
    const beside = { "labels.json": '{"whose":"Ramesh"}' };
    await expect(makeFixture(recording, "asked", asked("--scrub", "ramesh"), beside)).rejects.toThrow(
      /labels\.json, whose: Ramesh/,
    );
    await expect(makeFixture(recording, "to-ramesh", asked("--scrub", "ramesh"))).rejects.toThrow(
      /journal\.jsonl, line 1 call: ramesh/,
    );
  });

  test("and a number that may be none is told, not refused", async () => {
    const { notes } = await make(recording, "--about", "says nine, then eight, then four, then five");
    expect(notes.at(-1)).toBe(
      "may be a number, which stays: “nine, then eight, then four, then five” (golden.json, about)",
    );
  });
});

describe("a media stream", () => {
  const ids = { accountSid: `AC${"5".repeat(32)}`, callSid: "CA98450123459845012345", streamSid: "MZ123456" };
  const customParameters = { from: "+919845012345", to: "+918045678900" };
  const wire = twilioWire({ ...ids, customParameters });
  const log = streamText(captured([{ wait: 1000 }, { say: "hi-question" }, { wait: 4000 }], wire, MULAW));
  const frames = log.match(/"media":/g)?.length ?? 0;
  const fixture = async (...args: readonly string[]) => {
    const told: string[] = [];
    const tell = (line: string): void => void told.push(line);
    return { code: await runFixture(args, {}, { out: tell, err: tell }), told: told.join("\n") };
  };
  const folderWith = async (name: string) => {
    const into = await mkdtemp(join(tmpdir(), "durvani-made-"));
    onTestFinished(() => rm(into, { recursive: true }));
    const folder = join(into, name);
    await mkdir(folder);
    await writeFile(join(folder, FILES.wire), log);
    return { into, folder, path: join(folder, FILES.wire) };
  };

  test("in the fixture's folder is somebody's voice: it is refused unless that is to be kept, and nothing is written", async () => {
    const { into, folder, path } = await folderWith("heard");
    const { code, told } = await fixture(path, "--name", "heard", "--into", into, "--force");
    expect(told).toMatch(/wire\.jsonl .*--keep-audio/);
    expect(code).toBe(1);
    expect(await readdir(folder)).toEqual([FILES.wire]);
  });

  test("is masked where it lies, and the sound is kept there alone", async () => {
    const { into, folder, path } = await folderWith("heard");
    const { code, told } = await fixture(path, "--name", "heard", "--into", into, "--force", "--keep-audio");
    expect(code, told).toBe(0);
    expect(told).toContain(`with ${frames} frames of the caller's voice`);
    expect((await readdir(folder)).sort()).toEqual([FILES.golden, FILES.journal, FILES.wire, FILES.wireGolden].sort());
    const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
    for (const text of texts) expect(text).not.toMatch(/98450|80456|5{9}|MZ123/);
    expect(audioOf(readRecording(await readFile(join(folder, FILES.journal), "utf8")).entries)).toEqual([]);
    expect((await readFile(path, "utf8")).match(/"media":/g)?.length).toBe(frames);
  });

  test("that is not understood as a whole is refused", async () => {
    const beside = { [FILES.wire]: `${log}what 9845012345?\n` };
    await expect(makeFixture(recording, "asked", asked("--keep-audio"), beside)).rejects.toThrow(
      new RefusedError(`wire.jsonl: line ${log.split("\n").length} makes no sense`),
    );
  });

  test("gives its call no name: one has to be given", async () => {
    const { into, path } = await folderWith("other");
    const { code, told } = await fixture(path, "--into", into);
    expect(told).toMatch(/^--name is missing: .*the carrier's id/);
    expect(code).toBe(2);
    expect(await readdir(into)).toEqual(["other"]);
  });
});

const decisionIn = (out: object): object => (out as { readonly decision: object }).decision;

describe("what a fixture keeps of a journal", () => {
  const started = { atMs: 0, in: { kind: "started", format: { encoding: "mulaw", rate: 8000 } } } as const;
  const frame = (atMs: number, byte: number): JournalEntry => ({
    atMs,
    audio: Buffer.alloc(160, byte).toString("base64"),
  });
  const [silence, noise] = [0xff, 0x20];

  test("is not what lies behind its end, nor what only the books wanted", () => {
    const closing = { end: { how: "caller-hung-up", detail: "" }, endedAt: 1 } as const;
    const close: JournalEntry = { atMs: 2, book: { kind: "close", closing } };
    const answered: JournalEntry = { atMs: 1, book: { kind: "answered", at: 1 } };
    expect(trimmed([started, answered, close, frame(3, noise)])).toEqual([started, close]);
  });

  test("is half a second of silence before the caller's sound and two behind it", () => {
    const frames = Array.from({ length: 500 }, (_, i) => frame(i * 20, i === 100 || i === 150 ? noise : silence));
    const kept = trimmed([started, ...frames]).map(({ atMs }) => atMs);
    expect([kept[0], kept[1], kept.at(-1)]).toEqual([0, 1500, 5000]);
  });
});

test.each([
  [["--line", "--live", "x"], /--line and --live/],
  [["--speed", "2", "x"], /--speed belongs to --wire/],
  [["--wire", "nowhere", "x"], /nowhere is no http/],
  [["--wire", "http://h", "--speed", "0", "x"], /--speed: 0/],
  [["--wire", "http://h", "--decisions", "x"], /--decisions/],
  [[], /FILE is missing/],
  [["--what"], /--what/],
])("replay %j is not understood, and says why", (args, why) => {
  expect(() => replayArguments(args)).toThrow(UsageError);
  expect(() => replayArguments(args)).toThrow(why);
});

test.each([
  [[], /one CALL_ID or FILE/],
  [["a", "b"], /one CALL_ID or FILE/],
  [["a", "--name", "Not_Kebab"], /kebab/],
  [["a", "--incident", "11"], /--incident: 11/],
])("fixture %j is not understood, and says why", (args, why) => {
  expect(() => fixtureArguments(args)).toThrow(UsageError);
  expect(() => fixtureArguments(args)).toThrow(why);
});
