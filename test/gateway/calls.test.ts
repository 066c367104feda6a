import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { apiDocument } from "../../src/gateway/openapi.ts";
import type { Operation } from "../../src/gateway/operation.ts";
import { operation } from "../../src/gateway/operation.ts";
import type { CallQuery, CallSummary } from "../../src/store/store.ts";
import { callId, opened } from "../store/entries.ts";
import { Memory } from "./memory.ts";
import { world } from "./world.ts";

const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

async function stage(calls = 0) {
  const at = await world({ keys });
  for (let n = 0; n < calls; n++) {
    const id = callId(`call_${n}`);
    at.memory.books.push({ id, entry: opened(id) });
  }
  const asked: CallQuery[] = [];
  const list = at.memory.calls.bind(at.memory);
  at.memory.calls = (query) => {
    asked.push(query);
    return list(query);
  };
  const page = async (query: string) => {
    const answer = await fetch(`${at.origin}/v1/calls?${query}`, { headers: { authorization: "Bearer key" } });
    return (await answer.json()) as { calls: { id: string }[]; next_cursor?: string };
  };
  return { at, asked, page };
}

test("pages follow one another by their cursors until the last, which has none", async () => {
  const { at, page } = await stage(5);
  const first = await page("limit=2");
  expect(first.calls.map(({ id }) => id)).toEqual(["call_4", "call_3"]);
  const late = callId("call_5");
  at.memory.books.push({ id: late, entry: opened(late) });
  const second = await page(`limit=2&cursor=${first.next_cursor}`);
  expect(second.calls.map(({ id }) => id)).toEqual(["call_2", "call_1"]);
  const last = await page(`limit=2&cursor=${second.next_cursor}`);
  expect(last).toEqual({ calls: [expect.objectContaining({ id: "call_0" })] });
  // A page that is just full is the last one too.
  expect(await page("limit=6")).not.toHaveProperty("next_cursor");
});

test("every condition reaches the books", async () => {
  const { asked, page } = await stage();
  await page("");
  await page(
    "carrier=exotel&agent=clinic&status=ended&how=failed,too-long&from=+919800000001&to=080%204711&q=order" +
      "&number=080-4711&failed=true" +
      "&opened_after=2026-01-01T00:00:00%2B05:30&opened_before=1767225600000",
  );
  expect(asked).toEqual([
    { limit: 21 },
    {
      carrier: "exotel",
      agent: "clinic",
      status: "ended",
      how: ["failed", "too-long"],
      // An unescaped plus is a space.
      from: "919800000001",
      to: "080 4711",
      number: "080-4711",
      failed: true,
      words: "order",
      openedAfter: Date.parse("2025-12-31T18:30:00Z"),
      openedBefore: 1767225600000,
      limit: 21,
    },
  ]);
});

describe("words are looked for", () => {
  /** A database whose searches end when they are told to. */
  async function searching() {
    const searches: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
    const database = { ping: vi.fn(async () => {}) };
    const calls = ({ words }: CallQuery) =>
      new Promise<readonly CallSummary[]>((resolve, fail) => {
        if (words === undefined) resolve([]);
        else searches.push({ end: () => resolve([]), fail });
      });
    const at = await world({ keys, store: { ...new Memory().parts().store, calls, ping: () => database.ping() } });
    const ask = (query = "q=order&opened_after=0") =>
      fetch(`${at.origin}/v1/calls?${query}`, { headers: { authorization: "Bearer key" } });
    const begun = (count: number) => vi.waitFor(() => expect(searches).toHaveLength(count));
    return { searches, database, ask, begun };
  }

  test("only within bounds", async () => {
    const { asked, page } = await stage();
    expect(await page("q=order&opened_before=1767225600000&carrier=twilio")).toMatchObject({
      error: { code: "bad_request", message: "q: needs one of opened_after, from, to, number beside it" },
    });
    for (const bound of ["opened_after=0", "from=1", "to=1", "number=1"])
      expect(await page(`q=order&${bound}`)).toEqual({ calls: [] });
    expect(asked).toHaveLength(4);
  });

  test("by one request at a time; one without words waits for nobody", async () => {
    const { searches, database, ask, begun } = await searching();
    const first = ask();
    await begun(1);
    const second = await ask();
    expect([second.status, second.headers.get("retry-after"), await second.json()]).toEqual([
      503,
      "1",
      { error: { code: "unavailable", message: expect.stringMatching(/one at a time; ask again in 1 s/) } },
    ]);
    expect((await ask("limit=1")).status).toBe(200);
    searches[0]?.end();
    expect((await first).status).toBe(200);
    const third = ask();
    await begun(2);
    searches[1]?.end();
    expect((await third).status).toBe(200);
    expect(database.ping).not.toHaveBeenCalled();
  });

  test("and not while a search that was given up may still run in the database", async () => {
    const { searches, database, ask, begun } = await searching();
    const first = ask();
    await begun(1);
    expect(database.ping).not.toHaveBeenCalled();
    searches[0]?.fail(new Error("Query read timeout"));
    expect((await first).status).toBe(503);
    database.ping.mockRejectedValueOnce(new Error("Query read timeout"));
    expect((await ask()).status).toBe(503);
    expect(searches).toHaveLength(1);
    const later = ask();
    await begun(2);
    searches[1]?.end();
    expect((await later).status).toBe(200);
  });
});

test("a database that takes what we ask for nonsense is our mistake, and no outage", async () => {
  const says = async (code: string) => {
    const calls = () => Promise.reject(Object.assign(new Error("invalid byte sequence"), { code }));
    const at = await world({ keys, store: { ...new Memory().parts().store, calls } });
    return (await fetch(`${at.origin}/v1/calls`, { headers: { authorization: "Bearer key" } })).status;
  };
  expect([await says("22021"), await says("42P01"), await says("57P01"), await says("ECONNREFUSED")]).toEqual([
    500, 500, 503, 503,
  ]);
});

test("a listed call holds what was known of it, and nothing of what was said", async () => {
  const { page } = await stage(1);
  const [call] = (await page("")).calls;
  expect(Object.keys(call ?? {}).sort()).toEqual(
    ["agent", "carrier", "carrierCallId", "from", "id", "language", "openedAt", "status", "to"].sort(),
  );
});

test("a body that may be left out is documented so, one that may not too", () => {
  const post = (id: string, body: z.ZodType): Operation =>
    operation({
      ...{ id, method: "POST", path: `/${id}`, scope: "control", summary: id, body },
      answer: { description: "done", schema: z.null() },
      run: async () => null,
    });
  const { paths } = apiDocument(
    [post("may", z.object({}).optional()), post("must", z.object({}))],
    "https://a.example",
  );
  expect(paths["/may"]?.["post"]?.requestBody?.required).toBe(false);
  expect(paths["/must"]?.["post"]?.requestBody?.required).toBe(true);
});
