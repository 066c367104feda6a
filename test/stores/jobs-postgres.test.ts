import { expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { startPostgres } from "../servers.ts";
import { jobQueueTests } from "./jobs-contract.ts";
import { withServer } from "./with-server.ts";

const server = await withServer("PostgreSQL", startPostgres);

if (!server) test.skip("the job queue on PostgreSQL", () => undefined);
else {
  const database = await openDatabase({ databaseUrl: server.url, dataDir: "", clock: systemClock, log: silentLog });
  jobQueueTests("PostgreSQL", {
    place: { kind: "postgres", poolConfig: database.poolConfig, embedded: false },
    store: postgresStore(database.pool),
    down: () => server.kill(),
    up: () => server.restart(),
    async end() {
      await database.close();
      await server.stop();
    },
  });
  test("the queue's tables are in a schema of their own", async () => {
    const { rows } = await database.pool.query(
      "select table_schema from information_schema.tables where table_name = 'job'",
    );
    expect(rows).toEqual([{ table_schema: "bullmq" }]);
  });
}
