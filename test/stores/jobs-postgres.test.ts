import { expect, test, vi } from "vitest";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { startPostgres } from "../servers.ts";
import { callId } from "../store/entries.ts";
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
  test("why a job failed is in the books alone, which forget it with the call: the queue would remember", async () => {
    const place = { kind: "postgres", poolConfig: database.poolConfig, embedded: false } as const;
    const tools = { clock: systemClock, log: silentLog, meter: deafMeter };
    const queue = await bullmqQueue({ ...tools, place, name: "reasons", retry: { attempts: 1, firstMs: 10 } });
    queue.work(() => Promise.reject(new Error("what the caller said")));
    await queue.add({ kind: "transcript", callId: callId("call_reasons") });
    const events = async () =>
      JSON.stringify((await database.pool.query("select * from bullmq.event where queue = 'reasons'")).rows);
    await vi.waitFor(async () => expect(await events()).toContain("failedReason"), 10_000);
    expect(await events()).not.toContain("what the caller said");
    await queue.close();
  });
}
