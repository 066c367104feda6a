import type { WebSocket } from "ws";
import type { Clock } from "../../kit/clock.ts";
import { type Admission, admit, EXPIRED, INVALID, type TokenIssuer } from "./access-token.ts";
import { type BrowserMessage, HEARTBEAT, readMessage, type TwilioMessages, written } from "./messages.ts";

/** The SDK gives a socket up that was silent for 15 s. */
const HEARTBEAT_MS = 10_000;
const MALFORMED = 31100;

/** Whoever was admitted is so no more; or the socket is closed, by a page that goes away or by anything else. */
export type Leaving = "expired" | "gone" | "closed";

/** With which a browser closes the sockets of a page that is left. */
const GOING_AWAY = 1001;

export type SocketParts = {
  readonly clock: Clock;
  readonly issuer: TokenIssuer;
  /** Every message from somebody who was admitted, `listen` aside. */
  readonly onMessage: (message: Exclude<BrowserMessage, { type: "listen" }>, from: SignallingSocket) => void;
  readonly onLeft: (socket: SignallingSocket, why: Leaving) => void;
  readonly onWire: (from: "browser" | "twilio", text: string) => void;
};

/** One browser's socket: who is there, and for how long. */
export class SignallingSocket {
  readonly #socket: WebSocket;
  readonly #parts: SocketParts;
  #admission: Admission | undefined;
  #stopBeating: () => void = () => {};
  #stopExpiring: () => void = () => {};

  constructor(socket: WebSocket, parts: SocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on("message", (data) => this.#receive(String(data)));
    socket.on("close", (code) => {
      this.#stopBeating();
      this.#stopExpiring();
      parts.onLeft(this, code === GOING_AWAY ? "gone" : "closed");
    });
    this.#beat();
  }

  /** Who is there; `undefined` before a good token, and after its end. */
  get admission(): Admission | undefined {
    return this.#admission;
  }

  tell<T extends keyof TwilioMessages>(type: T, payload: TwilioMessages[T]): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const text = written(type, payload);
    this.#parts.onWire("twilio", text);
    this.#socket.send(text);
  }

  /** As a network fails: without a close frame. */
  drop(): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    if (text === HEARTBEAT) return;
    this.#parts.onWire("browser", text);
    const message = readMessage(text);
    if ("why" in message) return this.tell("error", { error: { code: MALFORMED, message: message.why } });
    if (message.type === "listen") return this.#listen(message.payload.token);
    if (this.#admission) this.#parts.onMessage(message, this);
    else this.tell("error", { error: INVALID });
  }

  #listen(token: string): void {
    const { clock, issuer } = this.#parts;
    const verdict = admit(token, issuer, clock.wall());
    this.#stopExpiring();
    if (verdict.kind === "refused") {
      this.#expire();
      return this.tell("error", { error: verdict.error });
    }
    this.#admission = verdict;
    const { identity, expiresAt } = verdict;
    const leftMs = expiresAt - clock.wall();
    this.#stopExpiring = clock.after(leftMs, () => {
      this.#expire();
      this.tell("error", { error: EXPIRED });
    });
    const place = { region: "US_EAST_VIRGINIA", edge: "ashburn", home: "us1", gateway: "stand-in" };
    this.tell("connected", { ...place, token: { identity, ttl: Math.floor(leftMs / 1000) } });
  }

  #expire(): void {
    this.#admission = undefined;
    this.#parts.onLeft(this, "expired");
  }

  #beat(): void {
    this.#stopBeating = this.#parts.clock.after(HEARTBEAT_MS, () => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(HEARTBEAT);
      this.#beat();
    });
  }
}
