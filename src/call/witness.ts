import { type AudioFormat, base64Bytes } from "../audio/format.ts";
import type { Framing } from "../carrier/carrier.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { CallSetup, JournalEntry, SentToLine } from "../journal/journal.ts";
import type { Said } from "../record/record.ts";
import type { Mouth, Spoken } from "../speech/speech.ts";
import type { CallEvent, Effect } from "./events.ts";
import type { Line } from "./line.ts";
import type { Policy } from "./rules.ts";

export type WitnessParts = {
  readonly journal: (entry: JournalEntry) => void;
  /** Sound is written down too. */
  readonly recordAudio: boolean;
  /** Milliseconds since the call began. */
  readonly now: () => number;
};

/** What of a line is ours to use. */
export type OutLine = Pick<Line, "framing" | "play" | "mark" | "clear">;

/** Writes into the journal whatever passes by it: enough, in this order, to let the call happen again. Changes nothing. */
export class Witness {
  readonly #parts: WitnessParts;
  #frames = 0;
  #bytes = 0;
  #history: readonly Said[] = [];

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  event({ atMs, ...happening }: CallEvent): void {
    this.#parts.journal({ atMs, in: happening });
  }

  effect(effect: Effect, atMs: number): void {
    this.#parts.journal({ atMs, out: effect.do === "start-reply" ? this.#brief(effect) : effect });
  }

  /** A frame of the caller's. On the hot path. */
  audio(payload: string): void {
    if (this.#parts.recordAudio) this.#parts.journal({ atMs: this.#parts.now(), audio: payload });
  }

  /** The line, whose commands are noted: marks and clears one by one, frames together. */
  line(line: Line): OutLine {
    return {
      framing: (format) => line.framing(format),
      play: (payload) => {
        this.#frames++;
        this.#bytes += base64Bytes(payload);
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

  /** A voice for one reply, whose sound is noted. */
  mouth(mouth: Mouth, generation: number): Mouth {
    return { speak: (texts, signal) => this.#noted(mouth.speak(texts, signal), generation) };
  }

  async *#noted(spoken: AsyncIterable<Spoken>, generation: number): AsyncGenerator<Spoken> {
    const { journal, now, recordAudio } = this.#parts;
    for await (const piece of spoken) {
      if (piece.kind === "said") journal({ atMs: now(), spoken: { generation, said: piece.index } });
      else {
        const bytes = base64Bytes(piece.payload);
        const audio = recordAudio ? { audio: piece.payload } : {};
        journal({ atMs: now(), spoken: { generation, bytes, ...audio } });
      }
      yield piece;
    }
  }

  #sent(command: SentToLine): void {
    const { journal, now } = this.#parts;
    const atMs = now();
    if (this.#frames > 0) journal({ atMs, line: { do: "played", frames: this.#frames, bytes: this.#bytes } });
    this.#frames = 0;
    this.#bytes = 0;
    journal({ atMs, line: command });
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
  const { name, greeting, phrases, limits, listensFor, voice, recipe } = agent;
  return { agent: name, greeting, phrases, limits, listensFor, voice, dialog: recipe ?? null, format, policy };
}
