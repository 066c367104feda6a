import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { logEntry } from "../../src/gateway/call-log.ts";
import { type JournalEntry, recordingText } from "../../src/journal/journal.ts";
import { SETTLED } from "../../src/journal/journal-file.ts";
import type { Decision } from "../../src/record/record.ts";
import { record } from "../replay/studio.ts";
import { callId, closed, decision, opened } from "../store/entries.ts";
import { world } from "./world.ts";

const sha256 = createHash("sha256").update("key").digest("hex");
const folder = mkdtempSync(join(tmpdir(), "durvani-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CALL = "call_01log";
const id = callId(CALL);
const path = join(folder, "call.jsonl");

type Log = {
  readonly entries: readonly {
    readonly atMs: number;
    readonly by: string;
    readonly what: string;
    readonly data?: object;
  }[];
  readonly complete: boolean;
  readonly next?: number;
};

async function stage(entries: readonly JournalEntry[], end = SETTLED, redact?: "digits") {
  const at = await world({ keys: [{ name: "k", scopes: ["read"], sha256 }] });
  const open = opened(id);
  const opening = open.kind === "open" ? { ...open, opening: { ...open.opening, ...(redact && { redact }) } } : open;
  for (const entry of [opening, closed()]) at.memory.books.push({ id, entry });
  writeFileSync(path, recordingText({ id, entries }));
  appendFileSync(path, end);
  at.memory.journals.set(CALL, path);
  const get = (query = "") =>
    fetch(`${at.origin}/v1/calls/${CALL}/log${query}`, { headers: { authorization: "Bearer key" } });
  return { at, log: async (query = "") => (await (await get(query)).json()) as Log, get };
}

const heard = (atMs: number, text: string): JournalEntry => ({
  atMs,
  in: { kind: "final", utterance: 1, text } as { kind: string },
});

test.each<[JournalEntry, object | undefined]>([
  [{ atMs: 5, audio: "AAAA" }, undefined],
  [{ atMs: 5, out: { do: "decide" } }, undefined],
  [
    { atMs: 5, spoken: { generation: 2, bytes: 480, audio: "AAAA" } },
    { atMs: 5, by: "speech", what: "spoken", data: { generation: 2, bytes: 480 } },
  ],
  [
    { atMs: 5, in: { kind: "key", digit: "7" } as { kind: string } },
    { atMs: 5, by: "caller", what: "key", data: { digit: "7" } },
  ],
  [
    { atMs: 5, in: { kind: "played", mark: "r1:0" } as { kind: string } },
    { atMs: 5, by: "carrier", what: "played", data: { mark: "r1:0" } },
  ],
  [
    { atMs: 5, in: { kind: "order", order: { do: "say", text: "Hello", interrupts: true } } as { kind: string } },
    { atMs: 5, by: "operator", what: "say", data: { text: "Hello", interrupts: true } },
  ],
  [
    { atMs: 5, line: { do: "clear" } },
    { atMs: 5, by: "gateway", what: "clear" },
  ],
  [
    { atMs: 5, line: { do: "played", frames: 3, bytes: 1440, generation: 1 } },
    { atMs: 5, by: "gateway", what: "media", data: { frames: 3, bytes: 1440, generation: 1 } },
  ],
  [
    { atMs: 5, out: { do: "set-timer", timer: "silence", ms: 8000 } as { do: string } },
    { atMs: 5, by: "gateway", what: "set-timer", data: { timer: "silence", ms: 8000 } },
  ],
  [
    { atMs: 5, in: { kind: "of-tomorrow", strange: { is: "this" } } as { kind: string } },
    { atMs: 5, by: "gateway", what: "of-tomorrow", data: { is: "this" } },
  ],
])("%j is told as it is called", (entry, told) => {
  expect(logEntry(entry, undefined)).toEqual(told);
});

test("a decision with why and on what evidence; a call's opening without telephone numbers", () => {
  const made = decision(1);
  expect(logEntry({ atMs: 9, book: made }, undefined)).toMatchObject({ by: "gateway", what: "decision" });
  const { what: decided, why } = (made as { decision: Decision }).decision;
  expect(logEntry({ atMs: 9, book: made }, undefined)?.data).toMatchObject({ decision: decided, why });
  expect(JSON.stringify(logEntry({ atMs: 0, book: opened(id) }, undefined))).not.toMatch(/\d{5}/);
});

describe("GET /v1/calls/{id}/log", () => {
  test("tells a whole call in order, and no sound of it", async () => {
    const entries = await record([{ wait: 3000 }, { say: "hi-question" }, { wait: 5000 }]);
    const { log } = await stage(entries);
    const told = await log();
    expect(told.complete).toBe(true);
    const names = told.entries.map(({ by, what }) => `${by} ${what}`);
    for (const name of [
      "carrier started",
      "speech speech-started",
      "speech final",
      "dialog generated",
      "gateway mark",
      "carrier played",
    ])
      expect(names).toContain(name);
    expect(JSON.stringify(told)).not.toMatch(/"audio"|[A-Za-z0-9+/]{100}/);
    const times = told.entries.map(({ atMs }) => atMs);
    expect(Math.max(...times)).toBeGreaterThan(8000);
  });

  test("5000 at a time, and sound counts for none", async () => {
    const many = Array.from({ length: 7000 }, (_, at) => [heard(at, `word ${at}`), { atMs: at, audio: "AAAA" }]).flat();
    const { log } = await stage(many);
    const first = await log();
    expect([first.entries.length, first.complete, first.next]).toEqual([5000, false, 5000]);
    const second = await log(`?from=${first.next}`);
    expect([second.entries.length, second.complete, second.next]).toEqual([2000, true, undefined]);
    expect(second.entries[0]).toMatchObject({ atMs: 5000 });
  });

  test("of a call that is not over, as far as it is written", async () => {
    const { log } = await stage([heard(1, "hello")], '{"atMs":2,"in":{"kind":"fi');
    expect(await log()).toEqual({ entries: [expect.objectContaining({ what: "final" })], complete: false });
  });

  test("numbers are left out where the agent says so: digit by digit, since they come in pieces", async () => {
    const said = [heard(1, "my number is 98"), heard(2, "seven six"), { atMs: 3, in: { kind: "key", digit: "4" } }];
    const { log } = await stage(said as readonly JournalEntry[], SETTLED, "digits");
    const text = JSON.stringify((await log()).entries.map(({ data }) => data));
    expect(text).toContain("my number is [number]");
    expect(text).not.toMatch(/98|seven|six|"4"/);
    const plain = await stage(said as readonly JournalEntry[]);
    expect(JSON.stringify((await plain.log()).entries)).toMatch(/98.*seven six.*"4"/);
  });

  test("without a journal it says so", async () => {
    const { at, get } = await stage([]);
    at.memory.journals.clear();
    const answer = await get();
    expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
      404,
      "the journal of this call is not on this machine",
    ]);
  });
});
