import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Sockets } from "./sockets.ts";

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Upgrade requests of an HTTP server, on their way to being sockets. */
export class Upgrades {
  readonly #sockets: Sockets;
  readonly #server: WebSocketServer;
  readonly #waiting = new Set<Duplex>();

  constructor(sockets: Sockets, compress: boolean) {
    this.#sockets = sockets;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: compress,
      maxPayload: 16 * 1024 * 1024,
      // The SDK fails without an echo of what it offers; the others offer nothing and are sent nothing.
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
  }

  /** For the HTTP server's `upgrade` event. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {
      // The client went away before it had its answer: nothing is owed to it.
      socket.destroy();
    });
    socket.on("close", () => this.#waiting.delete(socket));
    this.#waiting.add(socket);
    this.#sockets.accept(request, {
      get gone() {
        return socket.destroyed;
      },
      refuse: (status) => refuse(socket, status),
      welcome: (serve) => {
        this.#waiting.delete(socket);
        this.#server.handleUpgrade(request, socket, head, serve);
      },
    });
  }

  /** Cuts everything, upgrades that are still waiting included. */
  end(): void {
    this.#sockets.drop();
    for (const socket of this.#waiting) socket.destroy();
    this.#server.close();
  }
}

function refuse(socket: Duplex, status: number): void {
  const text = STATUS_TEXT[status] ?? "Refused";
  const retry = status === 429 || status === 503 ? "Retry-After: 1\r\n" : "";
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n${retry}Connection: close\r\n\r\n${text}`,
  );
}
