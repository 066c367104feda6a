import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

/** One socket that an ear opened, as the server sees it: raw texts in, whatever the test says out. */
export type EarSocket = {
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly received: string[];
  readonly closed: boolean;
  readonly ws: WebSocket;
  say(message: object | string): void;
  close(code: number, reason?: string): void;
  drop(): void;
};

export type EarServer = {
  readonly baseUrl: string;
  readonly sockets: EarSocket[];
  /** Answers to the next upgrades, then 101 again; a number is an HTTP status. */
  readonly refusals: number[];
  /** Runs for each new socket, before anything it sent is read. */
  onSocket: (socket: EarSocket) => void;
  upgrades: number;
  /** The `index`-th socket, as soon as it is there. */
  socket(index: number): Promise<EarSocket>;
  stop(): Promise<void>;
};

/** Whatever is awaited comes over real sockets, so it is looked for again and again, for a while. */
export const eventually = <T>(look: () => T): Promise<T> => vi.waitFor(look, { timeout: 4000, interval: 2 });

/** A WebSocket server that says what it is told to and keeps what it hears, on a port of its own. */
export async function earServer(port = 0): Promise<EarServer> {
  const http = createServer();
  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  http.on("upgrade", (request, tcp, head) => {
    server.upgrades += 1;
    const refusal = server.refusals.shift();
    if (refusal !== undefined) {
      tcp.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 9\r\nconnection: close\r\n\r\nForbidden`);
      return;
    }
    upgrader.handleUpgrade(request, tcp, head, (ws) => {
      const socket = earSocket(ws, request.url ?? "", request.headers);
      server.sockets.push(socket);
      server.onSocket(socket);
    });
  });
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const stop = async (): Promise<void> => {
    for (const { ws } of server.sockets) ws.terminate();
    http.closeAllConnections();
    if (!http.listening) return;
    http.close();
    await once(http, "close");
  };
  const server: EarServer = {
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    sockets: [],
    refusals: [],
    onSocket: () => {},
    upgrades: 0,
    socket: (index) =>
      eventually(() => {
        const found = server.sockets[index];
        if (!found) throw new Error(`only ${server.sockets.length} sockets so far`);
        return found;
      }),
    stop,
  };
  onTestFinished(stop);
  return server;
}

function earSocket(ws: WebSocket, target: string, headers: IncomingHttpHeaders): EarSocket {
  const { pathname, searchParams } = new URL(target, "http://server");
  const received: string[] = [];
  ws.on("message", (data) => received.push(String(data)));
  ws.on("error", (error) => received.push(`error: ${error.message}`));
  return {
    target,
    path: pathname,
    query: searchParams,
    headers,
    received,
    ws,
    get closed() {
      return ws.readyState === ws.CLOSED;
    },
    say: (message) => ws.send(typeof message === "string" ? message : JSON.stringify(message)),
    close: (code, reason) => ws.close(code, reason),
    drop: () => ws.terminate(),
  };
}
