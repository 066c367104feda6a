import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { postgresForTests } from "../servers.ts";

const server = await postgresForTests();

/** The same contract on the embedded database and on a server; without a server that half is skipped, and says so. */
export function onBothDatabases(what: string, contract: (open: () => Promise<Database>) => void): void {
  const kit = { log: silentLog, clock: systemClock };

  describe(`${what} on PGlite`, () => {
    let dataDir = "";
    contract(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "durvani-store-"));
      return openDatabase({ dataDir, ...kit });
    });
    afterAll(() => rm(dataDir, { recursive: true, force: true }));
  });

  describe.skipIf(!server)(`${what} on PostgreSQL`, () => {
    contract(() => openDatabase({ databaseUrl: server?.url, dataDir: "/nonexistent", ...kit }));
    afterAll(() => server?.drop());
  });
}
