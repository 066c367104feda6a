import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { JobKind, StoredCall } from "../../src/store/store.ts";
import { callId, closed, opened } from "../store/entries.ts";
import { world } from "./world.ts";

const keys = [
  { name: "all", scopes: ["read", "control"] as const, sha256: createHash("sha256").update("k").digest("hex") },
];
const id = callId("call_1");

/** The books hold a call, and of it these write-ups. */
async function stage(
  writeUps: Partial<StoredCall> = {},
  { over = true, owed = [], recorded = false }: { over?: boolean; owed?: readonly JobKind[]; recorded?: boolean } = {},
) {
  const { memory, origin } = await world({ keys });
  const recording = { kind: "recording", url: "/v1/calls/call_1/recording" } as const;
  const entries = [opened(id), ...(recorded ? [recording] : []), ...(over ? [closed()] : [])];
  for (const entry of entries) memory.books.push({ id, entry });
  memory.writeUps.set(id, writeUps);
  memory.owed = owed;
  const ask = async (path: string, method = "GET") => {
    const answer = await fetch(`${origin}/v1/calls/${id}/${path}`, { method, headers: { authorization: "Bearer k" } });
    const body = (await answer.json()) as { error?: { message: string } };
    return [answer.status, body.error?.message ?? body] as const;
  };
  return { memory, ask };
}

test("a call without write-ups is 404 with the reason", async () => {
  const { ask } = await stage();
  expect(await ask("summary")).toEqual([404, "the agent asks for no summary"]);
  expect(await ask("translation")).toEqual([404, "the agent asks for no translation"]);
  expect(await ask("retranscription")).toEqual([404, expect.stringContaining("nobody asked")]);
  const open = await stage({}, { over: false });
  expect(await open.ask("summary")).toEqual([404, expect.stringContaining("the call is not over")]);
  const owing = await stage({}, { owed: ["summary"] });
  expect(await owing.ask("summary")).toEqual([404, "the summary of this call is still to be written"]);
});

test("of a summary that was given up, and of a call that was erased, the reason is that", async () => {
  const { memory, ask } = await stage();
  for (const [wish, path, why] of [
    [{ extract: { type: "object" } }, "summary", "the model's answers were of no use, and it was given up"],
    [{ translateTo: "ta-IN" }, "summary", "the agent asks for no summary"],
  ] as const) {
    memory.writeUps.set(id, { afterCall: wish });
    expect(await ask(path)).toEqual([404, why]);
  }
  memory.writeUps.set(id, { afterCall: { summary: true }, erasedAt: 1 });
  for (const path of ["summary", "translation", "retranscription"])
    expect(await ask(path)).toEqual([404, "the call was erased"]);
  expect(await ask("retranscribe", "POST")).toEqual([409, "the call was erased"]);
});

test("a translation that has not come to its end, and a retranscription that failed, are none yet", async () => {
  const half = { callId: id, language: "en-IN", model: "m", characters: 1, complete: false, lines: [] };
  const none = { callId: id, kind: "none", why: "there is no recording of this call" } as const;
  const { ask } = await stage({ translation: half, retranscription: none }, { owed: ["translation"] });
  expect(await ask("translation")).toEqual([404, "the translation of this call is still to be written"]);
  expect(await ask("retranscription")).toEqual([404, "there is no recording of this call"]);
});

test("a recorded call is transcribed again when asked, once", async () => {
  const { memory, ask } = await stage({}, { recorded: true });
  expect(await ask("retranscribe", "POST")).toEqual([202, { id, state: "owed" }]);
  expect(memory.retranscribed).toEqual([id]);
  expect(memory.jobs).toEqual([{ kind: "retranscription", callId: id }]);
  memory.queueUp = false;
  expect(await ask("retranscribe", "POST")).toEqual([202, { id, state: "owed" }]);
  const waiting = await stage({}, { owed: ["recording"] });
  expect(await waiting.ask("retranscribe", "POST")).toEqual([202, { id, state: "owed" }]);
});

test("one that is written is not made again; without a recording, or before the end, it cannot be", async () => {
  const written = { callId: id, kind: "written", model: "m", language: "", audioMs: 1, lines: [] } as const;
  const { memory, ask } = await stage({ retranscription: written }, { recorded: true });
  expect(await ask("retranscribe", "POST")).toEqual([202, { id, state: "written" }]);
  expect(memory.retranscribed).toEqual([]);
  const bare = await stage();
  expect(await bare.ask("retranscribe", "POST")).toEqual([409, expect.stringContaining("no recording of this call")]);
  const open = await stage({}, { over: false });
  expect(await open.ask("retranscribe", "POST")).toEqual([409, expect.stringContaining("not over")]);
  expect([...bare.memory.retranscribed, ...open.memory.retranscribed]).toEqual([]);
});
