import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { systemClock } from "../../src/kit/clock.ts";
import { openSocket, type SocketEnd, type SocketListener } from "../../src/kit/socket.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { SocketClock } from "./socket-clock.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(onPeer: (peer: WebSocket, request: IncomingMessage) => void, status?: number): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  server.on("upgrade", (request, socket, head) => {
    if (status) socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    else sockets.handleUpgrade(request, socket, head, (peer) => onPeer(peer, request));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("carries text both ways, with its headers, and offers no compression", async () => {
  const url = await serve((peer, { headers }) => {
    peer.on("message", (data) =>
      peer.send(`${data} ${headers["x-key"]} ${headers["sec-websocket-extensions"] ?? "plain"}`),
    );
  });
  const text = await new Promise<string>((resolve, reject) => {
    const socket = openSocket(
      url,
      { "x-key": "k" },
      {
        onOpen: () => socket.send("hello"),
        onText: (received) => {
          socket.close();
          resolve(received);
        },
        onEnd: ({ reason }) => reject(new Error(reason)),
      },
      systemClock,
    );
  });
  expect(text).toBe("hello k plain");
});

const endOf = (url: string): Promise<SocketEnd> =>
  new Promise((resolve) => {
    openSocket(url, {}, { onText: () => {}, onEnd: resolve }, systemClock);
  });

test("a refused upgrade ends it with the HTTP status", async () => {
  expect(await endOf(await serve(() => {}, 403))).toMatchObject({ code: 1006, status: 403 });
});

test("a close tells its code and reason", async () => {
  expect(await endOf(await serve((peer) => peer.close(4000, "no beta")))).toEqual({ code: 4000, reason: "no beta" });
});

test("nobody listening ends it with 1006", async () => {
  expect(await endOf("ws://127.0.0.1:1/")).toMatchObject({ code: 1006 });
});

test("a listener that throws ends its socket, not the process", async () => {
  const url = await serve((peer) => peer.send("poison"));
  const end = await new Promise<SocketEnd>((resolve) => {
    openSocket(
      url,
      {},
      {
        onText: () => {
          throw new Error("our bug");
        },
        onEnd: resolve,
      },
      systemClock,
    );
  });
  expect(end).toMatchObject({ code: 1011 });
  expect(end.reason).toContain("our bug");
});

/** Opens a socket and waits until it is open. */
function opened(url: string, clock: VirtualClock, listener: Partial<SocketListener> = {}) {
  const ends: SocketEnd[] = [];
  return new Promise<{ socket: ReturnType<typeof openSocket>; ends: readonly SocketEnd[] }>((resolve) => {
    const onEnd = (end: SocketEnd): void => void ends.push(end);
    const onOpen = (): void => resolve({ socket, ends });
    const socket = openSocket(url, {}, { onText: () => {}, onEnd, ...listener, onOpen }, clock);
  });
}

test("a peer that vanished without a word ends it with 1006 within two heartbeats, and nothing is left behind", async () => {
  const clock = new VirtualClock();
  const url = await serve((peer) => peer.pause());
  const { ends } = await opened(url, clock);
  await clock.advance(9999);
  expect(ends).toEqual([]);
  await clock.advance(1);
  expect(ends).toEqual([{ code: 1006, reason: "no sign of life for 5000 ms" }]);
  expect(clock.pending).toBe(0);
});

test("a peer that answers every 5 s stays, and is asked no more once the socket is closed", async () => {
  const clock = new SocketClock();
  let pings = 0;
  const url = await serve((peer) => {
    peer.on("ping", () => {
      pings += 1;
    });
  });
  const { socket, ends } = await opened(url, clock);
  await clock.advance(60_000);
  expect([pings, ends, socket.open]).toEqual([12, [], true]);
  socket.close();
  expect(clock.pending).toBe(0);
});

test("a peer that talks is alive, whether it answers pings or not", async () => {
  const clock = new SocketClock();
  const url = await serve((peer) => {
    peer.pong = () => undefined;
    peer.on("ping", () => peer.send("busy"));
  });
  const { socket, ends } = await opened(url, clock);
  await clock.advance(60_000);
  expect([ends, socket.open]).toEqual([[], true]);
});

test("a listener that fails at the end of its socket is a warning, not the end of the process", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const onEnd = (): void => {
    throw new Error("our bug at the end");
  };
  await opened(await serve((peer) => peer.close(1000)), new VirtualClock(), { onEnd });
  expect(await warned).toMatchObject({ message: "our bug at the end" });
});
