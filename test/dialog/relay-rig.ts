import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { CallFacts, DialogNews, FreeDialog, Utterance } from "../../src/dialog/dialog.ts";
import { type RelayOptions, relayAgent } from "../../src/dialog/relay/relay.ts";
import { relaySchema } from "../../src/dialog/relay/relay-schema.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter, type Meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

/** What real sockets do takes no time to speak of, but some. */
export const SOON = { timeout: 5000, interval: 2 };

export type Message = Readonly<Record<string, unknown>>;

/** An application that says only what a test has it say. */
export type Application = {
  readonly url: string;
  /** What it was told, of all its sockets. */
  readonly told: Message[];
  readonly upgrades: IncomingMessage[];
  /** How the sockets ended that are closed. */
  readonly codes: number[];
  /** Says this on the newest socket; text goes as it is. */
  say(...messages: readonly (Message | string)[]): void;
  /** The newest socket. */
  socket(): WebSocket;
  /** What is answered to an upgrade from now on, instead of agreeing: a status, or nothing at all. */
  refuse(how: number | "silence" | undefined): void;
  /** The next message of this type that was not asked for yet. */
  next(type: string): Promise<Message>;
};

export async function application(): Promise<Application> {
  const told: Message[] = [];
  const taken = new Set<Message>();
  const upgrades: IncomingMessage[] = [];
  const codes: number[] = [];
  const open: WebSocket[] = [];
  const onClose: (() => void)[] = [];
  let refusal: number | "silence" | undefined;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    upgrades.push(request);
    socket.on("error", () => {});
    onClose.push(() => socket.destroy());
    if (refusal === "silence") return;
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      open.push(opened);
      opened.on("message", (data) => told.push(JSON.parse(String(data))));
      opened.on("close", (code) => codes.push(code));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const close of onClose) close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const socket = (): WebSocket => {
    const newest = open.at(-1);
    if (!newest) throw new Error("nobody has connected");
    return newest;
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/relay/abc`,
    ...{ told, upgrades, codes, socket },
    say: (...messages) => {
      for (const message of messages) socket().send(typeof message === "string" ? message : JSON.stringify(message));
    },
    refuse: (how) => {
      refusal = how;
    },
    next: (type) =>
      vi.waitFor(() => {
        const found = told.find((message) => message["type"] === type && !taken.has(message));
        if (!found) throw new Error(`it was told no ${type} of ${JSON.stringify(told)}`);
        taken.add(found);
        return found;
      }, SOON),
  };
}

export const CALL: CallFacts = {
  ...{ id: "call_1", carrier: "twilio", carrierCallId: "CA00000000000000000000000000000001" },
  ...{ from: "+919811112222", to: "+918045678900", direction: "inbound", params: { tenant: "t_42" } },
};

export type Joined = {
  readonly dialog: FreeDialog;
  readonly news: DialogNews[];
  readonly clock: VirtualClock;
  readonly hangUp: () => void;
  /** The first news of this kind, from `from` on. */
  heard<K extends DialogNews["kind"]>(kind: K, from?: number): Promise<Extract<DialogNews, { kind: K }>>;
};

export type JoinOptions = Partial<Pick<RelayOptions, "access" | "language" | "lookup">> & {
  readonly relay?: Readonly<Record<string, unknown>>;
  readonly call?: Partial<CallFacts>;
  readonly meter?: Meter;
};

/** A call whose dialog is the application at `url`. Its time stands still until it is moved. */
export function join(url: string, { relay = {}, call = {}, meter = deafMeter, ...more }: JoinOptions = {}): Joined {
  const clock = new VirtualClock();
  const news: DialogNews[] = [];
  const end = new AbortController();
  const agent = relayAgent({
    relay: relaySchema.parse({ kind: "relay", url, ...relay }),
    language: "en-IN",
    access: { rules: { allowPrivate: true, httpsOnly: false } },
    ...{ clock, meter, log: silentLog, chance: () => 1 },
    ...more,
  });
  const dialog = agent.join({ ...CALL, ...call }, (told) => news.push(told), end.signal);
  const hangUp = (): void => end.abort(new Error("the call is over"));
  onTestFinished(hangUp);
  return {
    ...{ dialog, news, clock, hangUp },
    heard: (kind, from = 0) =>
      vi.waitFor(() => {
        const found = news.slice(from).find((told) => told.kind === kind);
        if (!found) throw new Error(`no ${kind} in ${JSON.stringify(news)}`);
        return found as Extract<DialogNews, { kind: typeof kind }>;
      }, SOON),
  };
}

const forever = new AbortController().signal;

/** All that is said under a number, a line for each sentence. */
export async function saidUnder(dialog: FreeDialog, speech: number, signal = forever): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const utterance of dialog.speech(speech, signal)) texts.push(textOf(utterance));
  return texts;
}

export const textOf = (utterance: Utterance): string => (utterance.kind === "text" ? utterance.text : utterance.kind);
