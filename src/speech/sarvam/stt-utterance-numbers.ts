/**
 * One count of utterances for the whole call. Every connection counts from zero again, and the caller does not care: speech
 * without a transcript that a broken connection leaves behind is heard again by the next one, under the number it had.
 */
export class UtteranceNumbers {
  #latest = 0;
  /** The utterance that began last, while its transcript has not come. */
  #untranscribed: number | undefined;
  #resumed: number | undefined;
  #ofConnection = new Map<number, number>();

  get latest(): number {
    return this.#latest;
  }

  get untranscribed(): number | undefined {
    return this.#untranscribed;
  }

  /** The number of what this connection calls `index`. */
  of(index: number): number {
    const known = this.#ofConnection.get(index);
    if (known !== undefined) return known;
    const number = this.#resumed ?? ++this.#latest;
    this.#resumed = undefined;
    this.#ofConnection.set(index, number);
    return number;
  }

  started(number: number): void {
    if (number === this.#latest) this.#untranscribed = number;
  }

  transcribed(number: number): void {
    if (number === this.#untranscribed) this.#untranscribed = undefined;
  }

  /** A new connection begins to count. What it hears first is the utterance without a transcript, if there is one. */
  restart(): void {
    this.#resumed = this.#untranscribed;
    this.#ofConnection.clear();
  }

  /** What was left without a transcript will not be heard again. */
  letGo(): void {
    if (this.#resumed === undefined) return;
    this.#untranscribed = undefined;
    this.#resumed = undefined;
  }
}
