import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import type { CallId } from "../../src/record/record.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { Books, CallStore } from "../../src/store/store.ts";
import { bookkeeper } from "../../src/store/writer.ts";
import { type PrivateServer, startPostgres } from "../servers.ts";
import { callId, closed, opened, turn } from "../store/entries.ts";
import { withServer } from "./with-server.ts";

const CALLS = 8;
const TURNS = 30;

/** Each test breaks a server of its own; this one only shows that there can be one. */
const able = await withServer("PostgreSQL", async () => (await startPostgres()).stop().then(() => true));

let server: PrivateServer;
let database: Database;
let store: CallStore;
let books: Books;

beforeEach(async () => {
  server = await startPostgres();
  database = await openDatabase({
    databaseUrl: server.url,
    dataDir: "/nonexistent",
    log: silentLog,
    clock: systemClock,
  });
  store = postgresStore(database.pool);
  const ids = randomIds(() => systemClock.wall());
  books = bookkeeper({ store, clock: systemClock, ids, log: silentLog, meter: deafMeter });
});

afterEach(async () => {
  await database.close();
  await server.stop();
});

const ids = Array.from({ length: CALLS }, (_, n) => callId(`call_${n}`));

/** Gives all calls a slice of their turns; returns how long the slowest hand-over took, in ms. */
function speak(from: number, until: number): number {
  let slowest = 0;
  for (const id of ids) {
    for (let seq = from; seq < until; seq++) {
      const before = performance.now();
      books.write(id, turn(seq));
      slowest = Math.max(slowest, performance.now() - before);
    }
  }
  return slowest;
}

async function expectAllThere(): Promise<void> {
  await Promise.all(ids.map((id) => books.settled(id)));
  for (const id of ids) {
    const call = await store.call(id);
    expect(call?.status).toBe("ended");
    expect(call?.turns.map(({ seq }) => seq)).toEqual(Array.from({ length: TURNS }, (_, n) => n + 1));
  }
  expect(await store.owedJobs(0, 100)).toHaveLength(CALLS);
}

async function open(id: CallId): Promise<void> {
  books.write(id, opened(id));
  await books.settled(id);
}

test.runIf(able)(
  "I34: PostgreSQL killed in mid-call and started again: nobody waits, and every entry lands in order",
  async () => {
    await Promise.all(ids.map(open));
    speak(1, 11);
    await server.kill();
    const slowest = speak(11, 21);
    expect(books.backlog).toBeGreaterThan(0);
    await expect(store.ping()).rejects.toThrow();
    await server.restart();
    speak(21, TURNS + 1);
    for (const id of ids) books.write(id, closed());
    await expectAllThere();
    expect(slowest).toBeLessThan(200);
  },
);

test.runIf(able)(
  "I34: PostgreSQL frozen in mid-call: pings fail within their time, and after the thaw every entry lands in order",
  async () => {
    await Promise.all(ids.map(open));
    speak(1, 11);
    server.freeze();
    const slowest = speak(11, TURNS + 1);
    for (const id of ids) books.write(id, closed());
    const before = performance.now();
    await expect(store.ping()).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(4500);
    expect(books.backlog).toBeGreaterThan(0);
    server.thaw();
    await expectAllThere();
    expect(slowest).toBeLessThan(200);
  },
);
