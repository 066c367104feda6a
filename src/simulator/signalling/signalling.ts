import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { systemClock } from "../../kit/clock.ts";
import { randomIds } from "../../kit/ids.ts";
import { startTwilioCloud, type TwilioCloud, type TwilioCloudOptions } from "../twins/twilio-cloud.ts";
import type { TwilioCloudCall } from "../twins/twilio-cloud-call.ts";
import type { TokenIssuer } from "./access-token.ts";
import { SignallingSocket } from "./signalling-socket.ts";
import { Switchboard } from "./switchboard.ts";

export type SignallingOptions = Omit<TwilioCloudOptions, "speed"> &
  TokenIssuer & {
    /** Any free one by default. */
    readonly port?: number;
    /** Sees every message on every socket, heartbeats aside, in order. */
    readonly onWire?: (from: "browser" | "twilio", text: string) => void;
  };

/** Twilio, as far as browsers telephone through it: their signalling and sound, and the cloud behind it. */
export interface Signalling extends AsyncDisposable {
  /** `ws://127.0.0.1:…/signal`, for `TWILIO_SIGNALLING_URL`. */
  readonly url: string;
  /** The telephone network: its REST API, its calls, and where the gateway is. */
  readonly cloud: TwilioCloud;
  /** Every call there ever was, of browsers and others, in the order they began. */
  readonly calls: TwilioCloud["calls"];
  /** Identities that may be rung. */
  readonly registered: readonly string[];
  /** Somebody calls a browser; once it picks up, the gateway's voice webhook says what it is told. */
  ring(identity: string, from?: string, parameters?: Readonly<Record<string, string>>): TwilioCloudCall;
  /** Cuts every browser off, as a network does; calls go on. */
  dropSockets(): void;
  close(): Promise<void>;
}

/**
 * Starts it on this machine. Twilio's Voice SDK insists on TLS, so a page that is to use it opens `ws:` where the SDK would open
 * `wss:`. Of what the signalling says no public description exists: it is what the SDK's source (2.18) reads.
 */
export async function startSignalling(options: SignallingOptions): Promise<Signalling> {
  const { clock = systemClock, ids = randomIds(() => clock.wall()), pickup, accountSid, appSid } = options;
  const answers = { kind: "answers" } as const;
  const cloud = await startTwilioCloud({
    ...options,
    clock,
    ids,
    pickup: (to) => (to.startsWith("client:") ? board.pickup(to.slice("client:".length)) : (pickup?.(to) ?? answers)),
  });
  const board = new Switchboard({ clock, ids, accountSid, appSid, callIn: (caller) => void cloud.callIn(caller) });
  const sockets = new Set<SignallingSocket>();
  const server = createServer((_, response) => response.writeHead(426).end());
  const upgrades = new WebSocketServer({ server, path: "/signal", perMessageDeflate: false });
  upgrades.on("connection", (socket) => {
    const browser = new SignallingSocket(socket, {
      clock,
      issuer: options,
      onMessage: (message, from) => board.take(message, from),
      onLeft: (left, why) => {
        if (why !== "expired") sockets.delete(left);
        board.leave(left, why);
      },
      onWire: options.onWire ?? (() => {}),
    });
    sockets.add(browser);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const dropSockets = (): void => {
    for (const socket of sockets) socket.drop();
  };
  const close = async (): Promise<void> => {
    await cloud[Symbol.asyncDispose]();
    dropSockets();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/signal`,
    cloud,
    calls: cloud.calls,
    get registered() {
      return board.registered;
    },
    ring: (identity, from = "+919800000001", parameters = {}) => cloud.callOut(`client:${identity}`, from, parameters),
    dropSockets,
    close,
    [Symbol.asyncDispose]: close,
  };
}
