import { expect, test } from "vitest";
import { randomIds } from "../../src/kit/ids.ts";
import type { Log } from "../../src/kit/log.ts";
import { silentLog } from "../../src/kit/log.ts";
import type { Meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { BookEntry, CallId } from "../../src/record/record.ts";
import { bookkeeper } from "../../src/store/writer.ts";
import { callId, closed, opened, turn } from "./entries.ts";

/** A database at the far end of the door, whose health the test decides. */
function desk() {
  const clock = new VirtualClock();
  const written: string[] = [];
  const counts: Record<string, number> = {};
  const said: string[] = [];
  const state = {
    fail: undefined as ((id: CallId, entry: BookEntry) => unknown) | undefined,
    busy: 0,
    mostBusy: 0,
    slow: 0,
  };
  const store = {
    async write(id: CallId, entry: BookEntry): Promise<void> {
      state.busy += 1;
      state.mostBusy = Math.max(state.mostBusy, state.busy);
      if (state.slow > 0) await clock.sleep(state.slow, new AbortController().signal);
      state.busy -= 1;
      const error = state.fail?.(id, entry);
      if (error) throw error;
      written.push(`${id} ${entry.kind}${entry.kind === "turn" ? entry.turn.seq : ""}`);
    },
  };
  const meter: Meter = {
    count: (name) => {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    observe: () => {},
    gauge: (name, value) => {
      counts[name] = value;
    },
  };
  const log: Log = {
    ...silentLog,
    info: (_, message) => said.push(`info ${message}`),
    warn: (_, message) => said.push(`warn ${message}`),
    error: (_, message) => said.push(`error ${message}`),
  };
  const books = bookkeeper({ store, clock, ids: randomIds(() => clock.wall()), log, meter });
  return { books, clock, written, counts, said, state };
}

const A = callId("a");
const B = callId("b");
const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const refused = Object.assign(new Error("violates a constraint"), { code: "23503" });
const never = new AbortController().signal;

test("entries of a call are written in order, one at a time", async () => {
  const { books, clock, written, state } = desk();
  state.slow = 10;
  for (const entry of [opened(A), turn(1), turn(2), closed()]) books.write(A, entry);
  await clock.advance(100);
  expect(written).toEqual(["a open", "a turn1", "a turn2", "a close"]);
  expect(state.mostBusy).toBe(1);
  expect(books.backlog).toBe(0);
});

test("S0.25: while the database is away nobody waits, and afterwards everything lands in order", async () => {
  const { books, clock, written, state, counts, said } = desk();
  state.fail = () => away;
  for (const id of [A, B]) for (const entry of [opened(id), turn(1), closed()]) books.write(id, entry);
  expect(books.backlog).toBe(6);
  await clock.advance(60_000);
  expect(written).toEqual([]);
  expect(counts["books_retries"]).toBeGreaterThan(60);
  state.fail = undefined;
  await clock.advance(2000);
  expect(written.filter((line) => line.startsWith("a"))).toEqual(["a open", "a turn1", "a close"]);
  expect(written.filter((line) => line.startsWith("b"))).toEqual(["b open", "b turn1", "b close"]);
  expect(counts["books_backlog"]).toBe(0);
  expect(said).toEqual([
    "warn the database does not take entries: they wait in memory",
    "info the database takes entries again",
  ]);
});

test("at most six entries are on their way at once, and every call has its turn", async () => {
  const { books, clock, written, state } = desk();
  state.slow = 10;
  const ids = Array.from({ length: 40 }, (_, n) => callId(`c${n}`));
  for (const id of ids) for (const entry of [opened(id), closed()]) books.write(id, entry);
  await clock.advance(10 * 14);
  expect(state.mostBusy).toBe(6);
  expect(written).toHaveLength(80);
  expect(written.slice(0, 40).every((line) => line.endsWith("open"))).toBe(true);
});

test("an entry the database refuses holds back its own call only, and somebody is told", async () => {
  const { books, clock, written, state, counts, said } = desk();
  state.fail = (id, entry) => (id === A && entry.kind === "turn" ? refused : undefined);
  books.write(A, opened(A));
  books.write(A, turn(1));
  for (const entry of [opened(B), turn(1), closed()]) books.write(B, entry);
  await clock.advance(120_000);
  expect(written).toEqual(expect.arrayContaining(["a open", "b open", "b turn1", "b close"]));
  expect(books.backlog).toBe(1);
  expect(counts["books_refused"]).toBeGreaterThanOrEqual(1);
  expect(counts["books_retries"]).toBeLessThan(30);
  expect(said[0]).toBe("warn the database refused an entry");
  expect(said).toContain("error the database keeps refusing an entry");
});

test("settled waits for what was given before it, and not for what comes after", async () => {
  const { books, clock, state } = desk();
  state.slow = 10;
  books.write(A, opened(A));
  const settled: string[] = [];
  void books.settled(A).then(() => settled.push("open"));
  books.write(A, closed());
  void books.settled(A).then(() => settled.push("close"));
  await clock.advance(10);
  expect(settled).toEqual(["open"]);
  await clock.advance(10);
  expect(settled).toEqual(["open", "close"]);
  await expect(books.settled(A)).resolves.toBeUndefined();
});

test("close waits until nothing is left", async () => {
  const { books, clock, written, state } = desk();
  state.slow = 10;
  for (const entry of [opened(A), turn(1), closed()]) books.write(A, entry);
  const closing = books.close(never);
  await clock.advance(30);
  await closing;
  expect(written).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test("close gives up when told to, says so, and leaves no timer behind", async () => {
  const { books, clock, state } = desk();
  state.fail = () => away;
  books.write(A, opened(A));
  await clock.advance(500);
  const stop = new AbortController();
  const settled = books.settled(A);
  const closing = books.close(stop.signal);
  stop.abort(new Error("waited long enough"));
  await expect(closing).rejects.toThrow("waited long enough");
  await expect(settled).rejects.toThrow("waited long enough");
  expect(clock.pending).toBe(0);
  books.write(A, closed());
  expect(books.backlog).toBe(1);
});

test("what is given up at close is not written behind the back of whoever gave up", async () => {
  const { books, clock, written, state } = desk();
  state.slow = 10;
  for (const entry of [opened(A), turn(1), closed()]) books.write(A, entry);
  const stop = new AbortController();
  const closing = books.close(stop.signal);
  stop.abort(new Error("now"));
  await expect(closing).rejects.toThrow("now");
  await clock.advance(1000);
  expect(written).toEqual(["a open"]);
});
