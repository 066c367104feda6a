import type { AudioFormat } from "../audio/format.ts";

/** Whoever listens in: takes each message as it is to be sent, and never makes the line wait. */
export type Listener = { readonly hear: (message: string) => void; readonly ended: () => void };

const ENCODINGS = { mulaw: "audio/x-mulaw", linear16: "audio/l16" } as const;

/** Both sides of a live line as they pass, for those who listen in. It is there only while somebody does. */
export class LineTap {
  readonly #listeners = new Set<Listener>();
  readonly #start: string;
  readonly #whenEmpty: () => void;

  constructor({ encoding, rate }: AudioFormat, whenEmpty: () => void) {
    const format = { encoding: ENCODINGS[encoding], sampleRate: rate };
    this.#start = JSON.stringify({ event: "start", caller: format, agent: format });
    this.#whenEmpty = whenEmpty;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns how to leave. */
  join(listener: Listener): () => void {
    listener.hear(this.#start);
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#whenEmpty();
    };
  }

  /** Base64 in the line's format, as it was said or is played. */
  sound(side: "caller" | "agent", payload: string): void {
    this.#tell(`{"event":"media","side":"${side}","payload":"${payload}"}`);
  }

  /** What of the agent's was not played yet will not be. */
  cleared(): void {
    this.#tell('{"event":"clear","side":"agent"}');
  }

  end(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#whenEmpty();
    for (const { ended } of listeners) ended();
  }

  #tell(message: string): void {
    for (const { hear } of [...this.#listeners]) hear(message);
  }
}
