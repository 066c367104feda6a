import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { type WebSocket, WebSocketServer } from "ws";
import { systemClock } from "../../src/kit/clock.ts";

/**
 * An application as Twilio's guides to ConversationRelay lead one to write it, in plain Node: sessions by call, the model's words
 * passed on token by token, the history cut back to what was heard. It knows nothing of this gateway.
 */

/** One line of what its model would be given. */
export type CrLine = { readonly role: "user" | "assistant"; content: string };

export type CrSession = {
  /** The first message, as it came. */
  readonly setup: Readonly<Record<string, unknown>>;
  readonly callSid: string;
  readonly history: CrLine[];
  /** Every message of this socket, in order. */
  readonly received: Readonly<Record<string, unknown>>[];
  readonly sent: Readonly<Record<string, unknown>>[];
};

export type CrApplicationOptions = {
  /** Checks the upgrade's signature, as the guides demand, and answers 401 to a wrong one. */
  readonly authToken?: string;
  /** What it thinks of. Told in tokens of a word each. */
  readonly answer?: (prompt: string) => string;
  /** Words that make it hand the caller over to a person. */
  readonly handsOffAt?: RegExp;
  /** As fast as a model would write; 0 by default. */
  readonly tokenEveryMs?: number;
};

export type CrApplication = AsyncDisposable & {
  readonly url: string;
  /** One for each socket, in the order they came. */
  readonly sessions: readonly CrSession[];
  /** The network between us is gone, for those sockets that are up. */
  drop(): void;
  close(): Promise<void>;
};

const usualAnswer = (prompt: string): string =>
  `You said: ${prompt}. That is a good question, and I am glad you asked. Is there anything else I can do for you today?`;

export async function startCrApplication(options: CrApplicationOptions = {}): Promise<CrApplication> {
  const sessions: CrSession[] = [];
  const server = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}${request.url}`;
    if (!isSigned(request, url, options.authToken)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => serve(opened, sessions, options));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = (): void => {
    for (const client of sockets.clients) client.terminate();
  };
  const close = async (): Promise<void> => {
    drop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}/relay`, sessions, drop, close, [Symbol.asyncDispose]: close };
}

function isSigned({ headers }: IncomingMessage, url: string, authToken: string | undefined): boolean {
  if (authToken === undefined) return true;
  return validateRequest(authToken, String(headers["x-twilio-signature"] ?? ""), url, {});
}

function serve(socket: WebSocket, sessions: CrSession[], options: CrApplicationOptions): void {
  let session: CrSession | undefined;
  let answering = new AbortController();
  const send = (message: Readonly<Record<string, unknown>>): void => {
    session?.sent.push(message);
    socket.send(JSON.stringify(message));
  };
  socket.on("close", () => answering.abort());
  socket.on("message", (data) => {
    const message: Record<string, unknown> = JSON.parse(String(data));
    session?.received.push(message);
    switch (message["type"]) {
      case "setup":
        session = {
          ...{ setup: message, callSid: String(message["callSid"]) },
          ...{ history: [], received: [message], sent: [] },
        };
        sessions.push(session);
        return;
      case "prompt":
        if (!session || message["last"] !== true) return;
        answering.abort();
        answering = new AbortController();
        void respond(session, String(message["voicePrompt"]), send, options, answering.signal);
        return;
      case "interrupt":
        answering.abort();
        if (session) forgetUnheard(session.history, String(message["utteranceUntilInterrupt"]));
        return;
      case "dtmf":
        return send({ type: "text", token: `You pressed ${message["digit"]}.`, last: true });
      default: // errors are kept with what was received; what is unknown is nothing to an application
    }
  });
}

type Send = (message: Readonly<Record<string, unknown>>) => void;

async function respond(
  { history }: CrSession,
  prompt: string,
  send: Send,
  { answer = usualAnswer, tokenEveryMs = 0, handsOffAt = /agent please/i }: CrApplicationOptions,
  signal: AbortSignal,
): Promise<void> {
  history.push({ role: "user", content: prompt });
  if (handsOffAt.test(prompt)) {
    send({ type: "text", token: "One moment, I will connect you to a colleague.", last: true });
    const reason = { reasonCode: "live-agent-handoff", reason: "The caller wants to talk to a person" };
    return send({ type: "end", handoffData: JSON.stringify(reason) });
  }
  if (/hindi please/i.test(prompt)) {
    send({ type: "language", ttsLanguage: "hi-IN", transcriptionLanguage: "hi-IN" });
    return send({ type: "text", token: "ज़रूर, अब हम हिंदी में बात करेंगे।", last: true });
  }
  const line: CrLine = { role: "assistant", content: "" };
  history.push(line);
  for (const token of answer(prompt).match(/\S+\s*/g) ?? []) {
    if (signal.aborted) return;
    line.content += token;
    send({ type: "text", token, last: false });
    await systemClock.sleep(tokenEveryMs, new AbortController().signal);
  }
  if (!signal.aborted) send({ type: "text", token: "", last: true });
}

/** The model must not think that the caller knows what they never heard. */
function forgetUnheard(history: readonly CrLine[], heard: string): void {
  const last = history.findLast(({ role }) => role === "assistant");
  if (!last) return;
  const at = last.content.indexOf(heard);
  last.content = at < 0 ? last.content.slice(0, heard.length) : last.content.slice(0, at + heard.length);
}
