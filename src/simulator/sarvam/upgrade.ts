import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Channel } from "./channel.ts";
import type { Context } from "./context.ts";
import { upgradeFaults } from "./faults.ts";
import { type Keys, offeredKey } from "./keys.ts";
import { serveRealtime } from "./stt-realtime.ts";
import { serveStreaming } from "./stt-streaming.ts";
import { serveTts } from "./tts-socket.ts";
import type { SocketKind, SocketRecord } from "./wire-log.ts";

const ROUTES: Readonly<Record<string, SocketKind>> = {
  "/speech-to-text-realtime/ws": "stt-realtime",
  "/speech-to-text/ws": "stt-streaming",
  "/speech-to-text-translate/ws": "stt-translate",
  "/text-to-speech/ws": "tts",
};
const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export type Limits = { readonly stt: number; readonly tts: number };

/** Turns upgrade requests into served sockets, or refuses them as Sarvam would. */
export class Upgrades {
  readonly #context: Context;
  readonly #keys: Keys;
  readonly #limits: Limits;
  readonly #server: WebSocketServer;
  readonly #sockets = new Map<SocketRecord, WebSocket>();
  readonly #waiting = new Set<Duplex>();

  constructor(context: Context, keys: Keys, limits: Limits, compress: boolean) {
    this.#context = context;
    this.#keys = keys;
    this.#limits = limits;
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
    const url = new URL(request.url ?? "/", "http://simulator");
    const kind = ROUTES[url.pathname];
    if (!kind) return this.#refuse(socket, url.pathname, 404);
    const { stallUpgradeMs, refuseUpgrade, closeAfterOpen } = upgradeFaults(this.#context.faults, kind);
    const answer = (): void => {
      this.#waiting.delete(socket);
      const status = refuseUpgrade || this.#statusFor(kind, offeredKey(request));
      if (status) return this.#refuse(socket, url.pathname, status);
      this.#server.handleUpgrade(request, socket, head, (opened) => {
        this.#serve(opened, this.#record(request, url, kind), closeAfterOpen);
      });
    };
    if (stallUpgradeMs === 0) return answer();
    this.#waiting.add(socket);
    if (Number.isFinite(stallUpgradeMs)) this.#context.clock.after(stallUpgradeMs, () => !socket.destroyed && answer());
  }

  /** Cuts all sockets (of a kind) without a close frame; answers how many. */
  drop(kind?: SocketKind): number {
    const hit = [...this.#sockets].filter(([record]) => kind === undefined || record.kind === kind);
    for (const [record, socket] of hit) {
      record.closedBy ??= "simulator";
      socket.terminate();
    }
    return hit.length;
  }

  /** Closes all sockets (of a kind) with a close frame; answers how many. */
  closeAll(code: number, reason: string, kind?: SocketKind): number {
    const hit = [...this.#sockets].filter(([record]) => kind === undefined || record.kind === kind);
    for (const [record, socket] of hit) {
      record.closedBy ??= "simulator";
      socket.close(code, reason);
    }
    return hit.length;
  }

  /** Cuts everything, upgrades that are still waiting included. */
  end(): void {
    this.drop();
    for (const socket of this.#waiting) socket.destroy();
    this.#server.close();
  }

  #statusFor(kind: SocketKind, key: string | undefined): number {
    if (!this.#keys.admits(key)) return 403;
    if (key === "rate") return 429;
    const family = (record: SocketRecord): boolean => (record.kind === "tts") === (kind === "tts");
    const open = [...this.#sockets.keys()].filter((record) => record.key === key && family(record)).length;
    return open >= (kind === "tts" ? this.#limits.tts : this.#limits.stt) ? 429 : 0;
  }

  #record(request: IncomingMessage, url: URL, kind: SocketKind): SocketRecord {
    const { clock, wire } = this.#context;
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const record: SocketRecord = {
      id: wire.sockets.length + 1,
      kind,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(headers),
      headerNames: request.rawHeaders.filter((_, index) => index % 2 === 0),
      key: offeredKey(request) ?? "",
      openedAtMs: clock.now(),
      received: 0,
      audioIn: [],
      texts: [],
      configs: [],
      audioOut: [],
      aborted: false,
    };
    wire.sockets.push(record);
    return record;
  }

  #serve(
    socket: WebSocket,
    record: SocketRecord,
    fault: { readonly code: number; readonly reason: string; readonly afterMs: number } | null,
  ): void {
    this.#sockets.set(record, socket);
    socket.on("close", () => this.#sockets.delete(record));
    const channel = new Channel(socket, record, this.#context);
    serve(channel);
    if (fault) channel.after(fault.afterMs, () => channel.close(fault.code, fault.reason));
  }

  #refuse(socket: Duplex, path: string, status: number): void {
    this.#context.wire.refused.push({ path, status });
    const text = STATUS_TEXT[status] ?? "Refused";
    const retry = status === 429 || status === 503 ? "Retry-After: 1\r\n" : "";
    socket.end(
      `HTTP/1.1 ${status} ${text}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n${retry}Connection: close\r\n\r\n${text}`,
    );
  }
}

function serve(channel: Channel): void {
  const { kind } = channel.record;
  switch (kind) {
    case "stt-realtime":
      return serveRealtime(channel);
    case "stt-streaming":
    case "stt-translate":
      return serveStreaming(channel);
    case "tts":
      return serveTts(channel);
    default:
      return kind satisfies never;
  }
}
