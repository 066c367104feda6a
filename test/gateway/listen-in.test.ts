import { createHash } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { callId, closed, opened } from "../store/entries.ts";
import { idOf } from "./desk.ts";
import { create, join, sessionWorld, startAs } from "./web.ts";
import { connect, dial, media, type Peer, PUBLIC, ring, SID, type World, world } from "./world.ts";

const holder = (name: string, ...scopes: readonly ("read" | "control")[]) => ({
  name,
  scopes,
  sha256: createHash("sha256").update(name).digest("hex"),
});
const keys = [holder("ear", "read"), holder("hand", "control")];
const EAR = { authorization: "Bearer ear" };

const listen = (at: World, id: string = idOf(at), headers: Record<string, string> = EAR): Promise<Peer> =>
  dial(at, `/v1/calls/${id}/listen`, headers);
const told = ({ messages }: Peer) => messages.map((text) => JSON.parse(text));
const heard = (peer: Peer, side: string) =>
  told(peer).flatMap((message) => (message.side === side && message.event === "media" ? [message.payload] : []));
/** A refusal of the same address, in words. */
const why = async (at: World, id: string): Promise<string> => {
  const headers = { ...EAR, connection: "upgrade", upgrade: "websocket" };
  const { hostname, port } = new URL(at.origin);
  const socket = connectTcp(Number(port), hostname);
  const lines = Object.entries({ ...headers, host: hostname, "sec-websocket-version": "13" })
    .concat([["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="]])
    .map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /v1/calls/${id}/listen HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  for await (const piece of socket) {
    text += String(piece);
    if (text.includes("}}")) break;
  }
  return JSON.parse(text.slice(text.indexOf("{"))).error.message;
};

test("who listens in hears both sides as they pass, what was broken off, and the end", async () => {
  const at = await world({ keys });
  const { peer, call } = await connect(at);
  peer.send(media(20, "//8="));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  const ear = await listen(at);
  await vi.waitFor(() => expect(ear.messages).toHaveLength(1));
  const format = { encoding: "audio/x-mulaw", sampleRate: 8000 };
  expect(told(ear)).toEqual([{ event: "start", caller: format, agent: format }]);

  peer.send(media(40, "AAAA"), media(60, "BBBB"));
  await vi.waitFor(() => expect(call.heard).toHaveLength(3));
  call.line?.play("CCCC");
  call.line?.mark("g1:0");
  call.line?.clear();
  call.end({ how: "agent-hung-up", detail: "" });
  expect(await ear.closed).toBe(1000);
  expect(told(ear).slice(1)).toEqual([
    { event: "media", side: "caller", payload: "AAAA" },
    { event: "media", side: "caller", payload: "BBBB" },
    { event: "media", side: "agent", payload: "CCCC" },
    { event: "clear", side: "agent" },
    { event: "ended" },
  ]);
  expect(call.heard).toEqual(["//8=", "AAAA", "BBBB"]);
});

test("a page's call is told of in the sound that it is made of", async () => {
  const at = await sessionWorld();
  const session = await create(at);
  await join(at, session, startAs("audio/l16", 16000));
  await vi.waitFor(() => expect(at.calls[0]?.signals).toHaveLength(1));
  const ear = await listen(at, session.body.id, { authorization: "Bearer desk" });
  const format = { encoding: "audio/l16", sampleRate: 16000 };
  await vi.waitFor(() => expect(told(ear)).toEqual([{ event: "start", caller: format, agent: format }]));
});

test("an ear that is closed is forgotten, and the call goes on", async () => {
  const at = await world({ keys });
  const { peer, call } = await connect(at);
  const [one, other] = [await listen(at), await listen(at)];
  await vi.waitFor(async () => expect(await at.counted("listeners")).toBe(2));
  one.socket.terminate();
  await vi.waitFor(async () => expect(await at.counted("listeners")).toBe(1));
  peer.send(media(20, "AAAA"));
  await vi.waitFor(() => expect(heard(other, "caller")).toEqual(["AAAA"]));
  other.socket.close();
  await vi.waitFor(async () => expect(await at.counted("listeners")).toBe(0));
  peer.send(media(40, "BBBB"));
  await vi.waitFor(() => expect(call.heard).toEqual(["AAAA", "BBBB"]));
  await vi.waitFor(async () => expect(heard(await listenAnew(at, peer), "caller")).toEqual(["CCCC"]));
});

async function listenAnew(at: World, peer: Peer): Promise<Peer> {
  const ear = await listen(at);
  await vi.waitFor(() => expect(ear.messages).toHaveLength(1));
  peer.send(media(60, "CCCC"));
  await vi.waitFor(() => expect(ear.messages).toHaveLength(2));
  return ear;
}

describe("nobody is let in", () => {
  test("without a key, with one that may not read, or by a login on somebody else's page", async () => {
    const at = await world({ keys });
    await connect(at);
    await expect(listen(at, idOf(at), {})).rejects.toThrow("401");
    await expect(listen(at, idOf(at), { authorization: "Bearer stranger" })).rejects.toThrow("401");
    await expect(listen(at, idOf(at), { authorization: "Bearer hand" })).rejects.toThrow("403");
    const login = await fetch(`${at.origin}/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: "ear" }),
    });
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    await expect(listen(at, idOf(at), { cookie, origin: "https://evil.example.test" })).rejects.toThrow("403");
    await expect(listen(at, idOf(at), { cookie })).rejects.toThrow("403");
    await expect(listen(at, idOf(at), { cookie, origin: PUBLIC })).resolves.toBeDefined();
  });

  test("to what cannot be heard: unknown, not begun, over, or elsewhere", async () => {
    const at = await world({ keys });
    await ring(at, SID);
    for (const nobody of ["call_0", "no-such-call", "..%2F"]) await expect(listen(at, nobody)).rejects.toThrow("404");
    await expect(listen(at)).rejects.toThrow("409");
    expect(await why(at, idOf(at))).toBe("nobody is on the line yet");
    const [over, far] = [callId("call_0over"), callId("call_0far")];
    for (const entry of [opened(over), closed()]) at.memory.books.push({ id: over, entry });
    at.memory.books.push({ id: far, entry: opened(far) });
    expect(await why(at, over)).toBe("the call is over");
    expect(await why(at, far)).toContain("another process has this call");
    at.memory.databaseUp = false;
    await expect(listen(at, far)).rejects.toThrow("503");
    expect((await fetch(`${at.origin}/v1/calls/${far}/listen`, { headers: EAR })).status).toBe(426);
  });

  test("as the sixth of a call, or the twenty-first of all", async () => {
    const at = await world({ keys });
    const ids: string[] = [];
    for (let n = 1; n <= 5; n++) {
      await connect(at, `CA0000000000000000000000000000000${n}`);
      const id = at.memory.books.findLast(({ entry }) => entry.kind === "open")?.id ?? "";
      ids.push(id);
    }
    const [first = "", second = "", third = "", fourth = "", fifth = ""] = ids;
    const ears = await Promise.all([first, first, first, first, first].map((id) => listen(at, id)));
    await expect(listen(at, first)).rejects.toThrow("429");
    for (const id of [second, third, fourth]) for (let n = 0; n < 5; n++) await listen(at, id);
    await expect(listen(at, fifth)).rejects.toThrow("429");
    ears[0]?.socket.close();
    await vi.waitFor(() => listen(at, first));
    expect(await at.counted("listeners")).toBe(20);
  });

  test("when several come at once for the last place", async () => {
    const at = await world({ keys });
    await connect(at);
    const ears = await Promise.allSettled(Array.from({ length: 12 }, () => listen(at)));
    const open = ears.flatMap((ear) => (ear.status === "fulfilled" ? [ear.value] : []));
    expect(open).toHaveLength(5);
    expect(await at.counted("listeners")).toBe(5);
  });
});

test("an ear that does not read is cut off; the call and other ears do not wait for it", async () => {
  const at = await world({ keys });
  const { peer, call } = await connect(at);
  const [reads, deaf] = [await listen(at), await listen(at)];
  await vi.waitFor(() => expect(deaf.messages).toHaveLength(1));
  deaf.socket.pause();
  const sound = Buffer.alloc(192_000, 0x31).toString("base64");
  for (let sent = 1; (await at.counted("listeners_cut_off")) === 0; sent++) {
    if (sent > 200) throw new Error("it was never cut off");
    call.line?.play(sound);
    await vi.waitFor(() => expect([reads.messages.length, peer.messages.length]).toEqual([sent + 1, sent]));
  }
  deaf.socket.resume();
  await deaf.closed;
  call.line?.play("CCCC");
  await vi.waitFor(() => expect(reads.messages.at(-1)).toContain('"CCCC"'));
  expect([await at.counted("listeners"), await at.counted("listeners_cut_off")]).toEqual([1, 1]);
});

test("who comes as the call ends is refused, or let go with its end", async () => {
  const at = await world({ keys });
  const { peer } = await connect(at);
  const coming = listen(at).then(
    async (ear) => [await ear.closed, told(ear).at(-1)?.event],
    (error: Error) => [error.message],
  );
  peer.socket.close();
  expect([["409"], [1000, "ended"]]).toContainEqual(await coming);
});
