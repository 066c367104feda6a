import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { byteRange } from "../../src/gateway/byte-range.ts";
import type { CallId } from "../../src/record/record.ts";
import { connect, world } from "./world.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const keys = [
  { name: "reader", scopes: ["read"], sha256: sha256("read-key") },
  { name: "driver", scopes: ["control"], sha256: sha256("control-key") },
] as const;

const folder = mkdtempSync(join(tmpdir(), "durvani-play-"));
afterAll(() => rmSync(folder, { recursive: true }));
const SOUND = Buffer.from(Array.from({ length: 1000 }, (_, n) => n & 0xff));
const path = join(folder, "call.wav");
writeFileSync(path, SOUND);

const closed = { kind: "close", closing: { end: { how: "caller-hung-up", detail: "" }, endedAt: 1 } } as const;

async function stage(owes: readonly ("transcript" | "recording")[] = ["transcript", "recording"]) {
  const at = await world({ keys });
  at.memory.owes = owes;
  await connect(at);
  const id = at.memory.books[0]?.id as CallId;
  return {
    at,
    id,
    /** The books say of its recording that it is there; so it is, where `path` is given. */
    keep: (url: string, path?: string) => {
      at.memory.books.push({ id, entry: { kind: "recording", url } });
      if (path !== undefined) at.memory.recordings.set(id, path);
    },
    get: (headers: Record<string, string> = {}, call: string = id, key = "read-key") =>
      fetch(`${at.origin}/v1/calls/${call}/recording`, {
        headers: { authorization: `Bearer ${key}`, ...headers },
        redirect: "manual",
      }),
  };
}

const bodyOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe("GET /v1/calls/:id/recording", () => {
  test("S0.24: plays the WAV file, whole or in parts", async () => {
    const { at, id, keep, get } = await stage();
    keep(`/v1/calls/${id}/recording`, path);
    const whole = await get();
    expect(whole.status).toBe(200);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-type": "audio/wav",
      "content-length": "1000",
      "accept-ranges": "bytes",
      "cache-control": "private, no-cache",
    });
    expect((await bodyOf(whole)).equals(SOUND)).toBe(true);
    const part = await get({ range: "bytes=100-199" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 100-199/1000"]);
    expect((await bodyOf(part)).equals(SOUND.subarray(100, 200))).toBe(true);
    const call = await fetch(`${at.origin}/v1/calls/${id}`, { headers: { authorization: "Bearer read-key" } });
    expect(await call.json()).toMatchObject({ recordingUrl: `/v1/calls/${id}/recording` });
  });

  test("a part that it does not have is 416; what makes no sense is the whole; a changed file is sent whole", async () => {
    const { keep, get } = await stage();
    keep("/x", path);
    const beyond = await get({ range: "bytes=1000-" });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
    expect(await beyond.json()).toMatchObject({ error: { message: "the recording has 1000 bytes" } });
    for (const range of ["bytes=0-1,5-6", "seconds=1-2", "bytes=9-1"]) expect((await get({ range })).status).toBe(200);
    const etag = (await get()).headers.get("etag") ?? "";
    expect((await get({ range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    expect((await get({ range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
  });

  test("while there is none it says why", async () => {
    const off = await stage(["transcript"]);
    const why = async (from: Awaited<ReturnType<typeof stage>>, call?: string) => {
      const answer = await from.get({}, call);
      return [answer.status, ((await answer.json()) as { error: { message: string } }).error.message];
    };
    expect(await why(off)).toEqual([404, "calls are not recorded here: RECORD_CALLS is not wav"]);
    const on = await stage();
    expect(await why(on)).toEqual([404, "the call is not over: its recording is written afterwards"]);
    on.at.memory.books.push({ id: on.id, entry: closed });
    expect(await why(on)).toEqual([404, expect.stringMatching(/still to be written/)]);
    on.keep("/v1/calls/x/recording");
    expect(await why(on)).toEqual([404, expect.stringMatching(/not on this machine, or was erased/)]);
    on.at.memory.recordings.set(on.id, join(folder, "erased.wav"));
    expect(await why(on)).toEqual([404, expect.stringMatching(/not on this machine, or was erased/)]);
    expect(await why(on, "call_0000")).toEqual([404, "no such call"]);
    expect(await why(on, "..%2F..%2Fetc")).toEqual([404, "no such call"]);
    on.at.memory.databaseUp = false;
    expect(await why(on)).toEqual([503, "the database does not answer"]);
  });

  test("shows the way to one that is kept elsewhere, and is for readers only", async () => {
    const { keep, get, id } = await stage();
    keep("https://calls.s3.ap-south-1.amazonaws.com/a/b.wav");
    const elsewhere = await get();
    expect([elsewhere.status, elsewhere.headers.get("location")]).toEqual([
      302,
      "https://calls.s3.ap-south-1.amazonaws.com/a/b.wav",
    ]);
    expect((await get({}, id, "control-key")).status).toBe(403);
    expect((await get({}, id, "nobody")).status).toBe(401);
  });
});

test.each<[header: string | undefined, range: ReturnType<typeof byteRange>]>([
  [undefined, "all"],
  ["bytes=0-0", { from: 0, to: 0 }],
  ["bytes=0-", { from: 0, to: 99 }],
  ["bytes=99-99", { from: 99, to: 99 }],
  ["bytes=50-1000", { from: 50, to: 99 }],
  ["bytes=-10", { from: 90, to: 99 }],
  ["bytes=-1000", { from: 0, to: 99 }],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=100-200", "unsatisfiable"],
  ["bytes=20-10", "all"],
  ["bytes=-", "all"],
  ["bytes=a-b", "all"],
  ["bytes= 0-1", "all"],
  ["bytes=0-1, 5-6", "all"],
])("of 100 bytes %s is %o", (header, range) => {
  expect(byteRange(header, 100)).toEqual(range);
  expect(byteRange("bytes=0-", 0)).toBe("unsatisfiable");
});
