import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { wavHeader } from "../../src/audio/wav.ts";
import { callId, closed, opened } from "../store/entries.ts";
import { world } from "./world.ts";

const sha256 = createHash("sha256").update("key").digest("hex");
const folder = mkdtempSync(join(tmpdir(), "durvani-peaks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CALL = "call_01peaks";
const id = callId(CALL);

function wav(name: string, frames: readonly (readonly [caller: number, agent: number])[], channels = 2): string {
  const path = join(folder, name);
  const pcm = Buffer.from(Int16Array.from(frames.flat()).buffer);
  writeFileSync(path, Buffer.concat([wavHeader(channels, 8000, pcm.length), pcm]));
  return path;
}

async function stage(path?: string, url: string | undefined = `/v1/calls/${CALL}/recording`) {
  const at = await world({ keys: [{ name: "k", scopes: ["read"], sha256 }] });
  at.memory.owes = ["transcript", "recording"];
  for (const entry of [opened(id), closed()]) at.memory.books.push({ id, entry });
  if (url !== undefined) at.memory.books.push({ id, entry: { kind: "recording", url } });
  if (path !== undefined) at.memory.recordings.set(CALL, path);
  const get = (query = "", headers: Record<string, string> = {}) =>
    fetch(`${at.origin}/v1/calls/${CALL}/peaks${query}`, { headers: { authorization: "Bearer key", ...headers } });
  return { at, get };
}

const sentence = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { error: { message: string } }).error.message,
];

test("peaks of caller and agent, as many as asked; unchanged, they are not sent again", async () => {
  const frames = Array.from({ length: 8000 }, (_, at) => [at < 4000 ? 16_384 : 0, at < 4000 ? 0 : -32_768] as const);
  const { get } = await stage(wav("two.wav", frames));
  const answer = await get("?buckets=10");
  expect(await answer.json()).toEqual({
    durationMs: 1000,
    caller: [...Array(5).fill(0.5), ...Array(5).fill(0)],
    agent: [...Array(5).fill(0), ...Array(5).fill(1)],
  });
  expect(answer.headers.get("cache-control")).toBe("private, no-cache");
  const etag = answer.headers.get("etag") ?? "";
  expect((await get("?buckets=10", { "if-none-match": etag })).status).toBe(304);
  expect((await get("?buckets=10", { "if-none-match": '"other"' })).status).toBe(200);
  expect(((await (await get()).json()) as { caller: number[] }).caller).toHaveLength(1000);
});

test("a file that holds less than it says, or little, has as many as it can", async () => {
  const path = wav("torn.wav", [
    [32_767, 0],
    [0, 0],
    [0, 16_384],
  ]);
  truncateSync(path, 44 + 9);
  expect(await (await (await stage(path)).get()).json()).toEqual({ durationMs: 0, caller: [1, 0], agent: [0, 0] });
  const empty = wav("empty.wav", []);
  expect(await (await (await stage(empty)).get()).json()).toEqual({ durationMs: 0, caller: [], agent: [] });
});

test("where there are none it says why", async () => {
  const elsewhere = await stage(undefined, "https://calls.s3.ap-south-1.amazonaws.com/a/b.wav?signature=secret");
  expect(await sentence(await elsewhere.get())).toEqual([
    409,
    "the recording is kept at calls.s3.ap-south-1.amazonaws.com, not on this machine",
  ]);
  const gone = await stage();
  expect(await sentence(await gone.get())).toEqual([404, expect.stringMatching(/not on this machine, or was erased/)]);
  const mono = await stage(wav("mono.wav", [], 1));
  expect(await sentence(await mono.get())).toEqual([409, "the recording is no stereo WAV file of 16 bits"]);
});

test("an hour of sound is read in slices, and others have their turn between them", async () => {
  const path = join(folder, "hour.wav");
  const bytes = 3600 * 8000 * 4;
  writeFileSync(path, wavHeader(2, 8000, bytes));
  truncateSync(path, 44 + bytes);
  const { get } = await stage(path);
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) setImmediate(turn);
  };
  turn();
  const before = process.memoryUsage().arrayBuffers;
  const peaks = (await (await get()).json()) as { durationMs: number };
  done = true;
  expect(peaks.durationMs).toBe(3_600_000);
  expect(turns).toBeGreaterThan(bytes / (256 * 1024));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024);
});
