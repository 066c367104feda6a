import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallStore } from "../../src/store/store.ts";
import { jobQueueTests } from "./jobs-contract.ts";

const dataDir = mkdtempSync(join(tmpdir(), "durvani-jobs-"));
const connects = vi.spyOn(Socket.prototype, "connect");
const open = (): Promise<Database> => openDatabase({ dataDir, clock: systemClock, log: silentLog });

let database = await open();
/** PGlite is down only when it is closed, and then its pool is too: the store is asked anew each time. */
const store: CallStore = {
  owes: ["transcript"],
  write: (...args) => postgresStore(database.pool).write(...args),
  call: (...args) => postgresStore(database.pool).call(...args),
  calls: (...args) => postgresStore(database.pool).calls(...args),
  owedJobs: (...args) => postgresStore(database.pool).owedJobs(...args),
  owedBy: (...args) => postgresStore(database.pool).owedBy(...args),
  finishSummary: (...args) => postgresStore(database.pool).finishSummary(...args),
  writeTranslation: (...args) => postgresStore(database.pool).writeTranslation(...args),
  writeRetranscription: (...args) => postgresStore(database.pool).writeRetranscription(...args),
  askRetranscription: (...args) => postgresStore(database.pool).askRetranscription(...args),
  finishTranscript: (...args) => postgresStore(database.pool).finishTranscript(...args),
  finishRecording: (...args) => postgresStore(database.pool).finishRecording(...args),
  noteJobFailure: (...args) => postgresStore(database.pool).noteJobFailure(...args),
  ping: () => postgresStore(database.pool).ping(),
};

jobQueueTests("PGlite", {
  place: { kind: "postgres", poolConfig: database.poolConfig, embedded: true },
  store,
  down: () => database.close(),
  async up() {
    database = await open();
  },
  async end() {
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  },
});

test("without REDIS_URL nothing ever dials a Redis", () => {
  const targets = connects.mock.calls.map((args) => JSON.stringify(args));
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((target) => target.includes("6379"))).toEqual([]);
});

test("the books find their own tables and not the queue's", async () => {
  const { rows } = await database.pool.query("select count(*)::int as rows from metrics where call_id is not null");
  expect(rows).toHaveLength(1);
});
