import type { IncomingHttpHeaders } from "node:http";
import { Channel, type ServerSocket } from "./channel.ts";
import type { Context } from "./context.ts";
import { type Faults, upgradeFaults } from "./faults.ts";
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

/** A request for a socket: Node's own, or what would have become one. */
export type SocketRequest = {
  readonly url?: string | undefined;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Names and values by turns, as the client spelled them. */
  readonly rawHeaders: readonly string[];
};

/** Whoever asks for a socket: is answered once, perhaps much later, perhaps never. */
type Asker = {
  /** It does not wait for an answer any more. */
  readonly gone: boolean;
  refuse(status: number): void;
  /** Opens the socket and hands over its server's half. */
  welcome(serve: (socket: ServerSocket) => void): void;
};

/** Open at once, per key. */
type Limits = { readonly stt: number; readonly tts: number };

/** Serves sockets, or refuses them as Sarvam would, whatever they run over. */
export class Sockets {
  readonly #context: Context;
  readonly #keys: Keys;
  readonly #limits: Limits;
  readonly #open = new Map<SocketRecord, ServerSocket>();

  constructor(context: Context, keys: Keys, limits: Limits) {
    this.#context = context;
    this.#keys = keys;
    this.#limits = limits;
  }

  accept(request: SocketRequest, asker: Asker): void {
    const url = new URL(request.url ?? "/", "http://simulator");
    const kind = ROUTES[url.pathname];
    if (!kind) return this.#refuse(asker, url.pathname, 404);
    const { stallUpgradeMs, refuseUpgrade, closeAfterOpen } = upgradeFaults(this.#context.faults, kind);
    const answer = (): void => {
      if (asker.gone) return;
      const status = refuseUpgrade || this.#statusFor(kind, offeredKey(request));
      if (status) return this.#refuse(asker, url.pathname, status);
      asker.welcome((socket) => this.#serve(socket, this.#record(request, url, kind), closeAfterOpen));
    };
    if (stallUpgradeMs === 0) answer();
    else if (Number.isFinite(stallUpgradeMs)) this.#context.clock.after(stallUpgradeMs, answer);
  }

  /** Cuts all sockets (of a kind) without a close frame; answers how many. */
  drop(kind?: SocketKind): number {
    return this.#end(kind, (socket) => socket.terminate());
  }

  /** Closes all sockets (of a kind) with a close frame; answers how many. */
  closeAll(code: number, reason: string, kind?: SocketKind): number {
    return this.#end(kind, (socket) => socket.close(code, reason));
  }

  #end(kind: SocketKind | undefined, end: (socket: ServerSocket) => void): number {
    const hit = [...this.#open].filter(([record]) => kind === undefined || record.kind === kind);
    for (const [record, socket] of hit) {
      record.closedBy ??= "simulator";
      end(socket);
    }
    return hit.length;
  }

  #refuse(asker: Asker, path: string, status: number): void {
    this.#context.wire.refused.push({ path, status });
    asker.refuse(status);
  }

  #statusFor(kind: SocketKind, key: string | undefined): number {
    if (!this.#keys.admits(key)) return 403;
    if (key === "rate") return 429;
    const family = (record: SocketRecord): boolean => (record.kind === "tts") === (kind === "tts");
    const open = [...this.#open.keys()].filter((record) => record.key === key && family(record)).length;
    return open >= (kind === "tts" ? this.#limits.tts : this.#limits.stt) ? 429 : 0;
  }

  #record(request: SocketRequest, url: URL, kind: SocketKind): SocketRecord {
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

  #serve(socket: ServerSocket, record: SocketRecord, fault: Faults["closeAfterOpen"]): void {
    this.#open.set(record, socket);
    socket.on("close", () => this.#open.delete(record));
    const { dice, wire } = this.#context;
    // One socket's chances must not depend on what others do: the same caller is heard alike whatever is said to them.
    const number = wire.sockets.filter(({ kind }) => kind === record.kind).length;
    const channel = new Channel(socket, record, { ...this.#context, dice: dice.named(`${record.kind} ${number}`) });
    serve(channel);
    if (fault) channel.after(fault.afterMs, () => channel.close(fault.code, fault.reason));
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
