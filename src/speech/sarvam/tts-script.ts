import { type AudioFormat, base64Bytes, bytesPerMs } from "../../audio/format.ts";

/** A text on its way to being said. */
class ScriptLine {
  readonly words: string;
  /** Some of its audio came since it was last sent. */
  sounded = false;
  /** How often it broke off after it had sounded. */
  breaks = 0;
  #bytesLeft: number;
  readonly #mostBytes: number;

  constructor(words: string, format: AudioFormat) {
    this.words = words;
    // A server gone mad must not fill the memory: a minute of audio per text, more for texts that need it.
    this.#mostBytes = Math.max(60_000, words.length * 200) * bytesPerMs(format);
    this.#bytesLeft = this.#mostBytes;
  }

  /** Without a letter or a digit there is nothing to speak (`👍`, `…`): providers refuse it or never answer. */
  get blank(): boolean {
    return !/[\p{L}\p{N}]/u.test(this.words);
  }

  /** Notes a stretch of base64 audio; false when there has been far too much. */
  sound(payload: string): boolean {
    this.sounded = true;
    this.#bytesLeft -= base64Bytes(payload);
    return this.#bytesLeft >= 0;
  }

  /** Its audio stopped before the end, and starts over. */
  breakOff(): void {
    if (this.sounded) this.breaks += 1;
    this.sounded = false;
    this.#bytesLeft = this.#mostBytes;
  }
}

/** The texts of one reply in order: first said, then sent, then still to send. */
export class Script {
  readonly #format: AudioFormat;
  readonly #lines: ScriptLine[] = [];
  #said = 0;
  #sent = 0;
  #reached = 0;
  #ended = false;

  constructor(format: AudioFormat) {
    this.#format = format;
  }

  add(words: string): void {
    this.#lines.push(new ScriptLine(words, this.#format));
  }

  end(): void {
    this.#ended = true;
  }

  /** The line whose audio comes next: sent, and not said. */
  get sounding(): ScriptLine | undefined {
    return this.#said < this.#sent ? this.#lines[this.#said] : undefined;
  }

  /** Some text was given and not said. */
  get waiting(): boolean {
    return this.#said < this.#lines.length;
  }

  /** Where ends are not announced: the last audio may have been of the sounding line, for that was sent when it came. */
  get reached(): boolean {
    return this.#said < this.#reached;
  }

  /** Every text was said, and none will follow. */
  get complete(): boolean {
    return this.#ended && !this.waiting;
  }

  /** The next line to send, which counts as sent from now on. */
  next(): ScriptLine | undefined {
    const line = this.#lines[this.#sent];
    if (line) this.#sent += 1;
    return line;
  }

  /** Notes a stretch of base64 audio of the sounding line; false when there has been far too much. */
  sound(payload: string): boolean {
    this.#reached = this.#sent;
    return this.sounding?.sound(payload) ?? false;
  }

  /** What was sent and not said is to be sent again. */
  rewind(): void {
    this.#sent = this.#said;
  }

  /** Marks the sounding line as said; answers its index. */
  say(): number {
    this.#said += 1;
    return this.#said - 1;
  }
}
