import type { AudioFormat } from "../audio/format.ts";
import type { AgentProfile, CallFacts, DialogAgent, DialogFact, FreeDialog, TokenUsage } from "../dialog/dialog.ts";
import type { Clock } from "../kit/clock.ts";
import type { Spoken } from "../speech/speech.ts";
import type { Happening, ReplyNews, ReplySource } from "./events.ts";
import { Playout } from "./playout.ts";
import { type Apology, reply } from "./reply.ts";
import { markName } from "./turn.ts";
import type { Voicebox } from "./voicebox.ts";
import type { OutLine, Witness } from "./witness.ts";

export type SpeakerParts = {
  readonly clock: Clock;
  readonly dialog: AgentProfile["dialog"];
  readonly facts: CallFacts | undefined;
  readonly voicebox: Voicebox;
  readonly witness: Witness;
  readonly apology: (format: AudioFormat) => Apology;
  readonly leadMs: number;
  readonly put: (happening: Happening) => void;
  readonly spend: (usage: TokenUsage) => void;
};

/** The agent as the caller hears it: what is said is started and stopped here, one thing at a time. */
export class Speaker {
  readonly #parts: SpeakerParts;
  readonly #signal: AbortSignal;
  #line: OutLine | undefined;
  #playout: Playout | undefined;
  #joined: FreeDialog | undefined;
  #reply: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(parts: SpeakerParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** The line is up, and carries this. */
  connect(line: OutLine, format: AudioFormat): void {
    this.#line = line;
    this.#playout = new Playout(this.#parts.clock, line, format, this.#parts.leadMs);
  }

  join(): void {
    const { dialog, facts, put } = this.#parts;
    if (!("join" in dialog)) throw new Error("this dialog joins no calls");
    if (!facts) throw new Error("a dialog cannot join a call that nothing is known of");
    this.#joined = dialog.join(facts, put, this.#signal);
  }

  tell(fact: DialogFact): void {
    this.#joined?.tell(fact);
  }

  start(generation: number, source: ReplySource): void {
    const { voicebox, witness, apology, put, spend } = this.#parts;
    const line = this.#line;
    if (!line || !this.#playout) throw new Error("a reply before the line has started");
    const { format, mouth } = voicebox;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const parts = {
      mouth: witness.mouth(mouth, generation),
      dialog: this.#dialog,
      format,
      noted: (spoken: AsyncIterable<Spoken>) => witness.noted(spoken, generation),
      playout: this.#playout,
      framing: line.framing(format),
      apology: () => apology(format),
      mark: (piece: number) => line.mark(markName(generation, piece)),
      tell: (event: ReplyNews) => {
        if (!signal.aborted) put({ ...event, generation });
      },
      spend,
    };
    this.#reply = { stop, done: reply(parts, source, signal) };
  }

  /** In this order: the reply is dead, then the line is cleared, then anything new may begin. */
  async stop(): Promise<void> {
    this.#reply?.stop.abort(new Error("the reply was stopped"));
    await this.#reply?.done; // well under a millisecond: nothing in it waits without the signal
    this.#reply = undefined;
    this.#playout?.clear();
  }

  /** Resolves when nothing is being said any more. */
  async silence(): Promise<void> {
    await this.#reply?.done;
  }

  get #dialog(): DialogAgent | FreeDialog {
    const { dialog } = this.#parts;
    if ("reply" in dialog) return dialog;
    if (!this.#joined) throw new Error("a reply before the dialog has joined");
    return this.#joined;
  }
}
