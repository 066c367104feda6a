/** One stretch of scripted speech on its way into frames. */
type Utterance = {
  readonly audio: Buffer;
  readonly words: string;
  at: number;
  readonly said: () => void;
  readonly unsaid: (why: Error) => void;
};

/** One frame as it leaves: `starts` are the words of the utterance that begins with it, `ends` says whether one is complete. */
export type SpokenFrame = {
  readonly audio: Buffer;
  readonly silent: boolean;
  readonly starts: string | undefined;
  readonly ends: boolean;
};

/** What our caller says, cut into frames of one size; silence whenever there is nothing to say. */
export class Mouth {
  readonly #frameBytes: number;
  readonly #silence: Buffer;
  readonly #queue: Utterance[] = [];
  #shut: Error | undefined;

  constructor(frameBytes: number, silenceByte: number) {
    this.#frameBytes = frameBytes;
    this.#silence = Buffer.alloc(frameBytes, silenceByte);
  }

  /** Resolves when the last frame of it was taken; rejects if the mouth is shut before. */
  say(audio: Buffer, words: string): Promise<void> {
    if (this.#shut) return Promise.reject(this.#shut);
    return new Promise((said, unsaid) => this.#queue.push({ audio, words, at: 0, said, unsaid }));
  }

  next(): SpokenFrame {
    const utterance = this.#queue[0];
    if (!utterance) return { audio: this.#silence, silent: true, starts: undefined, ends: false };
    const starts = utterance.at === 0 ? utterance.words : undefined;
    const piece = utterance.audio.subarray(utterance.at, utterance.at + this.#frameBytes);
    utterance.at += this.#frameBytes;
    const ends = utterance.at >= utterance.audio.length;
    if (ends) {
      this.#queue.shift();
      utterance.said();
    }
    if (piece.length === this.#frameBytes) return { audio: piece, silent: false, starts, ends };
    const padded = Buffer.concat([piece, this.#silence.subarray(piece.length)]);
    return { audio: padded, silent: false, starts, ends };
  }

  /** Whatever is still to be said never will be. */
  shut(why: string): void {
    this.#shut = new Error(why);
    for (const { unsaid } of this.#queue.splice(0)) unsaid(this.#shut);
  }
}
