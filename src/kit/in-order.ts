/** So many may wait for one that is missing. */
const PATIENCE = 5;
/** Further back than anything can be late: the count began anew. */
const ANEW = 50;

/**
 * Puts numbered things back in order. What comes too early is held until what is missing before it has come, or until six wait:
 * then the missing is given up, and is left out if it comes after all.
 */
export class InOrder<T extends object | string> {
  #next: number | undefined;
  readonly #held = new Map<number, T>();

  /** What can be handed on now that this one has come, in order. The count begins with the first to come. */
  take(place: number, item: T): readonly T[] {
    if (this.#next === undefined || place < this.#next - ANEW) {
      this.#held.clear();
      this.#next = place;
    }
    if (place < this.#next) return [];
    this.#held.set(place, item);
    return this.#from(this.#held.size > PATIENCE ? Math.min(...this.#held.keys()) : this.#next);
  }

  #from(first: number): readonly T[] {
    const ready: T[] = [];
    let next = first;
    for (let item = this.#held.get(next); item !== undefined; item = this.#held.get(next)) {
      ready.push(item);
      this.#held.delete(next);
      next += 1;
    }
    this.#next = next;
    return ready;
  }
}
