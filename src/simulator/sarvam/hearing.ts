import { type SampleEncoding, SampleReader } from "./samples.ts";
import { Loudness, STEP_MS, Vad, type VadSettings } from "./vad.ts";

/** How far back, in steps, the beginning of speech is looked for once it is proven. */
const LEAD_IN_STEPS = 150;
/** So many quiet steps in a row lie before the beginning of speech, not within it. */
const QUIET_STEPS = 22;

/** What one step of audio (10 ms) proved. */
export type HearingEvent = "start" | "step" | "end";

/** Bytes in, speech out: decodes, measures, finds speech and keeps the loudness of what is being said. */
export class Hearing {
  readonly vad: Vad;
  /** Off for manual endpointing: then only `begin` and `finish` make speech. */
  automatic = true;
  /** So many more steps are not listened to. */
  deafSteps = 0;
  readonly #reader: SampleReader;
  readonly #loudness: Loudness;
  readonly #rate: number;
  #before: number[] = [];
  #spoken: number[] = [];
  #samples = 0;

  constructor(encoding: SampleEncoding, rate: number, settings: VadSettings) {
    this.#reader = new SampleReader(encoding);
    this.#loudness = new Loudness(rate);
    this.#rate = rate;
    this.vad = new Vad(settings);
  }

  /** All audio so far, seconds. */
  get audioSeconds(): number {
    return this.#samples / this.#rate;
  }

  /** Loudness (dBFS per 10 ms) of the current speech, or of the last one until the next begins. */
  get spoken(): readonly number[] {
    return this.#spoken;
  }

  /** Length of the current speech so far, its own silences and its lead-in included, milliseconds. */
  get spokenMs(): number {
    return this.#spoken.length * STEP_MS;
  }

  /** Calls `onEvent` for each step of speech and each boundary, in the order of the audio. */
  hear(bytes: Buffer, onEvent: (event: HearingEvent) => void): void {
    const samples = this.#reader.read(bytes);
    this.#samples += samples.length;
    for (const db of this.#loudness.measure(samples)) {
      if (this.deafSteps > 0) {
        this.deafSteps -= 1;
        continue;
      }
      const change = this.automatic ? this.vad.push(db) : undefined;
      if (change === "start") this.#collect();
      if (this.vad.speaking) this.#spoken.push(db);
      else this.#remember(db);
      if (change) onEvent(change);
      else if (this.vad.speaking) onEvent("step");
    }
  }

  /** Speech begins now, whatever was heard. */
  begin(): void {
    this.#collect();
    this.vad.force(true);
  }

  /** Speech is over now. False when there was none. */
  finish(): boolean {
    if (!this.vad.speaking) return false;
    this.vad.force(false);
    return true;
  }

  #collect(): void {
    let onset = this.#before.length;
    for (let step = onset - 1, quiet = 0; step >= 0 && quiet < QUIET_STEPS; step -= 1) {
      const loud = (this.#before[step] ?? 0) >= this.vad.settings.stayDb;
      quiet = loud ? 0 : quiet + 1;
      if (loud) onset = step;
    }
    this.#spoken = this.#before.slice(onset);
    this.#before = [];
  }

  #remember(db: number): void {
    this.#before.push(db);
    if (this.#before.length > LEAD_IN_STEPS) this.#before.shift();
  }
}
