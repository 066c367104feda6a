import type { LookupFunction } from "node:net";
import type { Clock } from "../../kit/clock.ts";
import { backoffMs } from "../../kit/retry.ts";
import type { SocketEnd, TextSocket } from "../../kit/socket.ts";
import { openApplication } from "./socket.ts";

const HANDSHAKE_MS = 5000;
const TRIES = 3;
const PAUSES = { firstMs: 250, capMs: 1000 };
/** How long it may take to reach an application at first, and again after it was lost. */
const FIRST_MS = 10_000;
const AGAIN_MS = 5000;
/** So long may a caller wait for an application that was never reached, before they are told to be patient. */
const SILENT_MS = 2000;
/** A connection that held for less than this has cured nothing: its loss counts as one more try. */
const SETTLED_MS = 5000;
/** More than this unsent is a peer that does not read any more. */
const UNREAD_BYTES = 1024 * 1024;

export type ConnectionListener = {
  /** Each time it is open. `again`: not for the first time. */
  readonly onOpen: (again: boolean) => void;
  readonly onText: (text: string) => void;
  /** It cannot be reached for the moment. */
  readonly onAway: (why: string) => void;
  /** The application closed it in good order. Nothing comes after this, nor after `onFailed`. */
  readonly onDone: () => void;
  readonly onFailed: (why: string) => void;
};

export type ConnectionParts = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lookup: LookupFunction;
  readonly clock: Clock;
  readonly chance: () => number;
  /** What is wrong with the URL: nothing is connected to. */
  readonly complaint: string | undefined;
};

/**
 * The way to an application for the length of a call: one socket at a time. What cannot be reached is tried three times more, over
 * 10 s at first and 5 s after a loss; an upgrade that was refused as a mistake of ours (4xx) is not. A close with 1000, or with no
 * code, is the application's goodbye; any other end is a loss.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #listener: ConnectionListener;
  #socket: TextSocket | undefined;
  #over = false;
  #tries = 0;
  #giveUpAt: number;
  #openedAt: number | undefined;
  #opened = false;
  #cancelRetry = (): void => {};
  readonly #cancelPatience: () => void;

  constructor(parts: ConnectionParts, listener: ConnectionListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#giveUpAt = parts.clock.now() + FIRST_MS;
    this.#cancelPatience = parts.clock.after(SILENT_MS, () => listener.onAway(`no connection within ${SILENT_MS} ms`));
    const { complaint } = parts;
    if (complaint === undefined) this.#open();
    else this.#cancelRetry = parts.clock.after(0, () => this.#fail(`the URL ${complaint}`));
  }

  get open(): boolean {
    return this.#socket?.open ?? false;
  }

  send(text: string): void {
    const socket = this.#socket;
    if (!socket?.open) return;
    if (socket.bufferedBytes <= UNREAD_BYTES) return socket.send(text);
    this.#socket = undefined;
    socket.close(1013);
    this.#lost({ code: 1013, reason: "it does not read what it is sent" });
  }

  /** Ends it without another word to the listener. */
  close(): void {
    this.#finish();
    this.#socket?.close();
  }

  #open(): void {
    const { url, headers, lookup, clock } = this.#parts;
    const handshakeMs = Math.min(HANDSHAKE_MS, this.#giveUpAt - clock.now());
    const socket = openApplication(
      { url, headers, lookup },
      {
        onOpen: () => this.#onOpen(),
        onText: (text) => {
          if (!this.#over && socket === this.#socket) this.#listener.onText(text);
        },
        onEnd: (end) => {
          if (socket === this.#socket) this.#lost(end);
        },
      },
      clock,
      handshakeMs,
    );
    this.#socket = socket;
  }

  #onOpen(): void {
    if (this.#over) return;
    this.#cancelPatience();
    const again = this.#opened;
    this.#opened = true;
    this.#openedAt = this.#parts.clock.now();
    this.#listener.onOpen(again);
  }

  #lost(end: SocketEnd): void {
    if (this.#over) return;
    const { clock } = this.#parts;
    const why = `${end.reason || "the connection was lost"} (${end.code})`;
    if (this.#openedAt === undefined) return this.#retry(why, end.status);
    if (end.code === 1000 || end.code === 1005) {
      this.#finish();
      return this.#listener.onDone();
    }
    if (clock.now() - this.#openedAt >= SETTLED_MS) this.#tries = 0;
    this.#openedAt = undefined;
    this.#giveUpAt = clock.now() + AGAIN_MS;
    this.#listener.onAway(why);
    this.#retry(why);
  }

  #retry(why: string, status = 0): void {
    const { clock, chance } = this.#parts;
    const pauseMs = backoffMs(this.#tries, chance, PAUSES);
    const refused = status >= 300 && status < 500;
    if (refused || this.#tries >= TRIES || clock.now() + pauseMs >= this.#giveUpAt) return this.#fail(why);
    this.#tries += 1;
    this.#cancelRetry = clock.after(pauseMs, () => this.#open());
  }

  #fail(why: string): void {
    this.#finish();
    this.#listener.onFailed(why);
  }

  #finish(): void {
    this.#over = true;
    this.#cancelPatience();
    this.#cancelRetry();
  }
}
