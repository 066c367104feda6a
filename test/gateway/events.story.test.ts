import { createHash } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { expect, test, vi } from "vitest";
import { decision } from "../store/entries.ts";
import { connect, ring, SID, type World, world } from "./world.ts";

const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;
const OTHER = "CA00000000000000000000000000000002";

type Told = { readonly event: string; readonly data: Record<string, unknown> };

/** Everything that is told, as it comes. */
async function follow({ origin }: World) {
  // Not `fetch`, which opens a connection to spare whenever it lets one go.
  const asked = get(`${origin}/v1/events`, { agent: false, headers: { authorization: "Bearer key" } });
  asked.on("error", () => undefined); // `close` follows.
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.on("error", () => undefined);
  answer.setEncoding("utf8");
  let text = "";
  let over = false;
  answer.on("data", (piece: string) => {
    text += piece;
  });
  answer.on("close", () => {
    over = true;
  });
  const told = (): readonly Told[] =>
    [...text.matchAll(/event: (.*)\ndata: (.*)\n\n/g)].map(([, event = "", data = ""]) => ({
      event,
      data: JSON.parse(data),
    }));
  return {
    answer,
    told,
    text: () => text,
    over: () => over,
    leave: () => asked.destroy(),
    /** Waits until so many events came. */
    after: async (count: number) => {
      await vi.waitFor(() => expect(told().length).toBeGreaterThanOrEqual(count));
      return told();
    },
  };
}

test("who follows is told the calls that are up, then all that happens in them, to the end", async () => {
  const at = await world({ keys });
  const { peer, call } = await connect(at);
  const id = at.memory.books[0]?.id;
  const one = await follow(at);
  expect(one.answer.headers["content-type"]).toBe("text/event-stream");
  expect(one.answer.headers["cache-control"]).toBe("no-store");
  const [snapshot] = await one.after(1);
  expect(snapshot).toEqual({
    event: "snapshot",
    data: {
      calls: [expect.objectContaining({ id, status: "open", from: "+919800000001", answeredAt: expect.any(Number) })],
    },
  });

  await ring(at, OTHER);
  const other = at.memory.books.at(-1)?.id;
  call.turn(1, "नमस्ते");
  const entry = decision(1);
  call.parts.write(entry);
  call.end({ how: "agent-hung-up", detail: "goodbye" });
  const told = (await one.after(5)).slice(1);
  expect(told.map(({ event }) => event)).toEqual(["opened", "turn", "decision", "ended"]);
  expect(told.map(({ data }) => data)).toEqual([
    { id: other, call: expect.objectContaining({ id: other, status: "open", carrierCallId: OTHER }) },
    { id, turn: expect.objectContaining({ seq: 1, userText: "नमस्ते" }) },
    { id, seq: 1, decision: entry.kind === "decision" && entry.decision },
    { id, end: { how: "agent-hung-up", detail: "goodbye" }, endedAt: at.clock.wall() },
  ]);

  // Who comes later is told what is still up.
  const [now] = await (await follow(at)).after(1);
  expect(now?.data).toEqual({ calls: [expect.objectContaining({ id: other })] });
  peer.socket.terminate();
});

test("a call that is answered is told of", async () => {
  const at = await world({ keys });
  const one = await follow(at);
  await connect(at);
  const told = await one.after(3);
  expect(told.map(({ event }) => event)).toEqual(["snapshot", "opened", "answered"]);
  expect(told[2]?.data).toEqual({ id: at.memory.books[0]?.id, answeredAt: at.clock.wall() });
});

test("every 15 s a comment says that the line stands, and nothing of it is left when the client leaves", async () => {
  const at = await world({ keys });
  const idle = at.clock.pending;
  const one = await follow(at);
  await one.after(1);
  expect(at.clock.pending).toBe(idle + 1);
  await at.clock.advance(14_999);
  expect(one.text()).not.toContain("still here");
  await at.clock.advance(1);
  await vi.waitFor(() => expect(one.text().match(/^: still here\n\n/gm)).toHaveLength(1));
  await at.clock.advance(30_000);
  await vi.waitFor(() => expect(one.text().match(/^: still here\n\n/gm)).toHaveLength(3));
  one.leave();
  await vi.waitFor(() => expect(at.clock.pending).toBe(idle));
});

test("a client that does not read is cut off, others are not, and no call waits for it", async () => {
  const at = await world({ keys });
  const { call } = await connect(at);
  const reader = await follow(at);
  const deaf = await deafClient(at);
  let closed = false;
  deaf.once("close", () => {
    closed = true;
  });
  const words = "कहाँ ".repeat(10_000);
  for (let seq = 1; (await at.counted("followers_cut_off")) === 0; seq++) {
    call.turn(seq, words);
    if (seq > 200) throw new Error("it was never cut off");
    await reader.after(seq + 1);
  }
  deaf.resume();
  await vi.waitFor(() => expect(closed).toBe(true));
  call.turn(5000, "the last");
  await vi.waitFor(() => expect(reader.told().at(-1)?.data["turn"]).toMatchObject({ userText: "the last" }));
  expect(await at.counted("followers_cut_off")).toBe(1);
});

test("a line that is silent for longer than a connection may be is kept", async () => {
  const sockets: Socket[] = [];
  const watch = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.server.on("connection", (socket) => sockets.push(socket));
  };
  diagnostics.subscribe("fastify.initialization", watch);
  const at = await world({ keys });
  diagnostics.unsubscribe("fastify.initialization", watch);
  const one = await follow(at);
  await one.after(1);
  for (const socket of sockets) socket.emit("timeout");
  await ring(at, SID);
  await one.after(2);
  expect(one.over()).toBe(false);
});

test("when the gateway stops, who follows is told the last end, and let go", async () => {
  const at = await world({ keys });
  await connect(at);
  const one = await follow(at);
  await deafClient(at);
  await one.after(1);
  let stopped = false;
  const stopping = at.gateway.close().then(() => {
    stopped = true;
  });
  while (!stopped) await at.clock.advance(1000);
  await stopping;
  await vi.waitFor(() => expect(one.over()).toBe(true));
  expect(one.told().at(-1)).toMatchObject({ event: "ended", data: { end: { how: "drain-forced" } } });
});

/** Asks, and reads nothing of the answer. */
async function deafClient({ origin }: World): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connectTcp(Number(port), hostname);
  socket.pause();
  socket.on("error", () => undefined); // `close` follows.
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer key\r\n\r\n`);
  await vi.waitFor(() => expect(socket.connecting).toBe(false));
  return socket;
}
