import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import { startSweep } from "../../src/jobs/sweep.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { startRedis } from "../servers.ts";
import { endedCall, jobQueueTests, lease, noRecordings } from "./jobs-contract.ts";
import { withServer } from "./with-server.ts";

const server = await withServer("Redis", startRedis);

if (!server) test.skip("the job queue on Redis", () => undefined);
else {
  const dataDir = mkdtempSync(join(tmpdir(), "durvani-jobs-"));
  const tools = { clock: systemClock, log: silentLog, meter: deafMeter };
  const database = await openDatabase({ dataDir, ...tools });
  const store = postgresStore(database.pool);
  const place = { kind: "redis", url: server.url } as const;

  test("a Redis that dies with all its jobs loses nothing, thanks to the sweep", async () => {
    const queue = await bullmqQueue({ ...tools, place, lease });
    await vi.waitFor(() => queue.counts(), 10_000);
    const ids = [await endedCall(store), await endedCall(store), await endedCall(store)];
    for (const callId of ids) await queue.add({ kind: "transcript", callId });
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
    await server.kill();
    await server.restart();
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 0 }), 10_000);
    startWorker({ ...tools, ...noRecordings, store, queue });
    const stop = new AbortController();
    const sweeping = startSweep({ ...tools, store, queue, everyMs: 200, owedForMs: 0 }, stop.signal);
    for (const id of ids) {
      await vi.waitFor(async () => expect((await store.call(id))?.transcript).toBeDefined(), 20_000);
    }
    stop.abort();
    await sweeping;
    expect(await store.owedJobs(0, 10)).toEqual([]);
    await queue.close();
  });

  test("a Redis that is not there does not keep the gateway from starting", async () => {
    const queue = await bullmqQueue({ ...tools, place: { kind: "redis", url: "redis://127.0.0.1:1" }, lease });
    await expect(queue.add({ kind: "transcript", callId: await endedCall(store) })).rejects.toThrow(/not connected/);
    queue.work(async () => {});
    await queue.close();
  });

  jobQueueTests("Redis", {
    place,
    store,
    down: () => server.kill(),
    up: () => server.restart(),
    async end() {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
      await server.stop();
    },
  });
}
