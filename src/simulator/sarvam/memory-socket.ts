import { EventEmitter } from "node:events";
import type { Clock } from "../../kit/clock.ts";
import { guarded, type OpenSocket, type SocketEnd, type SocketListener, type TextSocket } from "../../kit/socket.ts";
import type { ServerSocket } from "./channel.ts";
import type { SocketRequest, Sockets } from "./sockets.ts";

/** Brings what one end does to the other: in order, always the same time later. */
type Line = (arrive: () => void) => void;

const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * Opens sockets to `sockets` without any network. What one end does reaches the other `latencyMs` later on the client's clock, so
 * opening takes twice that; what is under way to an end that has closed never arrives.
 */
export function memorySockets(sockets: Sockets, latencyMs: number): OpenSocket {
  return (url, headers, listener, clock, openTimeoutMs = 4000) => {
    const line: Line = (arrive) => void clock.after(latencyMs, arrive);
    const request = requestOf(url, headers);
    const client = new ClientHalf(listener, line, clock, openTimeoutMs);
    line(() =>
      sockets.accept(request, {
        get gone() {
          return !client.connecting;
        },
        refuse: (status) => line(() => client.refused(status)),
        welcome: (serve) => {
          const server = new ServerHalf(client, line);
          line(() => client.opened(server));
          serve(server);
        },
      }),
    );
    return client;
  };
}

function requestOf(url: string, headers: Readonly<Record<string, string>>): SocketRequest {
  const { pathname, search } = new URL(url);
  const entries = Object.entries(headers);
  return {
    url: `${pathname}${search}`,
    headers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: entries.flat(),
  };
}

class ClientHalf implements TextSocket {
  readonly bufferedBytes = 0;
  readonly #line: Line;
  readonly #told: Required<SocketListener>;
  readonly #cancelTimeout: () => void;
  #phase: "connecting" | "open" | "closing" | "over" = "connecting";
  #server: ServerHalf | undefined;

  constructor(listener: SocketListener, line: Line, clock: Clock, openTimeoutMs: number) {
    this.#line = line;
    this.#cancelTimeout = clock.after(openTimeoutMs, () => this.#giveUp("Opening handshake has timed out"));
    this.#told = guarded(listener, () => {
      this.#phase = "over";
      this.#line(() => this.#server?.end(1006, ""));
    });
  }

  get connecting(): boolean {
    return this.#phase === "connecting";
  }

  get open(): boolean {
    return this.#phase === "open";
  }

  send(text: string): void {
    if (this.open) this.#line(() => this.#server?.receive(text));
  }

  close(code = 1000): void {
    if (this.connecting) return this.#giveUp("closed before it was open");
    if (!this.open) return;
    this.#phase = "closing";
    this.#line(() => this.#server?.closed(code));
  }

  refused(status: number): void {
    if (this.connecting) this.#end({ code: 1006, reason: `HTTP ${status}`, status });
  }

  opened(server: ServerHalf): void {
    if (!this.connecting) return this.#line(() => server.end(1006, ""));
    this.#server = server;
    this.#phase = "open";
    this.#cancelTimeout();
    this.#told.onOpen();
  }

  receive(text: string): void {
    if (this.open) this.#told.onText(text);
  }

  /** The server's close frame came: the one that answers ours, or one to answer. */
  closed(code: number, reason: string): void {
    if (this.open) this.#line(() => this.#server?.end(code, reason));
    this.#end({ code, reason });
  }

  /** The connection is gone without a word. */
  lost(): void {
    this.#end({ code: 1006, reason: "" });
  }

  /** Nobody answered in time, or nobody waits for the answer any more. */
  #giveUp(reason: string): void {
    this.#phase = "over";
    this.#cancelTimeout();
    queueMicrotask(() => this.#told.onEnd({ code: 1006, reason }));
  }

  #end(end: SocketEnd): void {
    this.#phase = "over";
    this.#cancelTimeout();
    this.#told.onEnd(end);
  }
}

class ServerHalf extends EventEmitter implements ServerSocket {
  readonly OPEN = OPEN;
  readyState = OPEN;
  readonly #client: ClientHalf;
  readonly #line: Line;

  constructor(client: ClientHalf, line: Line) {
    super();
    this.#client = client;
    this.#line = line;
  }

  /** Binary messages go nowhere: no client of text sockets heeds them. */
  send(data: string | Buffer): void {
    if (this.readyState === OPEN && typeof data === "string") this.#line(() => this.#client.receive(data));
  }

  close(code: number, reason: string): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSING;
    this.#line(() => this.#client.closed(code, reason));
  }

  terminate(): void {
    if (this.readyState === CLOSED) return;
    this.#line(() => this.#client.lost());
    this.end(1006, "");
  }

  receive(text: string): void {
    if (this.readyState === OPEN) this.emit("message", Buffer.from(text), false);
  }

  /** The client's close frame came. */
  closed(code: number): void {
    if (this.readyState === OPEN) this.#line(() => this.#client.closed(code, ""));
    this.end(code, "");
  }

  /** Over at this end, whatever the other end knows. */
  end(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit("close", code, Buffer.from(reason));
  }
}
