import { once } from "node:events";
import { connect as dialTcp } from "node:net";
import { expect, test, vi } from "vitest";
import { connect, media, world } from "./world.ts";

/** These limits are the operating system's and Node's own clocks: real seconds pass here. */
test("sockets that send their request a byte at a time are closed, while health answers and a live call goes on", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const port = Number(new URL(at.origin).port);
  const slow = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const socket = dialTcp(port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write("POST /twilio/voice HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      socket.resume();
      return { socket, closed: once(socket, "close") };
    }),
  );
  expect((await fetch(`${at.origin}/healthz`)).status).toBe(200);
  const healthy = peer.socket.readyState;
  await Promise.all(slow.map(({ closed }) => closed));
  expect(peer.socket.readyState).toBe(healthy);
  peer.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
}, 15_000);
