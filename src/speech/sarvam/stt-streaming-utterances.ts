/** How long after `END_SPEECH` a transcript may still come for it. Usual are 0.2 s; LiveKit waits 1 s. */
const LATE_MS = 1500;

/**
 * Gives the older socket's utterances the numbers it does not send, so that a transcript finds its speech although it may come
 * before `END_SPEECH`, after it, or when the next speech has begun.
 */
export class StreamingUtterances {
  #next = 0;
  #open: { readonly index: number; heard: boolean } | undefined;
  /** Ended without a transcript yet, oldest first. */
  #waiting: { readonly index: number; readonly endedMs: number }[] = [];
  #last: { readonly index: number; readonly words: string } | undefined;

  get speaking(): boolean {
    return this.#open !== undefined;
  }

  started(): number {
    this.#open = { index: this.#next++, heard: false };
    return this.#open.index;
  }

  ended(nowMs: number): number {
    const open = this.#open ?? { index: this.#next++, heard: false };
    this.#open = undefined;
    if (!open.heard) this.#waiting.push({ index: open.index, endedMs: nowMs });
    return open.index;
  }

  /** A text that no speech waits for is the one before, repeated, or an utterance of its own. */
  transcript(words: string, nowMs: number): number {
    const index = this.#claim(nowMs) ?? (this.#last?.words === words ? this.#last.index : this.#next++);
    this.#last = { index, words };
    return index;
  }

  #claim(nowMs: number): number | undefined {
    this.#waiting = this.#waiting.filter(({ endedMs }) => nowMs - endedMs <= LATE_MS);
    const waiting = this.#waiting.shift();
    if (waiting) return waiting.index;
    if (!this.#open || this.#open.heard) return undefined;
    this.#open.heard = true;
    return this.#open.index;
  }
}
