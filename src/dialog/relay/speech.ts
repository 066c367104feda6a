import { abortable } from "../../kit/abortable.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Utterance } from "../dialog.ts";
import { sentences } from "../sentences.ts";

/** An application that falls silent after a whole sentence is busy with something else: what it has said is spoken meanwhile. */
const PAUSE_MS = 300;
/** One that has said nothing for this long has forgotten to say that it has finished. Shorter than a call waits for a sound. */
const IDLE_MS = 5000;

/** A sentence that seems whole. How much of a text must be looked at to know is bounded. */
const WHOLE = /[.!?…।॥۔]["'”’»)\]]*\s*$/u;
const TAIL = 8;
/** Tokens are kept in pieces of about this many UTF-16 units: a book in one token, or letter by letter, costs no more than else. */
const PIECE = 256;

/** What an application says under one number: tokens in, sentences out while more tokens come. */
export class Speech {
  readonly #clock: Clock;
  #tokens: string[] = [];
  #waiting = 0;
  #closed = false;
  #dropped = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes of memory held by tokens that nobody has taken yet. */
  get waitingBytes(): number {
    return 2 * this.#waiting;
  }

  /** Nobody listens to it any more. */
  get dropped(): boolean {
    return this.#dropped;
  }

  push(token: string): void {
    if (this.#closed) return;
    for (let at = 0; at < token.length; at += PIECE) this.#keep(token.slice(at, at + PIECE));
    this.#waiting += token.length;
    this.#wake();
  }

  /** Nothing more comes; what has come is still said. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  drop(): void {
    this.#dropped = true;
    this.#tokens = [];
    this.#waiting = 0;
    this.close();
  }

  /** To be read once. Throws the signal's reason when it aborts. */
  async *utterances(signal: AbortSignal): AsyncGenerator<Utterance> {
    try {
      while (!this.#closed || this.#tokens.length > 0) {
        for await (const text of abortable(sentences(this.#untilPause()), signal)) yield { kind: "text", text };
      }
    } finally {
      this.drop();
    }
  }

  #keep(piece: string): void {
    const last = this.#tokens.at(-1) ?? "";
    if (last !== "" && last.length + piece.length <= PIECE) this.#tokens[this.#tokens.length - 1] = last + piece;
    else this.#tokens.push(piece);
  }

  async *#untilPause(): AsyncGenerator<string> {
    let tail = "";
    for (;;) {
      const token = this.#tokens.shift();
      if (token !== undefined) {
        this.#waiting -= token.length;
        tail = (tail + token).slice(-TAIL);
        yield token;
      } else if (this.#closed || !(await this.#more(WHOLE.test(tail)))) return;
    }
  }

  /** Waits for something to happen. False when that was in vain: for a pause after a whole sentence, else for long. */
  #more(whole: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = this.#clock.after(whole ? PAUSE_MS : IDLE_MS, () => {
        if (!whole) this.close();
        resolve(false);
      });
      this.#wake = () => {
        giveUp();
        resolve(true);
      };
    });
  }
}
