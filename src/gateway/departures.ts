import type { CarrierName } from "../record/record.ts";

/** Callers whose stream is over and who are on their way to somewhere else: whoever waits for them there is told if they leave. */
export class Departures {
  readonly #watched = new Map<string, () => void>();

  /** `left` is called once, at most. Returns how to be told no more. */
  watch(carrier: CarrierName, carrierCallId: string, left: () => void): () => void {
    const name = `${carrier} ${carrierCallId}`;
    this.#watched.set(name, left);
    return () => void this.#watched.delete(name);
  }

  /** The carrier says that this caller has hung up. */
  left(carrier: CarrierName, carrierCallId: string): void {
    const name = `${carrier} ${carrierCallId}`;
    const tell = this.#watched.get(name);
    this.#watched.delete(name);
    tell?.();
  }
}
