import type { Clock } from "../../kit/clock.ts";

export type SocketKind = "stt-realtime" | "stt-streaming" | "stt-translate" | "tts";

/** Everything that one socket brought, filled in while it lives. Times are on the simulator's clock. */
export type SocketRecord = {
  readonly id: number;
  readonly kind: SocketKind;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** As the client spelled them. */
  readonly headerNames: readonly string[];
  readonly key: string;
  readonly openedAtMs: number;
  closedAtMs?: number;
  closeCode?: number;
  closeReason?: string;
  closedBy?: "client" | "simulator";
  /** How many messages came. */
  received: number;
  /** Payload bytes exactly as received, one entry per message. */
  readonly audioIn: Buffer[];
  /** TTS: each text. STT: each final sent. */
  readonly texts: string[];
  /** TTS: each `config`, as it came. */
  readonly configs: Readonly<Record<string, unknown>>[];
  readonly audioOut: Buffer[];
  /** The client left while audio was still being made for it. */
  aborted: boolean;
};

export type WireEvent = { readonly socket: SocketRecord; readonly atMs: number } & (
  | { readonly kind: "socket-opened" }
  | { readonly kind: "socket-closed"; readonly code: number; readonly reason: string }
  | { readonly kind: "audio-received"; readonly bytes: number }
  | { readonly kind: "speech-start-sent"; readonly utterance: number }
  | { readonly kind: "speech-end-sent"; readonly utterance: number }
  | { readonly kind: "partial-sent"; readonly utterance: number; readonly text: string }
  | { readonly kind: "final-sent"; readonly utterance: number; readonly text: string }
  | { readonly kind: "config-received" }
  | { readonly kind: "text-received"; readonly text: string }
  | { readonly kind: "flush-received" }
  | { readonly kind: "ping-received" }
  | { readonly kind: "tts-audio-sent"; readonly bytes: number; readonly chunk: number }
  | { readonly kind: "tts-final-sent" }
  | { readonly kind: "error-sent"; readonly message: string }
);

type WithoutStamp<T> = T extends unknown ? Omit<T, "atMs"> : never;
export type WireNote = WithoutStamp<WireEvent>;

/** What went over the simulator's sockets, for tests and measurements to read. */
export class WireLog {
  /** In the order they opened. */
  readonly sockets: SocketRecord[] = [];
  readonly refused: { readonly path: string; readonly status: number }[] = [];
  /** REST requests: parsed JSON, or the raw text of other bodies. */
  readonly http: { readonly path: string; readonly body: unknown }[] = [];
  readonly #listeners = new Set<(event: WireEvent) => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many sockets are open now. */
  open(kind?: SocketKind): number {
    return this.sockets.filter(
      (socket) => socket.closedAtMs === undefined && (kind === undefined || socket.kind === kind),
    ).length;
  }

  /** Calls `listener` with each event as it happens, until the returned function is called. */
  on(listener: (event: WireEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The next event of that kind that `match` accepts. Never settles if none comes. */
  next<Kind extends WireEvent["kind"]>(
    kind: Kind,
    match: (event: Extract<WireEvent, { readonly kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<WireEvent, { readonly kind: Kind }>> {
    return new Promise((resolve) => {
      const off = this.on((event) => {
        if (!isKind(event, kind) || !match(event)) return;
        off();
        resolve(event);
      });
    });
  }

  note(note: WireNote): void {
    if (this.#listeners.size === 0) return;
    const event: WireEvent = { ...note, atMs: this.#clock.now() };
    for (const listener of this.#listeners) listener(event);
  }
}

function isKind<Kind extends WireEvent["kind"]>(
  event: WireEvent,
  kind: Kind,
): event is Extract<WireEvent, { readonly kind: Kind }> {
  return event.kind === kind;
}
