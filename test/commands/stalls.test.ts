import { afterAll, beforeAll, expect, test } from "vitest";
import { type Recording, readRecording } from "../../src/journal/journal.ts";
import type { Turn } from "../../src/record/record.ts";
import { journalTexts } from "../journals.ts";
import { type Rig, until } from "../rig.ts";
import { stallingDisk } from "./stalling-disk.ts";
import { COMPLETE, inSql, metric, rigged, undisturbed } from "./whole-call.ts";

/** The disk of this process stalls for all gateways in it that write below its folder: this one's does not. */
let healthy: Rig;
beforeAll(async () => {
  healthy = await rigged({ env: { RECORD_CALLS: "journal" } });
});
afterAll(() => healthy[Symbol.asyncDispose]());

/** The one call's journal, as far as it has come to the disk. */
async function recorded(rig: Rig): Promise<Recording> {
  const [text = ""] = (await journalTexts(rig.dataDir)).values();
  return readRecording(text);
}

const turnsIn = ({ entries }: Pick<Recording, "entries">): readonly Turn[] =>
  entries.flatMap((entry) => ("book" in entry && entry.book.kind === "turn" ? [entry.book.turn] : []));

test("a disk that stalls for a whole call costs the caller nothing, and once it goes on the journal is whole", async () => {
  await using rig = await rigged();
  using disk = await stallingDisk(rig.dataDir);
  const call = await undisturbed(rig, healthy, "exotel", disk.stall);
  expect(disk.waiting).toBeGreaterThan(0);
  disk.goOn();
  expect(await inSql(rig, call)).toEqual(COMPLETE);
  expect(await metric(rig, "journal_errors")).toBe(0);
  expect(await metric(rig, "journal_dropped")).toBe(0);
});

test("while a call is recorded and the disk stalls for seconds, nothing the caller hears is late; what is lost of the sound is counted and marked, and every turn gets to the disk", async () => {
  await using rig = await rigged({ env: { RECORD_CALLS: "journal" } });
  expect(rig.logged.join()).toContain("calls are recorded");
  using disk = await stallingDisk(rig.dataDir);
  let before = 0;
  const recover = async (): Promise<void> => {
    const told = () => rig.logged.some((line) => line.includes("does not keep up with sound"));
    await until(
      "more sound than has room",
      async () => told() && (await metric(rig, "journal_audio_dropped")) > 5,
      30_000,
    );
    before = turnsIn(await recorded(rig)).length;
    disk.goOn();
  };
  let recovered = Promise.resolve();
  const trouble = (): void => {
    disk.stall();
    recovered = recover();
  };
  // The line with the most bytes in a second.
  const call = await undisturbed(rig, healthy, "exotel", trouble, { rate: 24000 });
  await recovered;
  expect(await inSql(rig, call)).toEqual(COMPLETE);

  const { entries, corrupt } = await until("the settled journal", async () => {
    const [text = ""] = (await journalTexts(rig.dataDir)).values();
    return text.endsWith('{"settled":true}\n') && readRecording(text);
  });
  const gaps = entries.flatMap((entry, index) => ("lost" in entry ? [{ ...entry.lost, index }] : []));
  expect(gaps.reduce((sum, { audio }) => sum + audio, 0)).toBe(await metric(rig, "journal_audio_dropped"));
  expect(gaps.reduce((sum, { lines }) => sum + lines, 0)).toBe(0);
  const recordedAgain = entries.slice(gaps.at(-1)?.index).filter((entry) => "audio" in entry);
  expect(recordedAgain.length).toBeGreaterThan(10);
  expect(corrupt).toBe(0);
  for (const fault of ["journal_dropped", "journal_errors", "journal_flush_failures"]) {
    expect(await metric(rig, fault), fault).toBe(0);
  }
  // None of the turns that were over while it stalled was acknowledged then; all are now.
  const turns = turnsIn({ entries });
  expect(before).toBeLessThan(turns.filter(({ endedMs = 0 }) => endedMs < 8000).length);
  const books = await rig.sql<{ seq: number; text: string }>("select seq, user_text as text from turns order by seq");
  expect([...new Map(turns.map(({ seq, userText }) => [seq, userText]))]).toEqual(
    books.map(({ seq, text }) => [seq, text]),
  );
});
