import type { Clock } from "../../kit/clock.ts";
import type { Language } from "../../record/record.ts";
import type { DialogNews, Interruptible, Utterance } from "../dialog.ts";
import type { PlayMessage, TextMessage } from "./messages.ts";
import { Speech } from "./speech.ts";

/** Each thing to be said weighs at least this much, so that many small ones are bounded too. */
const EACH_BYTES = 1024;

type Manner = { readonly interruptible: Interruptible; readonly preemptible: boolean };

/** What was announced and may still be asked for. `late`: the caller has cut in since. */
type Announced = { readonly what: Speech | PlayMessage; late: boolean };

/**
 * What an application says, as numbered speeches. A talk cycle is one speech, from its first word to its `last`; a sound in the
 * midst of it or a change of language makes it two.
 */
export class Talk {
  readonly #clock: Clock;
  readonly #usual: Manner;
  readonly #tell: (news: DialogNews) => void;
  readonly #announced = new Map<number, Announced>();
  /** The speech that tokens go to, and the language it is said in. */
  #cycle: { readonly speech: Speech; readonly language: Language } | undefined;
  /** The speech that was asked for last. */
  #spoken: Speech | undefined;
  /** What speeches are said in unless they say otherwise, and what the mouth was told last. */
  #language: Language;
  #told: Language;
  #count = 0;

  constructor(clock: Clock, usual: Manner, language: Language, tell: (news: DialogNews) => void) {
    this.#clock = clock;
    this.#usual = usual;
    this.#language = language;
    this.#told = language;
    this.#tell = tell;
  }

  /** How much is waiting to be asked for, or to be taken. */
  get waitingBytes(): number {
    const speeches = [...this.#announced.values()].filter(({ late }) => !late);
    const texts = new Set([...speeches.map(({ what }) => what), this.#cycle?.speech, this.#spoken]);
    const words = [...texts].map((what) => (what instanceof Speech ? what.waitingBytes : 0));
    return EACH_BYTES * speeches.length + words.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** A token. `language`: what it must be said in, if it says so. */
  text(message: TextMessage, language?: Language): void {
    const { token, last } = message;
    const cycle = this.#cycleFor(message, language);
    cycle?.push(token);
    if (last) this.closeCycle();
  }

  play(message: PlayMessage): void {
    this.closeCycle();
    this.#announce("sound", message, message);
  }

  /** What speeches are said in from now on. */
  speak(language: Language): void {
    this.closeCycle();
    this.#language = language;
    this.#retune(language);
  }

  /** What has come of the cycle is said to its end. The next token begins another. */
  closeCycle(): void {
    this.#cycle?.speech.close();
    this.#cycle = undefined;
  }

  /**
   * The caller has cut in: nothing that was announced is said any more, and tokens that still come begin a new cycle. What was
   * announced in the very same moment may yet be asked for: it is kept until the next time.
   */
  breakOff(): void {
    this.closeCycle();
    for (const [number, it] of this.#announced) {
      if (it.late) this.#announced.delete(number);
      it.late = true;
    }
  }

  /** Nothing will be asked for any more. */
  drop(): void {
    this.closeCycle();
    for (const { what } of this.#announced.values()) if (what instanceof Speech) what.drop();
    this.#announced.clear();
  }

  async *speech(number: number, signal: AbortSignal): AsyncGenerator<Utterance> {
    const what = this.#take(number);
    if (!(what instanceof Speech)) return;
    this.#spoken = what;
    yield* what.utterances(signal);
  }

  sound(number: number): PlayMessage | undefined {
    const what = this.#take(number);
    return what instanceof Speech ? undefined : what;
  }

  /** They are said in their order: whatever was announced before this one has been passed over. */
  #take(number: number): Announced["what"] | undefined {
    const what = this.#announced.get(number)?.what;
    for (const earlier of this.#announced.keys()) if (earlier <= number) this.#announced.delete(earlier);
    return what;
  }

  /** Nothing is begun by a token without words: it only closes a cycle, or leads to the next one. */
  #cycleFor(message: TextMessage, language: Language | undefined): Speech | undefined {
    const cycle = this.#cycle;
    const fits = cycle && !cycle.speech.dropped && (language === undefined || language === cycle.language);
    if (fits) return cycle.speech;
    if (!/\S/u.test(message.token)) return undefined;
    this.closeCycle();
    const speech = new Speech(this.#clock);
    const spoken = language ?? this.#language;
    this.#retune(spoken);
    this.#cycle = { speech, language: spoken };
    this.#announce("words", speech, message);
    return speech;
  }

  #announce(of: "words" | "sound", what: Announced["what"], message: TextMessage | PlayMessage): void {
    this.#count += 1;
    this.#announced.set(this.#count, { what, late: false });
    this.#tell({
      kind: "dialog-speaks",
      speech: this.#count,
      of,
      interruptible: message.interruptible ?? this.#usual.interruptible,
      preemptible: message.preemptible ?? this.#usual.preemptible,
    });
  }

  #retune(speaks: Language): void {
    if (speaks === this.#told) return;
    this.#told = speaks;
    this.#tell({ kind: "dialog-language", speaks });
  }
}
