import type { LookupFunction } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import type { Clock } from "../../kit/clock.ts";
import { attend, type SocketListener, type TextSocket } from "../../kit/socket.ts";

/** A quiet connection is asked for a sign of life this often, and given up without one for so long. */
const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;
/** Far beyond what a message may be: those in between are answered before the socket is closed. */
const LARGEST_BYTES = 1024 * 1024;

export type ApplicationAddress = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the name of the URL leads. What it gives is what is connected to. */
  readonly lookup: LookupFunction;
};

/**
 * Opens a socket to an application of somebody else's. Compression stays off, as on Twilio's side. The upgrade must be answered
 * within `handshakeMs`. A listener that throws ends this socket with code 1011, never the process.
 */
export function openApplication(
  { url, headers, lookup }: ApplicationAddress,
  listener: SocketListener,
  clock: Clock,
  handshakeMs: number,
): TextSocket {
  // The typings do not know `closeTimeout` yet: how long a peer may take to answer our close frame.
  const options: ClientOptions & { closeTimeout: number } = {
    ...{ headers, lookup, perMessageDeflate: false, maxPayload: LARGEST_BYTES, closeTimeout: 1000 },
  };
  const socket = new WebSocket(url, options);
  return attend(socket, listener, (cut) => {
    let stop = clock.after(handshakeMs, () => cut(`the upgrade was not answered within ${handshakeMs} ms`));
    const ping = (): void => {
      socket.ping();
      stop = clock.after(PONG_WITHIN_MS, () => cut(`no sign of life for ${PONG_WITHIN_MS} ms`));
    };
    const rest = (): void => {
      stop();
      if (socket.readyState === WebSocket.OPEN) stop = clock.after(PING_EVERY_MS, ping);
    };
    socket.on("pong", rest);
    // Some libraries send their text as bytes.
    return { opened: rest, stop: () => stop(), takes: () => true };
  });
}
