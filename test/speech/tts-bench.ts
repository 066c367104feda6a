import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { AudioFormat } from "../../src/audio/format.ts";
import { type Log, silentLog } from "../../src/kit/log.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import type { Voice } from "../../src/record/record.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import type { Mouth, Spoken } from "../../src/speech/speech.ts";
import { SocketClock } from "../kit/socket-clock.ts";

export const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };
export const VOICE: Voice = { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" };
const KEY = "sk_test";

/** One socket as the server saw it: raw messages in the order they came, and what it may say back. */
export class Peer {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly raw: string[] = [];
  readonly #socket: WebSocket;
  /** The close code this side received, once it has. */
  closed: number | undefined;
  readonly compressed: boolean;

  constructor(socket: WebSocket, request: IncomingMessage, onMessage: (peer: Peer, message: Wire) => void) {
    this.#socket = socket;
    this.url = request.url ?? "";
    this.headers = request.headers;
    this.compressed = socket.extensions !== "";
    socket.on("error", () => undefined);
    socket.on("close", (code) => {
      this.closed = code;
    });
    socket.on("message", (data) => {
      this.raw.push(String(data));
      onMessage(this, JSON.parse(String(data)));
    });
  }

  get types(): readonly string[] {
    return this.raw.map((text) => JSON.parse(text).type);
  }

  get texts(): readonly string[] {
    return this.raw
      .map((text) => JSON.parse(text))
      .flatMap((message) => (message.type === "text" ? message.data.text : []));
  }

  get flushes(): number {
    return this.types.filter((type) => type === "flush").length;
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  audio(payload: string): void {
    this.send({ type: "audio", data: { content_type: "audio/mulaw", audio: payload, request_id: "20261120_x" } });
  }

  final(): void {
    this.send({ type: "event", data: { event_type: "final", message: "done", timestamp: "2026-11-20T00:00:00Z" } });
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** The transport goes without a goodbye: the client sees 1006. */
  drop(): void {
    this.#socket.terminate();
  }
}

export type Wire = { readonly type: string; readonly data?: Readonly<Record<string, unknown>> };
export type HttpRequest = { readonly headers: IncomingMessage["headers"]; readonly body: Record<string, unknown> };

/** A text-to-speech server that does what the test tells it, on a real port of 127.0.0.1. */
export async function ttsServer() {
  const peers: Peer[] = [];
  const talked: Peer[] = [];
  const requests: HttpRequest[] = [];
  const script = {
    /** An HTTP status to refuse the next upgrades with. */
    refuse: (_attempt: number): number | undefined => undefined,
    onMessage: (_peer: Peer, _message: Wire): void => {},
    onRequest: (_request: HttpRequest, response: ServerResponse): void => {
      response.writeHead(404).end();
    },
  };
  let attempts = 0;
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const received = { headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
      requests.push(received);
      script.onRequest(received, response);
    });
  });
  http.on("upgrade", (request, socket, head) => {
    socket.on("error", () => undefined);
    attempts += 1;
    const status = request.headers["api-subscription-key"] === KEY ? script.refuse(attempts) : 403;
    if (status)
      return socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden`);
    sockets.handleUpgrade(request, socket, head, (open) =>
      peers.push(
        new Peer(open, request, (peer, message) => {
          if (message.type === "text" && !talked.includes(peer)) talked.push(peer);
          script.onMessage(peer, message);
        }),
      ),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return {
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    peers,
    requests,
    script,
    /** Those peers that were given a text, in the order of their first. */
    talked,
    /** Upgrades asked for, granted or not. */
    get attempts() {
      return attempts;
    },
  };
}

/** Answers each flush with one chunk per text, `A` repeated, and a final. */
export function answering(peer: Peer, message: Wire): void {
  if (message.type !== "flush") return;
  peer.audio(payloadOf(peer.texts.at(-1) ?? ""));
  peer.final();
}

/** Bytes that tell which text they belong to. */
export const payloadOf = (text: string): string => Buffer.from(`<${text}>`).toString("base64");

/** A mouth opened on a scripted server, with a clock that stands still. */
export async function bench(
  changes: { readonly voice?: Voice; readonly format?: AudioFormat; readonly key?: string } = {},
) {
  const server = await ttsServer();
  return { server, ...openMouth(server.baseUrl, changes) };
}

export function openMouth(
  baseUrl: string,
  {
    voice = VOICE,
    format = MULAW,
    key = KEY,
  }: { readonly voice?: Voice; readonly format?: AudioFormat; readonly key?: string },
) {
  const clock = new SocketClock();
  const counts: Record<string, number> = {};
  const meter = {
    count: (name: string, _labels?: object, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by;
    },
    observe: () => {},
    gauge: () => {},
  };
  const ids = { id: (prefix: string) => `${prefix}_1`, secret: () => "s", chance: () => 0.5 };
  const warnings: string[] = [];
  const reasons: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (fields, message) => {
      warnings.push(message);
      reasons.push(JSON.stringify(fields));
    },
  };
  const call = new AbortController();
  onTestFinished(() => call.abort());
  const speech = sarvamMouth({ baseUrl, apiKey: key, clock, ids, log, meter });
  return { clock, counts, warnings, reasons, call, mouth: speech.open({ format, voice }, call.signal) };
}

/** Speaks, remembers what came and how it ended: `"ended"` or what was thrown. */
export function speaking(mouth: Mouth, ...given: readonly string[]) {
  const texts = new Mailbox<string>();
  for (const text of given) texts.put(text);
  if (given.length > 0) texts.close();
  const stop = new AbortController();
  const heard: Spoken[] = [];
  const outcome = (async (): Promise<unknown> => {
    try {
      for await (const spoken of mouth.speak(texts, stop.signal)) heard.push(spoken);
      return "ended";
    } catch (error) {
      return error;
    }
  })();
  return {
    texts,
    stop,
    heard,
    outcome,
    /** What was heard, in short: decoded audio and `said 0`. */
    get short(): readonly string[] {
      return heard.map((spoken) =>
        spoken.kind === "said" ? `said ${spoken.index}` : Buffer.from(spoken.payload, "base64").toString("latin1"),
      );
    },
  };
}

/** Waits for a condition on the real sockets. Throws what `check` last threw. */
export const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 5000, interval: 2 });
