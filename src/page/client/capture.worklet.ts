// Runs in the browser's audio thread, which imports nothing: it only gathers. The rest is done where the socket is.

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: { postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void };
}

/** Browsers give 128 samples at a time; a message for each would be 375 a second. */
const PIECE_MS = 20;

/** What an unplugged microphone hears: the gateway takes a line without any sound for a dead one. */
const NOTHING = new Float32Array(128);

class Capture extends AudioWorkletProcessor {
  #piece = new Float32Array(Math.round((sampleRate * PIECE_MS) / 1000));
  #filled = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    for (const sample of input?.[0] ?? NOTHING) {
      this.#piece[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled === this.#piece.length) this.#send();
    }
    return true;
  }

  #send(): void {
    const full = this.#piece;
    this.#piece = new Float32Array(full.length);
    this.#filled = 0;
    this.port.postMessage(full, [full.buffer]);
  }
}

registerProcessor("durvani-capture", Capture);
