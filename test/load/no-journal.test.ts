import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileJournals } from "../../src/journal/files.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { callId } from "../store/entries.ts";

test("what is loaded into a gateway to do without journals writes none", async () => {
  await import("../../scripts/load/no-journal.ts");
  const dir = await mkdtemp(join(tmpdir(), "durvani-journal-"));
  const journal = fileJournals({ dir, clock: systemClock, log: silentLog, meter: deafMeter }).open(callId("call_1"));
  journal.append({ atMs: 0, audio: "AAAA" });
  await journal.flush();
  expect(await readdir(dir)).toEqual(["settled"]);
  await rm(dir, { recursive: true, force: true });
});
