/** Chance that is the same every time: the simulator's only source of it. */
export type Dice = {
  /** Evenly from 0 (included) to 1 (excluded). */
  next(): number;
  between(low: number, high: number): number;
  /** Shaped like a version 4 UUID. */
  uuid(): string;
  /** Dice of their own: what they show depends on the seed and the name, not on how often others are thrown. */
  named(name: string): Dice;
};

/** mulberry32. */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    named: (name) => seededDice(hashText(`${seed} ${name}`)),
  };
}

/** FNV-1a, 32 bits: the same text gives the same number. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
