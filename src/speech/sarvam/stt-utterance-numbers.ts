/**
 * One count of utterances for the whole call. Every connection counts from zero again, and the caller does not care: speech
 * that was still going on when a connection broke is heard again by the next one, under the number it had.
 */
export class UtteranceNumbers {
  #latest = 0;
  /** The utterance that began last, while neither its end nor its transcript has come. */
  #unfinished: number | undefined;
  #resumed: number | undefined;
  #ofConnection = new Map<number, number>();

  get latest(): number {
    return this.#latest;
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
    if (number === this.#latest) this.#unfinished = number;
  }

  finished(number: number): void {
    if (number === this.#unfinished) this.#unfinished = undefined;
  }

  /** A new connection begins to count. */
  restart(): void {
    this.#resumed = this.#unfinished;
    this.#ofConnection.clear();
  }
}
