import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresForTests } from "../servers.ts";
import { outboxContract } from "./outbox-contract.ts";

const server = await postgresForTests();

describe("the outbox on PGlite", () => {
  let dataDir = "";
  outboxContract(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "durvani-outbox-"));
    return openDatabase({ dataDir, log: silentLog, clock: systemClock });
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
});

describe.skipIf(!server)("the outbox on PostgreSQL", () => {
  outboxContract(() =>
    openDatabase({ databaseUrl: server?.url, dataDir: "/nonexistent", log: silentLog, clock: systemClock }),
  );
  afterAll(() => server?.drop());
});
