import { afterAll, beforeAll, expect, test } from "vitest";
import { normalNumber } from "../../src/dialog/numbers.ts";
import { CARRIERS, type CallEnd, type CallId, type CallOpening } from "../../src/record/record.ts";
import { listQuery } from "../../src/store/call-list.ts";
import type { Database } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallQuery, CallStore, CallSummary } from "../../src/store/store.ts";
import { callId, T0, turn } from "../store/entries.ts";

/** What every database must do when calls are asked for. `open` gives a fresh one. */
export function listContract(open: () => Promise<Database>): void {
  let database: Database;
  let store: CallStore;
  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
    for (const call of CALLS) await write(store, call);
  });
  afterAll(() => database.close());

  const ids = async (query: Partial<CallQuery>): Promise<readonly CallId[]> =>
    (await store.calls({ limit: 100, ...query })).map(({ id }) => id);
  const expected = (fits: (call: Call) => boolean): readonly CallId[] => [...CALLS].sort(newest).filter(fits).map(idOf);

  test("calls are listed newest first, each as it is told alone, but for what was said", async () => {
    const all = await store.calls({ limit: 100 });
    expect(all.map(idOf)).toEqual(expected(() => true));
    for (const summary of all) {
      const { usage, ...told } = (await store.call(summary.id)) ?? {};
      expect(told).toEqual({ ...summary, turns: expect.anything(), decisions: [] });
      expect(usage !== undefined).toBe(summary.status === "ended");
    }
  });

  const CONDITIONS: readonly (readonly [Partial<CallQuery>, (call: Call) => boolean])[] = [
    [{ carrier: "exotel" }, ({ carrier }) => carrier === "exotel"],
    [{ agent: "clinic" }, ({ agent }) => agent === "clinic"],
    [{ status: "open" }, ({ how }) => how === undefined],
    [{ status: "ended" }, ({ how }) => how !== undefined],
    [{ how: ["failed"] }, ({ how }) => how === "failed"],
    [{ how: ["failed", "too-long"] }, ({ how }) => how === "failed" || how === "too-long"],
    [{ failed: true }, ({ how }) => how === "failed"],
    [{ failed: true, how: ["too-long"] }, () => false],
    [{ number: "098000 00001" }, ({ n }) => n % 3 !== 2],
    [{ number: "+91-80-4711-2345" }, ({ n }) => n % 2 === 0],
    [{ number: "+91 80 9999 9999", agent: "bank" }, ({ n }) => n % 4 === 1],
    [{ number: "080-4711-2345", words: "order 4" }, ({ n }) => n === 4],
    [{ number: "+18047112345" }, () => false],
    [{ openedAfter: T0 + 5 }, ({ openedAt }) => openedAt > T0 + 5],
    [{ openedBefore: T0 + 5 }, ({ openedAt }) => openedAt < T0 + 5],
    [{ from: "098000 00001" }, ({ n }) => n % 3 !== 2],
    [{ to: "+91-80-4711-2345" }, ({ n }) => n % 2 === 0],
    [{ to: "+18047112345" }, () => false],
    [{ words: "ORDER 1" }, ({ n }) => n === 1 || n > 9],
    [{ words: "कहाँ" }, () => true],
    [{ words: "100%" }, ({ n }) => n === 4],
    [{ words: "1_0%" }, () => false],
    [
      { agent: "clinic", status: "ended", from: "9800000001" },
      ({ agent, how, n }) => agent === "clinic" && how !== undefined && n % 3 !== 2,
    ],
  ];
  test.each(CONDITIONS)("of the calls those that fit %o are listed", async (query, fits) => {
    expect(await ids(query)).toEqual(expected(fits));
  });

  test("page by page every call comes once, also among those of one moment, whatever is opened meanwhile", async () => {
    const seen: CallSummary[] = [];
    for (let page = 0; page < 20; page++) {
      const found = await store.calls({ limit: 3, after: seen.at(-1) });
      seen.push(...found);
      await write(store, { ...someCall(100 + page), openedAt: T0 + 1000 + page });
      if (found.length < 3) break;
    }
    expect(seen.map(idOf)).toEqual(expected(() => true));
  });

  test("calls of a number are listed once, page by page, also one from the number to itself", async () => {
    const self = { ...someCall(50), from: "+91 98000 00001", to: "09800000001", openedAt: T0 - 1000 };
    await write(store, self);
    const all = await ids({ number: "9800000001" });
    expect(all.filter((id) => id === self.id)).toHaveLength(1);
    const seen: CallSummary[] = [];
    while (seen.length < all.length)
      seen.push(...(await store.calls({ number: "9800000001", limit: 3, after: seen.at(-1) })));
    expect(seen.map(idOf)).toEqual(all);
  });

  test("numbers are compared as the agents file compares them", async () => {
    const written = [
      ...["+91 80 4567 8900", "080-45678900", "918045678900", "0091 80 4567 8900", "8045678900", " 918045678900"],
      ...["18001234567", "+1 (804) 567-8900", "108", "anonymous", "sip:Anna@Example.org", "", "+", "client:९"],
    ];
    const { rows } = await database.pool.query("select phone_number(w) as n from unnest($1::text[]) as w", [written]);
    expect(rows.map(({ n }) => n)).toEqual(written.map(normalNumber));
  });

  test.each([
    ["calls_newest", {}],
    ["calls_from", { from: "9800000001" }],
    ["calls_from", { number: "9800000001" }],
    ["calls_to", { number: "9800000001" }],
    ["calls_open", { status: "open" }],
  ] as const)("the index %s serves a page", async (index, query) => {
    const client = await database.pool.connect();
    try {
      await client.query("begin");
      // A table this small is not worth an index.
      await client.query("set local enable_seqscan = off");
      await client.query("set local enable_bitmapscan = off");
      const { text, values } = listQuery({ limit: 20, ...query });
      const { rows } = await client.query(`explain ${text}`, values);
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(plan).toContain(`Index Scan Backward using ${index}`);
      // Two pages are put in order again, but no more than those.
      expect(plan).not.toContain("number" in query ? "Seq Scan on calls" : "Sort");
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
}

type Call = CallOpening & { readonly n: number; readonly how: CallEnd["how"] | undefined };

/** Two calls at a time are opened in the same millisecond. */
function someCall(n: number): Call {
  return {
    n,
    id: callId(`call_${String(n * 7919).padStart(8, "0")}`),
    carrier: CARRIERS[n % 2] ?? "twilio",
    carrierCallId: `CA${n}`,
    from: ["+919800000001", "09800000001", "+19800000001"][n % 3] ?? "",
    to: ["08047112345", "+918099999999"][n % 2] ?? "",
    agent: ["clinic", "bank", "clinic", "shop"][n % 4] ?? "",
    language: "hi-IN",
    openedAt: T0 + Math.floor(((n * 5) % 13) / 2),
    how: ([undefined, "caller-hung-up", "failed", "too-long", "failed"] as const)[n % 5],
  };
}
const CALLS = Array.from({ length: 13 }, (_, n) => someCall(n));

const idOf = ({ id }: { readonly id: CallId }): CallId => id;
const newest = (a: Call, b: Call): number => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1);

async function write(store: CallStore, { n, how, ...opening }: Call): Promise<void> {
  await store.write(opening.id, { kind: "open", opening });
  const agentHeard = n === 4 ? "100% sure" : "";
  await store.write(opening.id, turn(1, { userText: `Order ${n} कहाँ है?`, agentHeard }));
  if (how !== undefined) {
    await store.write(opening.id, {
      kind: "close",
      closing: { end: { how, detail: "" }, endedAt: opening.openedAt + 1 },
    });
  }
  if (n === 3) await store.write(opening.id, { kind: "recording", url: "/3" });
}
