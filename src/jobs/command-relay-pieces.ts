/** PostgreSQL takes less than 8000 bytes in one notification. */
const PIECE = 7500;

/**
 * Cuts a JSON text for NOTIFY, all ASCII so that characters are bytes. Each piece says how many follow: PostgreSQL delivers equal
 * notifications of one transaction only once.
 */
export function pieces(json: string): readonly string[] {
  const ascii = json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const count = Math.max(1, Math.ceil(ascii.length / PIECE));
  return Array.from({ length: count }, (_, n) => `${count - n - 1}:${ascii.slice(n * PIECE, (n + 1) * PIECE)}`);
}

/** Puts together what was cut. The pieces of a letter come in one transaction: in order, all of them, and nothing between. */
export class Letters {
  readonly #deliver: (letter: string) => void;
  #begun = "";

  constructor(deliver: (letter: string) => void) {
    this.#deliver = deliver;
  }

  take(piece: string): void {
    const colon = piece.indexOf(":");
    this.#begun += piece.slice(colon + 1);
    if (!piece.startsWith("0:")) return;
    const letter = this.#begun;
    this.#begun = "";
    this.#deliver(letter);
  }
}
