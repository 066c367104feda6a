import { once } from "node:events";
import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { create, sessionWorld } from "./web.ts";
import type { World } from "./world.ts";

type Listener = {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  leave(): void;
  readonly over: Promise<unknown>;
};

const pathOf = async (at: World): Promise<string> => `/web/audio/${(await create(at)).body.token}`;

async function listen(at: World, path: string, headers: Record<string, string> = {}): Promise<Listener> {
  const request = get(at.origin + path, { headers, agent: false });
  const [answer]: [IncomingMessage] = (await once(request, "response")) as [IncomingMessage];
  const pieces: Buffer[] = [];
  answer.on("data", (piece: Buffer) => pieces.push(piece));
  // Who leaves is told so.
  answer.on("error", () => undefined);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    get bytes() {
      return Buffer.concat(pieces);
    },
    leave: () => request.destroy(),
    over: new Promise((resolve) => answer.once("end", resolve)),
  };
}

const say = (
  at: World,
  path: string,
  seq: string | number,
  chunk: Buffer,
  type = "audio/l16;rate=16000",
  headers = {},
) =>
  fetch(`${at.origin}${path}?seq=${seq}`, {
    method: "POST",
    body: new Uint8Array(chunk),
    headers: { "content-type": type, ...headers },
  });
const messageOf = async (answer: Response) => ((await answer.json()) as { error: { message: string } }).error.message;

test.each([
  ["", { encoding: "linear16", rate: 16000 }, "audio/l16;rate=16000", 1, 44],
  ["?rate=8000", { encoding: "linear16", rate: 8000 }, "audio/l16; rate=8000; channels=1", 1, 44],
  ["?encoding=mulaw", { encoding: "mulaw", rate: 8000 }, "audio/x-mulaw", 7, 60],
])(
  "S0.30: %s: a WAV without an end is what is heard, and chunks are what is said",
  async (query, format, type, tag, header) => {
    const at = await sessionWorld();
    const path = await pathOf(at);
    const heard = await listen(at, path + query);
    expect([heard.status, heard.headers["content-type"], heard.headers["cache-control"]]).toEqual([
      ...[200, "audio/wav", "no-store"],
    ]);
    await vi.waitFor(() => expect(heard.bytes.length).toBeGreaterThan(header));
    expect([heard.bytes.toString("latin1", 0, 4), heard.bytes.readUInt16LE(20), heard.bytes.readUInt32LE(24)]).toEqual([
      ...["RIFF", tag, format.rate],
    ]);
    expect([heard.bytes.toString("latin1", header - 8, header - 4), heard.bytes.readUInt32LE(header - 4)]).toEqual([
      ...["data", 0xffff_ffff],
    ]);
    const [call] = at.calls;
    expect(call?.signals).toEqual([{ kind: "started", format }]);

    expect((await say(at, path, 0, Buffer.from([1, 2, 3, 4]), type)).status).toBe(204);
    expect((await say(at, path, 0, Buffer.from([1, 2, 3, 4]), type)).status).toBe(204);
    expect((await say(at, path, 1, Buffer.alloc(0), type)).status).toBe(204);
    expect(call?.heard).toEqual(["AQIDBA=="]);

    call?.line?.play(Buffer.from([9, 8, 7, 6]).toString("base64"));
    await at.clock.advance(40);
    await vi.waitFor(() => expect(heard.bytes.includes(Buffer.from([9, 8, 7, 6]))).toBe(true));
    heard.leave();
    await vi.waitFor(() => expect(at.memory.ends()).toEqual(["caller-hung-up"]));
    await vi.waitFor(async () => expect((await say(at, path, 2, Buffer.alloc(2), type)).status).toBe(404));
  },
);

test("S0.30: the ticket opens the sound once; nothing can be said before, and it is no socket's ticket any more", async () => {
  const at = await sessionWorld();
  const path = await pathOf(at);
  const early = await say(at, path, 0, Buffer.alloc(2));
  expect([early.status, await messageOf(early)]).toEqual([409, "nobody listens yet: ask for the sound first"]);
  await listen(at, path);
  expect((await fetch(at.origin + path)).status).toBe(401);
  expect((await fetch(`${at.origin}/web/audio/nobody`)).status).toBe(401);
  expect((await say(at, "/web/audio/nobody", 0, Buffer.alloc(2))).status).toBe(404);
  expect((await fetch(`${at.origin}/web/audio/nobody`, { method: "DELETE" })).status).toBe(404);
  expect(await at.counted("upgrades_refused")).toBe(2);
});

test("what is asked wrongly is refused with a reason, and the ticket stays good", async () => {
  const at = await sessionWorld();
  const path = await pathOf(at);
  for (const query of ["?rate=44100", "?encoding=opus", "?encoding=mulaw&rate=16000", "?colour=red"])
    expect([query, (await fetch(at.origin + path + query)).status]).toEqual([query, 400]);
  expect((await listen(at, path)).status).toBe(200);
  const chunk = Buffer.alloc(320);
  for (const [seq, type, size, status] of [
    ["", "audio/l16", 320, 400],
    ["-1", "audio/l16", 320, 400],
    ["one", "audio/l16", 320, 400],
    ["0&seq=1", "audio/l16", 320, 400],
    [0, "audio/l16;rate=8000", 320, 415],
    [0, "audio/x-mulaw", 320, 415],
    [0, "application/json", 320, 400],
    [0, "application/octet-stream", 320, 415],
    [0, "audio/l16", 65_537, 413],
    [0, "audio/l16", 65_536, 204],
  ] as const) {
    const answer = await say(at, path, seq, size === 320 ? chunk : Buffer.alloc(size), type);
    expect([seq, type, size, answer.status]).toEqual([seq, type, size, status]);
  }
  const other = await say(at, path, 1, chunk, "audio/x-mulaw");
  expect(await messageOf(other)).toBe("this line carries audio/l16;rate=16000");
  expect(at.calls[0]?.heard.map((payload) => Buffer.from(payload, "base64").length)).toEqual([
    ...Array(20).fill(3_200),
    1_536,
  ]);
});

test("S0.30: who hangs up has hung up; the sound ends", async () => {
  const at = await sessionWorld();
  const path = await pathOf(at);
  const heard = await listen(at, path);
  expect((await fetch(at.origin + path, { method: "DELETE" })).status).toBe(204);
  await heard.over;
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["caller-hung-up"]));
  expect((await fetch(at.origin + path, { method: "DELETE" })).status).toBe(404);
});

test("S0.30: the sound ends when the agent hangs up", async () => {
  const at = await sessionWorld();
  const heard = await listen(at, await pathOf(at));
  at.calls[0]?.end({ how: "agent-hung-up", detail: "done" });
  await heard.over;
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["agent-hung-up"]));
});

test("who says nothing for 10 s, not even silence, is gone", async () => {
  const at = await sessionWorld();
  const heard = await listen(at, await pathOf(at));
  await at.clock.advance(10_000);
  await heard.over;
  expect(at.memory.ends()).toEqual(["carrier-lost"]);
});

test("pages of strangers may neither listen nor speak, and those that are named may do both", async () => {
  const named = "https://shop.example.test";
  const at = await sessionWorld({ corsOrigins: [named] });
  const path = await pathOf(at);
  const evil = { origin: "https://evil.example.test" };
  expect((await fetch(at.origin + path, { headers: evil })).status).toBe(401);
  const heard = await listen(at, path, { origin: named });
  expect([heard.status, heard.headers["access-control-allow-origin"]]).toEqual([200, named]);
  expect((await say(at, path, 0, Buffer.alloc(2), "audio/l16", evil)).status).toBe(403);
  expect((await fetch(at.origin + path, { method: "DELETE", headers: evil })).status).toBe(403);
  expect((await say(at, path, 0, Buffer.alloc(2), "audio/l16", { origin: named })).status).toBe(204);
  const wish = { origin: named, "access-control-request-method": "POST" };
  const before = await fetch(at.origin + path, { method: "OPTIONS", headers: wish });
  expect([before.status, before.headers.get("access-control-allow-origin")]).toEqual([204, named]);
});

test("/docs tells of the two routes where it tells how a session is made", async () => {
  const at = await sessionWorld();
  const page = await (await fetch(`${at.origin}/docs`)).text();
  for (const route of ["GET /web/audio/{token}", "POST /web/audio/{token}?seq=0", "DELETE /web/audio/{token}"])
    expect(page).toContain(`<code>${route}</code>`);
});
