import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { openSocket, type SocketEnd } from "../../src/kit/socket.ts";

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
    );
  });
  expect(text).toBe("hello k plain");
});

const endOf = (url: string): Promise<SocketEnd> =>
  new Promise((resolve) => {
    openSocket(url, {}, { onText: () => {}, onEnd: resolve });
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
    );
  });
  expect(end).toMatchObject({ code: 1011 });
  expect(end.reason).toContain("our bug");
});
