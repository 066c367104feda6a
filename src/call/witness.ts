import { type AudioFormat, base64Bytes } from "../audio/format.ts";
import type { Framing } from "../carrier/carrier.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { CallSetup, JournalEntry, SentToLine } from "../journal/journal.ts";
import type { Said } from "../record/record.ts";
import type { Mouth, Spoken } from "../speech/speech.ts";
import type { CallEvent, Effect } from "./events.ts";
import type { Line } from "./line.ts";
import type { PlayoutLine } from "./playout.ts";
import type { Policy } from "./rules.ts";

export type WitnessParts = {
  readonly journal: (entry: JournalEntry) => void;
  /** Sound is written down too. */
  readonly recordAudio: boolean;
  /** Milliseconds since the call began. */
  readonly now: () => number;
};

/** What of a line is ours to use. */
export type OutLine = PlayoutLine & Pick<Line, "framing" | "mark">;

/** Frames of one reply that were sent and not written down yet, and when the caller began to hear them, if after a silence. */
type Stretch = { readonly generation: number; readonly fromMs?: number; frames: number; bytes: number };

/** Writes into the journal whatever passes by it: enough, in this order, to let the call happen again. Changes nothing. */
export class Witness {
  readonly #parts: WitnessParts;
  /** Nobody has asked for sound to be left out for a while. */
  #recording = true;
  #stretch: Stretch = { generation: 0, frames: 0, bytes: 0 };
  #history: readonly Said[] = [];

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  event({ atMs, ...happening }: CallEvent): void {
    this.#parts.journal({ atMs, in: happening });
  }

  effect(effect: Effect, atMs: number): void {
    if (effect.do === "end") this.#begin(this.#stretch.generation);
    this.#parts.journal({ atMs, out: effect.do === "start-reply" ? this.#brief(effect) : effect });
  }

  /** Sound goes into the journal again, or for a while does not; where calls are not recorded this changes nothing. */
  record(on: boolean): void {
    this.#recording = on;
  }

  /** A frame of the caller's. On the hot path. */
  audio(payload: string, filled = false): void {
    const { journal, now, recordAudio } = this.#parts;
    if (recordAudio && this.#recording) journal({ atMs: now(), audio: payload, ...(filled ? { filled } : {}) });
  }

  /** The line, whose commands are noted: marks and clears one by one, frames together as far as they are heard without a pause. */
  line(line: Line): OutLine {
    return {
      framing: (format) => line.framing(format),
      play: (payload, afterSilence) => {
        if (afterSilence) this.#begin(this.#stretch.generation, this.#parts.now());
        this.#stretch.frames++;
        this.#stretch.bytes += base64Bytes(payload);
        line.play(payload);
      },
      mark: (mark) => {
        this.#sent({ do: "mark", mark });
        line.mark(mark);
      },
      clear: () => {
        this.#sent({ do: "clear" });
        line.clear();
      },
    };
  }

  /** How the line's frames are cut. */
  framing(framing: Framing): void {
    this.#parts.journal({ atMs: this.#parts.now(), line: { do: "framing", framing } });
  }

  /** A voice for the next reply, whose sound is noted. */
  mouth(mouth: Mouth, generation: number): Mouth {
    this.#begin(generation);
    return { speak: (texts, signal) => this.noted(mouth.speak(texts, signal), generation) };
  }

  /** Sound of a reply, noted as it passes. */
  async *noted(spoken: AsyncIterable<Spoken>, generation: number): AsyncGenerator<Spoken> {
    const { journal, now, recordAudio } = this.#parts;
    for await (const piece of spoken) {
      if (piece.kind === "said") journal({ atMs: now(), spoken: { generation, said: piece.index } });
      else {
        const bytes = base64Bytes(piece.payload);
        const audio = recordAudio && this.#recording ? { audio: piece.payload } : {};
        journal({ atMs: now(), spoken: { generation, bytes, ...audio } });
      }
      yield piece;
    }
  }

  #sent(command: SentToLine): void {
    this.#begin(this.#stretch.generation);
    this.#parts.journal({ atMs: this.#parts.now(), line: command });
  }

  /** Writes down the frames sent so far; what is sent next is a new stretch. */
  #begin(generation: number, fromMs?: number): void {
    const { journal, now } = this.#parts;
    if (this.#stretch.frames > 0) journal({ atMs: now(), line: { do: "played", ...this.#stretch } });
    this.#stretch = { generation, frames: 0, bytes: 0, ...(fromMs === undefined ? {} : { fromMs }) };
  }

  /** The history grows with each turn: what the reply before was given already is only counted. */
  #brief(effect: Effect & { do: "start-reply" }): { readonly do: string } {
    const { source } = effect;
    if (source.kind !== "dialog") return effect;
    const { history } = source;
    const kept = commonLength(this.#history, history);
    this.#history = history;
    return { ...effect, source: { kind: "dialog", kept, added: history.slice(kept) } } as { readonly do: string };
  }
}

function commonLength(before: readonly Said[], now: readonly Said[]): number {
  const differing = now.findIndex(({ by, text, cutShort }, i) => {
    const other = before[i];
    return other?.by !== by || other.text !== text || other.cutShort !== cutShort;
  });
  return differing < 0 ? now.length : differing;
}

export function setupOf(agent: AgentProfile, format: AudioFormat, policy: Policy): CallSetup {
  const { name, greeting, phrases, limits, listensFor, voice, recipe, outbound } = agent;
  const said = { agent: name, greeting, phrases, limits, listensFor, voice, dialog: recipe ?? null, format, policy };
  const { greetingInterruptible, toldWhileSpeaking } = agent;
  return {
    ...said,
    ...(outbound && { outbound }),
    ...("join" in agent.dialog && { free: true }),
    ...(greetingInterruptible && { greetingInterruptible }),
    ...(toldWhileSpeaking && { toldWhileSpeaking }),
  };
}
