import type { RawData } from "ws";
import type { Context } from "./context.ts";
import type { SocketRecord, WireNote } from "./wire-log.ts";

export type JsonObject = Readonly<Record<string, unknown>>;
type WithoutSocket<T> = T extends unknown ? Omit<T, "socket"> : never;

/** What one of the socket protocols does with what comes. */
export type Protocol = {
  onMessage(message: JsonObject): void;
  /** Text that is no JSON object. */
  onGarbage(): void;
  onBinary(bytes: Buffer): void;
  /** Nothing came for the idle time. */
  onIdle(): void;
  onClosed(): void;
};

/** The server's half of a socket: one of `ws`, or one without a network. */
export type ServerSocket = {
  readonly readyState: number;
  readonly OPEN: number;
  on(event: "message", listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: Buffer) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  send(data: string | Buffer): void;
  close(code: number, reason: string): void;
  terminate(): void;
};

/** One accepted socket: sends JSON, keeps the record, ends its timers with itself. */
export class Channel {
  readonly record: SocketRecord;
  readonly context: Context;
  readonly #socket: ServerSocket;
  readonly #timers = new Set<() => void>();
  #heardAtMs: number;
  #spoiltText = false;
  #spoiltBinary = false;

  constructor(socket: ServerSocket, record: SocketRecord, context: Context) {
    this.#socket = socket;
    this.record = record;
    this.context = context;
    this.#heardAtMs = context.clock.now();
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Hands what comes to `protocol` until the socket ends. */
  serve(protocol: Protocol): void {
    this.#socket.on("error", () => {
      // A broken client frame: `ws` closes the socket itself, and `close` follows.
    });
    this.#socket.on("message", (data, isBinary) => this.#receive(protocol, data, isBinary));
    this.#socket.on("close", (code, reason) => {
      this.#end(code, reason.toString());
      protocol.onClosed();
    });
    this.note({ kind: "socket-opened" });
    this.#watchIdle(protocol);
  }

  send(message: JsonObject): void {
    if (!this.open) return;
    this.#spoil();
    this.#socket.send(JSON.stringify(message));
  }

  /** Calls `then` after `ms`, unless the socket has ended by then. In whole milliseconds: no timer of a real server is finer. */
  after(ms: number, then: () => void): void {
    const cancel = this.context.clock.after(Math.ceil(ms), () => {
      this.#timers.delete(cancel);
      then();
    });
    this.#timers.add(cancel);
  }

  /** Ends it with a close frame; 1006 cuts the connection without one. */
  close(code: number, reason = ""): void {
    this.record.closedBy ??= "simulator";
    if (code === 1006) this.#socket.terminate();
    else this.#socket.close(code, reason);
  }

  note(note: WithoutSocket<WireNote>): void {
    this.context.wire.note({ ...note, socket: this.record });
  }

  #receive(protocol: Protocol, data: RawData, isBinary: boolean): void {
    this.#heardAtMs = this.context.clock.now();
    this.record.received += 1;
    if (!this.open) return;
    try {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.from(String(data));
      if (isBinary) return protocol.onBinary(bytes);
      const message = parseObject(bytes.toString());
      if (message) protocol.onMessage(message);
      else protocol.onGarbage();
    } catch (error) {
      this.close(1011, `simulator: ${String(error)}`.slice(0, 100));
    }
  }

  #end(code: number, reason: string): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.record.closedBy ??= "client";
    this.record.closedAtMs = this.context.clock.now();
    this.record.closeCode = code;
    this.record.closeReason = reason;
    this.note({ kind: "socket-closed", code, reason });
  }

  /** One timer per idle time, not one per message. */
  #watchIdle(protocol: Protocol): void {
    const { clock, pace } = this.context;
    const left = this.#heardAtMs + pace.idleMs - clock.now();
    if (left <= 0) return protocol.onIdle();
    this.after(left, () => this.#watchIdle(protocol));
  }

  #spoil(): void {
    const { nonJsonFrame, binaryFrame } = this.context.faults;
    if (nonJsonFrame && !this.#spoiltText) this.#socket.send("<html>upstream error</html>");
    if (binaryFrame && !this.#spoiltBinary) this.#socket.send(Buffer.from([0, 1, 2, 3]));
    this.#spoiltText = nonJsonFrame;
    this.#spoiltBinary = binaryFrame;
  }
}

/** The JSON object in `text`, if that is what it is. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON: the caller answers it as its protocol does.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
