import { afterAll, beforeAll, expect, test } from "vitest";
import type { BookEntry, CallId, CallOpening, Turn } from "../../src/record/record.ts";
import type { Database } from "../../src/store/database.ts";
import { postgresErasures } from "../../src/store/erasures.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallStore, Erasures, UsageBook } from "../../src/store/store.ts";
import { postgresUsageBook } from "../../src/store/usage-book.ts";
import { callId, opened, T0, turn } from "../store/entries.ts";

/** 00:30 in India, the evening before in London. */
const MIDNIGHT = Date.UTC(2026, 8, 19, 19, 0);

function opening(id: CallId, more: Partial<CallOpening>): BookEntry {
  const entry = opened(id);
  if (entry.kind !== "open") throw new Error("not an opening");
  return { kind: "open", opening: { ...entry.opening, ...more } };
}
const closedAt = (endedAt: number): BookEntry => ({
  kind: "close",
  closing: { end: { how: "caller-hung-up", detail: "" }, endedAt },
});
const usage = (
  seq: number,
  model: string,
  tokens?: { prompt: number; cached: number; completion: number },
): BookEntry => ({
  kind: "usage",
  seq,
  usage: { model, ...(tokens && { tokens }) },
});

/** What every database must do for usage: of one call, of days, and of calls that are erased. */
export function usageContract(open: () => Promise<Database>): void {
  let database: Database;
  let store: CallStore;
  let book: UsageBook;
  let erasures: Erasures;
  let calls = 0;
  async function call(entries: readonly BookEntry[], more: Partial<CallOpening> = {}): Promise<CallId> {
    calls += 1;
    const id = callId(`call_u${calls}`);
    for (const entry of [opening(id, more), ...entries]) await store.write(id, entry);
    return id;
  }
  const said = (seq: number, metrics: Turn["metrics"], agentGenerated = "नमस्ते 😀"): BookEntry =>
    turn(seq, { agentGenerated, metrics });

  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
    book = postgresUsageBook(database.pool);
    erasures = postgresErasures(database.pool);
  });
  afterAll(() => database.close());

  test("a call's usage: its stream, the sound sent, the characters given to the voice, and tokens by model", async () => {
    const id = await call(
      [
        { kind: "answered", at: T0 + 900 },
        said(1, { agentAudioMs: 800 }),
        // Its numbers are gone, and its length is not.
        said(2, { agentAudioMs: 1200.5, agentCharacters: 40 }, "[number]"),
        usage(1, "sarvam-105b"),
        usage(2, "sarvam-105b", { prompt: 100, cached: 60, completion: 7 }),
        usage(3, "sarvam-105b"),
        usage(4, "other"),
        usage(5, "other", { prompt: 5, cached: 0, completion: 2 }),
        closedAt(T0 + 61_000),
      ],
      { voiceModel: "bulbul:v3" },
    );
    expect((await store.call(id))?.usage).toEqual({
      calls: 1,
      streamSeconds: 61,
      spokenMs: 2000.5,
      voices: [{ model: "bulbul:v3", characters: 48 }],
      models: [
        { model: "other", answers: 1, uncounted: 0, prompt: 5, cached: 0, completion: 2 },
        { model: "sarvam-105b", answers: 2, uncounted: 1, prompt: 100, cached: 60, completion: 7 },
      ],
      carriers: [{ carrier: "twilio", seconds: 61, minutes: 2 }],
    });
  });

  test.each([
    ["a call of exactly a minute", 60_000, 60, 1],
    ["a millisecond more", 60_001, 61, 2],
    ["a call of a moment", 1, 1, 1],
    ["a call of no time", 0, 0, 0],
    ["a clock that was set back in mid-call", -5000, 0, 0],
  ])("I28: each begun minute counts, and none is negative: %s", async (_what, ms, seconds, minutes) => {
    const id = await call([{ kind: "answered", at: T0 + 10_000 }, closedAt(T0 + 10_000 + ms)]);
    const used = (await store.call(id))?.usage;
    expect(used?.carriers).toEqual([{ carrier: "twilio", seconds, minutes }]);
    expect(used?.streamSeconds).toBe(seconds);
  });

  test("a call nobody answered used nothing, and an open one is not known yet", async () => {
    const silent = await call([closedAt(T0 + 60_000)]);
    expect((await store.call(silent))?.usage).toMatchObject({
      streamSeconds: 0,
      carriers: [{ minutes: 0 }],
      models: [],
    });
    expect(await store.call(await call([]))).not.toHaveProperty("usage");
  });

  test("usage of a journal that is played into the books again counts once", async () => {
    const id = await call([usage(1, "m"), usage(2, "m", { prompt: 9, cached: 0, completion: 1 })]);
    await store.write(id, usage(2, "m", { prompt: 9, cached: 0, completion: 1 }));
    await store.write(id, closedAt(T0));
    expect((await store.call(id))?.usage?.models).toEqual([
      { model: "m", answers: 1, uncounted: 0, prompt: 9, cached: 0, completion: 1 },
    ]);
  });

  test("days are India's, each call rounded by itself, agents apart, erased calls among them", async () => {
    const at = (openedAt: number, agent: string) => ({ openedAt, agent, voiceModel: "bulbul:v3" });
    const short = (openedAt: number): readonly BookEntry[] => [
      { kind: "answered", at: openedAt },
      said(1, { agentAudioMs: 100 }),
      usage(1, "m"),
      usage(2, "m", { prompt: 10, cached: 4, completion: 1 }),
      closedAt(openedAt + 1500),
    ];
    const first = await call(short(MIDNIGHT), at(MIDNIGHT, "shop"));
    await call(short(MIDNIGHT + 1000), { ...at(MIDNIGHT + 1000, "shop"), carrier: "exotel" });
    await call(short(MIDNIGHT - 3_600_000), at(MIDNIGHT - 3_600_000, "shop"));
    await call(short(MIDNIGHT + 2000), at(MIDNIGHT + 2000, "clinic"));
    await call([], at(MIDNIGHT, "still open"));
    const before = await book.byDay("2026-09-20", "2026-09-20");
    expect(before.map(({ day, agent }) => `${day} ${agent}`)).toEqual(["2026-09-20 clinic", "2026-09-20 shop"]);
    expect(before[1]?.usage).toEqual({
      calls: 2,
      streamSeconds: 4,
      spokenMs: 200,
      voices: [{ model: "bulbul:v3", characters: 16 }],
      models: [{ model: "m", answers: 2, uncounted: 0, prompt: 20, cached: 8, completion: 2 }],
      carriers: [
        { carrier: "exotel", seconds: 2, minutes: 1 },
        { carrier: "twilio", seconds: 2, minutes: 1 },
      ],
    });
    expect(await erasures.erase(first, MIDNIGHT + 1e9)).toBe("erased");
    expect(await book.byDay("2026-09-20", "2026-09-20")).toEqual(before);
    expect(await book.byDay("2026-09-19", "2026-09-20")).toHaveLength(3);
  });
}
