import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresForTests } from "../servers.ts";
import { listContract } from "./list-contract.ts";

const server = await postgresForTests();

describe("calls asked for on PGlite", () => {
  let dataDir = "";
  listContract(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "durvani-list-"));
    return openDatabase({ dataDir, log: silentLog, clock: systemClock });
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
});

describe.skipIf(!server)("calls asked for on PostgreSQL", () => {
  listContract(() =>
    openDatabase({ databaseUrl: server?.url, dataDir: "/nonexistent", log: silentLog, clock: systemClock }),
  );
  afterAll(() => server?.drop());
});
