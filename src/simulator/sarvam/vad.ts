/** Loudness is looked at in steps of this length. */
export const STEP_MS = 10;

/** When speech counts as begun and as over. Frames are voiced or not by their loudness alone. */
export type VadSettings = {
  /** Steps per frame: 2 for 20 ms, 3 for 30 ms. */
  frameSteps: number;
  /** Loudness, dBFS, from which a frame is voiced before speech, and while there is speech. */
  startDb: number;
  stayDb: number;
  /** Voiced frames that make a start; gaps of up to 200 ms between them do not count against it. */
  startFrames: number;
  /** Speech is over when `endCount` of the last `endWindow` frames are unvoiced. */
  endCount: number;
  endWindow: number;
};

const GAP_MS = 200;

/** Mean square per step, over samples that arrive in pieces of any size. */
export class Loudness {
  readonly #stepSamples: number;
  #sum = 0;
  #count = 0;

  constructor(rate: number) {
    this.#stepSamples = (rate * STEP_MS) / 1000;
  }

  /** dBFS of each step that `samples` completes; digital silence is -96. */
  measure(samples: Int16Array): readonly number[] {
    const steps: number[] = [];
    for (const sample of samples) {
      this.#sum += sample * sample;
      this.#count += 1;
      if (this.#count < this.#stepSamples) continue;
      steps.push(Math.max(-96, 10 * Math.log10(this.#sum / this.#count / 32_768 ** 2 + 1e-12)));
      this.#sum = 0;
      this.#count = 0;
    }
    return steps;
  }
}

/** Finds speech in steps of loudness. Counts audio, never the clock: it does not matter when the audio arrives. */
export class Vad {
  settings: VadSettings;
  #speaking = false;
  #frame: number[] = [];
  #voiced = 0;
  #unvoiced = 0;
  #recent: boolean[] = [];

  constructor(settings: VadSettings) {
    this.settings = settings;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Unvoiced audio since the last voiced frame, milliseconds. */
  get silentMs(): number {
    return this.#unvoiced * this.settings.frameSteps * STEP_MS;
  }

  /** Takes one step; says whether it proves that speech began or ended. */
  push(stepDb: number): "start" | "end" | undefined {
    this.#frame.push(stepDb);
    if (this.#frame.length < this.settings.frameSteps) return undefined;
    const power = this.#frame.reduce((sum, db) => sum + 10 ** (db / 10), 0) / this.#frame.length;
    this.#frame = [];
    return this.#judge(10 * Math.log10(power));
  }

  /** Sets the state from outside, for manual endpointing and flush. */
  force(speaking: boolean): void {
    this.#speaking = speaking;
    this.#voiced = 0;
    this.#unvoiced = 0;
    this.#recent = [];
  }

  #judge(db: number): "start" | "end" | undefined {
    const voiced = db >= (this.#speaking ? this.settings.stayDb : this.settings.startDb);
    this.#unvoiced = voiced ? 0 : this.#unvoiced + 1;
    return this.#speaking ? this.#lookForEnd(voiced) : this.#lookForStart(voiced);
  }

  #lookForStart(voiced: boolean): "start" | undefined {
    if (voiced) this.#voiced += 1;
    else if (this.silentMs > GAP_MS) this.#voiced = 0;
    if (!voiced || this.#voiced < this.settings.startFrames) return undefined;
    this.force(true);
    return "start";
  }

  #lookForEnd(voiced: boolean): "end" | undefined {
    this.#recent.push(voiced);
    if (this.#recent.length > this.settings.endWindow) this.#recent.shift();
    const unvoiced = this.#recent.filter((flag) => !flag).length;
    if (voiced || unvoiced < this.settings.endCount) return undefined;
    this.force(false);
    return "end";
  }
}
