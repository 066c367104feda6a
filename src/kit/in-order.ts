/** So many may wait for one that is missing. */
const PATIENCE = 5;
/** Further back than anything can be late: the count began anew. */
const ANEW = 50;
/** So many late ones in ascending order, one right after the other: the count began anew, early. */
const ANEW_RUN = 3;

/**
 * Puts numbered things back in order. What comes too early is held until what is missing before it has come, or until six wait:
 * then the missing is given up, and is left out if it comes after all.
 */
export class InOrder<T extends object | string> {
  #next: number | undefined;
  readonly #restarts: boolean;
  readonly #held = new Map<number, T>();
  #late: (readonly [place: number, item: T])[] = [];

  /** `first`: where the count begins, once and for all; without one it begins with the first to come, and may begin anew. */
  constructor(first?: number) {
    this.#next = first;
    this.#restarts = first === undefined;
  }

  /** What can be handed on now that this one has come, in order. */
  take(place: number, item: T): readonly T[] {
    if (this.#next === undefined) this.#next = place;
    if (place < this.#next) return this.#restarts ? this.#behind(place, item, this.#next) : [];
    this.#late = [];
    this.#held.set(place, item);
    return this.#from(this.#held.size > PATIENCE ? Math.min(...this.#held.keys()) : this.#next);
  }

  /** What is held, in order: nothing more comes. */
  rest(): readonly T[] {
    const places = [...this.#held].sort(([a], [b]) => a - b);
    this.#held.clear();
    return places.map(([, item]) => item);
  }

  #behind(place: number, item: T, next: number): readonly T[] {
    if (place <= (this.#late.at(-1)?.[0] ?? -1)) this.#late = [];
    this.#late.push([place, item]);
    if (place >= next - ANEW && this.#late.length < ANEW_RUN) return [];
    const before = this.rest();
    const [[first] = [place]] = this.#late;
    for (const [at, one] of this.#late) this.#held.set(at, one);
    this.#late = [];
    return [...before, ...this.#from(first)];
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
