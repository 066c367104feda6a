import { type AudioFormat, base64Bytes, bytesPerMs } from "../../audio/format.ts";

/** The newest audio of a line, as payloads with positions that only grow, so that a new connection can be told it again. */
export class KeptAudio {
  readonly #bytesPerMs: number;
  #payloads: string[] = [];
  /** Where in `#payloads` the oldest kept one is. */
  #head = 0;
  #start = 0;
  #ms = 0;

  constructor(format: AudioFormat) {
    this.#bytesPerMs = bytesPerMs(format);
  }

  /** Position of the oldest payload kept. */
  get start(): number {
    return this.#start;
  }

  /** Position of the next payload to come. */
  get end(): number {
    return this.#start + this.#payloads.length - this.#head;
  }

  get ms(): number {
    return this.#ms;
  }

  /** How much is kept of what lies before `position`. */
  msBefore(position: number): number {
    let ms = 0;
    for (let at = this.#start; at < position; at += 1) ms += this.#msOf(this.at(at) ?? "");
    return ms;
  }

  at(position: number): string | undefined {
    return position < this.#start ? undefined : this.#payloads[this.#head + position - this.#start];
  }

  push(payload: string): void {
    this.#payloads.push(payload);
    this.#ms += this.#msOf(payload);
  }

  /** Forgets the oldest until no more than `ms` are kept. */
  keepMs(ms: number): void {
    while (this.#ms > ms && this.#start < this.end) this.#drop();
  }

  /** Forgets what lies more than `marginMs` before `position`. */
  keepFrom(position: number, marginMs: number): void {
    let from = Math.min(position, this.end);
    for (let margin = 0; from > this.#start && margin < marginMs; from -= 1) {
      margin += this.#msOf(this.at(from - 1) ?? "");
    }
    while (this.#start < from) this.#drop();
  }

  #drop(): void {
    this.#ms -= this.#msOf(this.#payloads[this.#head] ?? "");
    this.#payloads[this.#head] = "";
    this.#head += 1;
    this.#start += 1;
    // Moving what is left costs little if done seldom.
    if (this.#head < 256) return;
    this.#payloads = this.#payloads.slice(this.#head);
    this.#head = 0;
  }

  #msOf(payload: string): number {
    return base64Bytes(payload) / this.#bytesPerMs;
  }
}
