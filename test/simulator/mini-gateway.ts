import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type MiniAnswer = { readonly status?: number; readonly type?: string; readonly body: string };

// biome-ignore lint/suspicious/noExplicitAny: the messages of another program, looked at field by field.
type Message = any;

/** The gateway's end of one media socket. */
export class MiniStream {
  readonly messages: Message[] = [];
  closedWith: number | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.messages.push({ event: "binary" });
      else this.messages.push(parsed(String(data)));
    });
    socket.on("close", (code) => {
      this.closedWith = code;
    });
  }

  get streamSid(): string {
    return this.of("start")[0]?.streamSid ?? this.of("start")[0]?.stream_sid;
  }

  of(event: string): Message[] {
    return this.messages.filter((message) => message.event === event);
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  raw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  play(bytes: number, fill = 0x11): void {
    const payload = Buffer.alloc(bytes, fill).toString("base64");
    this.send({ event: "media", ...this.#id(), media: { payload } });
  }

  mark(name: string): void {
    this.send({ event: "mark", ...this.#id(), mark: { name } });
  }

  clear(): void {
    this.send({ event: "clear", ...this.#id() });
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  #id(): object {
    const start = this.of("start")[0];
    return start?.stream_sid ? { stream_sid: start.stream_sid } : { streamSid: start?.streamSid };
  }
}

function parsed(text: string): Message {
  try {
    return JSON.parse(text);
  } catch {
    // Garbage is what some of these tests are about.
    return { event: "garbage", text };
  }
}

/** A gateway without a mind: answers webhooks from a table by path, lets sockets in, remembers everything. */
export async function startMiniGateway(
  answers: (origin: string) => Readonly<Record<string, MiniAnswer>>,
  admit: (path: string) => number = () => 101,
) {
  const requests: SeenRequest[] = [];
  const streams: MiniStream[] = [];
  const upgrades: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      requests.push({
        method: request.method ?? "",
        path,
        headers: request.headers,
        body: String(Buffer.concat(chunks)),
      });
      const answer = answers(url)[path.split("?")[0] ?? ""] ?? { status: 404, body: "" };
      response.writeHead(answer.status ?? 200, { "content-type": answer.type ?? "text/xml" }).end(answer.body);
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const path = request.url ?? "";
    upgrades.push({ method: "GET", path, headers: request.headers, body: "" });
    const status = admit(path);
    if (status !== 101) return socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (ws) => streams.push(new MiniStream(ws)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    upgrades,
    streams,
    /** The one stream, once it has said `start`. */
    async stream(): Promise<MiniStream> {
      return vi.waitFor(() => {
        const stream = streams[0];
        if (!stream?.of("start")[0]) throw new Error("no stream yet");
        return stream;
      });
    },
    to: (path: string): SeenRequest[] => requests.filter((request) => request.path.split("?")[0] === path),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PUBLIC = "https://gw.example.test";

/** As our gateway answers Twilio; `publicUrl` is what it calls itself. */
export const twilioAnswers =
  (publicUrl = PUBLIC) =>
  (): Readonly<Record<string, MiniAnswer>> => ({
    "/twilio/voice": {
      body: `<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect action="${publicUrl}/twilio/after-stream" method="POST">
<Stream url="${publicUrl.replace(/^http/, "ws")}/twilio/media/ticket-1" statusCallback="${publicUrl}/twilio/stream-status" name="agent">
<Parameter name="tenant" value="t&amp;42 &#x939;"/></Stream></Connect><Say>Not available &amp; sorry.</Say></Response>`,
    },
    "/twilio/after-stream": { body: "<Response><Hangup/></Response>" },
    "/twilio/status": { status: 204, body: "" },
    "/twilio/stream-status": { status: 204, body: "" },
  });

/** As our gateway answers Exotel. */
export const exotelAnswers =
  (query = "", publicUrl = PUBLIC) =>
  (): Readonly<Record<string, MiniAnswer>> => ({
    "/exotel/voicebot": {
      type: "application/json",
      body: JSON.stringify({ url: `${publicUrl.replace(/^http/, "ws")}/exotel/media/ticket-1${query}` }),
    },
    "/exotel/status": { status: 204, body: "" },
  });
