import { type ClientOptions, WebSocket } from "ws";
import type { Clock } from "./clock.ts";

/** How a socket ended. `status` is the HTTP answer when the upgrade was refused; then `code` is 1006. */
export type SocketEnd = { readonly code: number; readonly reason: string; readonly status?: number };

export type SocketListener = {
  readonly onOpen?: () => void;
  readonly onText: (text: string) => void;
  /** Exactly once, whatever happened. */
  readonly onEnd: (end: SocketEnd) => void;
};

/** One outgoing WebSocket of text messages: no compression, no reconnecting, no queue before it is open. */
export interface TextSocket {
  /** True between `onOpen` and the end. */
  readonly open: boolean;
  /** Bytes handed to `send` that have not left the process. */
  readonly bufferedBytes: number;
  /** Dropped silently unless open: the caller of `send` decides by `open` what to keep. */
  send(text: string): void;
  /** Ends it with a close frame; the transport is cut if the peer does not answer soon. */
  close(code?: number): void;
}

/** A peer that leaves a ping unanswered this long, and says nothing else either, is gone. Every server owes a pong (RFC 6455 §5.5.2). */
const HEARTBEAT_MS = 5000;

/**
 * Opens `url` (ws or wss). Compression stays off: servers that accept it make each message 4–21 times dearer.
 * A peer that vanished without a word ends it with code 1006 within two heartbeats of `clock`.
 * A listener that throws ends this socket with code 1011, never the process.
 */
export function openSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  listener: SocketListener,
  clock: Clock,
  openTimeoutMs = 4000,
): TextSocket {
  // The typings do not know `closeTimeout` yet: how long a peer may take to answer our close frame.
  const options: ClientOptions & { closeTimeout: number } = {
    headers,
    perMessageDeflate: false,
    handshakeTimeout: openTimeoutMs,
    maxPayload: 8 * 1024 * 1024,
    closeTimeout: 1000,
  };
  const socket = new WebSocket(url, options);
  return attend(socket, listener, (cut) => {
    let stop = (): void => {};
    const onDead = (): void => cut(`no sign of life for ${HEARTBEAT_MS} ms`);
    return {
      opened() {
        stop = heartbeat(socket, clock, onDead);
      },
      stop: () => stop(),
      takes: (isBinary) => !isBinary,
    };
  });
}

/** How a socket is watched from its making to its end. */
export type Watch = {
  opened(): void;
  /** Whatever it waits for is over. May be called more than once. */
  stop(): void;
  /** Which messages are text to the listener. */
  takes(isBinary: boolean): boolean;
};

/** Keeps a socket of `ws` to what `TextSocket` and its listener are promised. `cut` ends it with code 1006 and this reason, at once. */
export function attend(
  socket: WebSocket,
  listener: SocketListener,
  watched: (cut: (reason: string) => void) => Watch,
): TextSocket {
  let failure: { reason: string; status?: number } | undefined;
  const watch = watched((reason) => {
    failure = { reason };
    socket.terminate();
    end(1006, "");
  });
  const told = guarded(listener, () => {
    watch.stop();
    socket.terminate();
  });
  const end = (code: number, reason: string): void => {
    watch.stop();
    told.onEnd({ code, ...(failure ?? { reason }) });
  };
  socket.on("open", () => {
    watch.opened();
    told.onOpen();
  });
  socket.on("message", (data, isBinary) => {
    if (watch.takes(isBinary)) told.onText(String(data));
  });
  socket.on("unexpected-response", (request, response) => {
    failure = { reason: `HTTP ${response.statusCode}`, status: response.statusCode ?? 0 };
    response.resume();
    request.destroy();
    end(1006, "");
  });
  socket.on("error", (error) => {
    failure ??= { reason: error.message };
  });
  socket.on("close", (code, reason) => end(code, reason.toString()));
  return {
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close(code = 1000) {
      watch.stop();
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(code);
    },
  };
}

/** `openSocket`, or whatever stands in for it where there is no network. */
export type OpenSocket = typeof openSocket;

/** Keeps what is promised to a listener: the end is told once and is the last; what it throws costs it its own socket, by `cut`. */
export function guarded(listener: SocketListener, cut: () => void): Required<SocketListener> {
  let ended = false;
  const onEnd = (end: SocketEnd): void => {
    if (ended) return;
    ended = true;
    try {
      listener.onEnd(end);
    } catch (error) {
      // The one to be told is the one that failed. A warning goes to stderr and ends nothing.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
  const attempt = (work: () => void): void => {
    if (ended) return;
    try {
      work();
    } catch (error) {
      cut();
      onEnd({ code: 1011, reason: `our own listener failed: ${String(error)}` });
    }
  };
  return {
    onOpen: () => attempt(() => listener.onOpen?.()),
    onText: (text) => attempt(() => listener.onText(text)),
    onEnd,
  };
}

/** Asks the peer for a sign of life again and again; calls `onDead` when it still owes the one before. Returns how to stop. */
function heartbeat(socket: WebSocket, clock: Clock, onDead: () => void): () => void {
  let alive = true;
  const sign = (): void => {
    alive = true;
  };
  socket.on("pong", sign);
  socket.on("message", sign);
  const beat = (): void => {
    if (!alive) return onDead();
    alive = false;
    socket.ping();
    cancel = clock.after(HEARTBEAT_MS, beat);
  };
  let cancel = clock.after(HEARTBEAT_MS, beat);
  return () => cancel();
}
