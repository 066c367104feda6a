import type { AudioFormat } from "../audio/format.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import { abortable } from "../kit/abortable.ts";
import type { Log } from "../kit/log.ts";
import type { Voice } from "../record/record.ts";
import type { Ear, Mouth, SpeechToText, TextToSpeech } from "../speech/speech.ts";
import type { HeardEvent, Tuning } from "./events.ts";

export type VoiceboxParts = {
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agent: Pick<AgentProfile, "listensFor" | "voice">;
  readonly log: Log;
};

/** A voice, once it is changed like this. */
export const voiceAfter = (voice: Voice, { speaks, speaker }: Tuning): Voice => ({
  ...voice,
  ...(speaks && { language: speaks }),
  ...(speaker !== undefined && { speaker }),
});

type Open<T> = { readonly it: T; close(): void };

/**
 * An ear and a mouth, opened at once, in the format of a line. What the ear finds is told until `signal` aborts; an ear that
 * breaks is told as one that failed. A new one takes the old one's place when the format or the language changes.
 */
export class Voicebox {
  readonly #parts: VoiceboxParts;
  readonly #signal: AbortSignal;
  readonly #tell: (event: HeardEvent) => void;
  #format: AudioFormat;
  #agent: VoiceboxParts["agent"];
  #ear: Open<Ear>;
  #mouth: Open<Mouth>;
  /** How many utterances earlier ears have found. */
  #before = 0;
  #found = 0;
  /** The utterance whose end the ear has not told yet. */
  #speaking: number | undefined;

  constructor(parts: VoiceboxParts, format: AudioFormat, signal: AbortSignal, tell: (event: HeardEvent) => void) {
    this.#parts = parts;
    this.#signal = signal;
    this.#tell = tell;
    this.#format = format;
    this.#agent = parts.agent;
    this.#ear = this.#openEar();
    this.#mouth = this.#openMouth();
  }

  get format(): AudioFormat {
    return this.#format;
  }

  get ear(): Ear {
    return this.#ear.it;
  }

  get mouth(): Mouth {
    return this.#mouth.it;
  }

  /** The line turned out to carry something else. */
  reopen(format: AudioFormat): void {
    this.#format = format;
    this.#replaceEar();
    this.#replaceMouth();
  }

  /** Not while something is being said. Where the ear must change, what the caller is saying at this moment ends here. */
  retune({ speaks, speaker, listensFor }: Tuning): void {
    const { voice, listensFor: before } = this.#agent;
    const next = voiceAfter(voice, { ...(speaks && { speaks }), ...(speaker !== undefined && { speaker }) });
    this.#agent = { voice: next, listensFor: listensFor ?? before };
    if (next.language !== voice.language || next.speaker !== voice.speaker) this.#replaceMouth();
    if (this.#agent.listensFor !== before) this.#replaceEar();
  }

  #replaceEar(): void {
    this.#ear.close();
    // The new ear knows nothing of it, and nobody else would tell.
    if (this.#speaking !== undefined) this.#tell({ kind: "speech-ended", utterance: this.#speaking });
    this.#speaking = undefined;
    this.#before = this.#found;
    this.#ear = this.#openEar();
  }

  #replaceMouth(): void {
    this.#mouth.close();
    this.#mouth = this.#openMouth();
  }

  #openEar(): Open<Ear> {
    const { stop, signal } = this.#life();
    const ear = this.#parts.stt.listen({ format: this.#format, language: this.#agent.listensFor }, signal);
    this.#listen(ear, signal).catch((error: unknown) => {
      if (signal.aborted) return; // that is how listening ends
      this.#parts.log.error({ err: error }, "the ear broke");
      this.#tell({ kind: "ear-failed", message: "the ear broke" });
    });
    return { it: ear, close: stop };
  }

  #openMouth(): Open<Mouth> {
    const { stop, signal } = this.#life();
    return { it: this.#parts.tts.open({ format: this.#format, voice: this.#agent.voice }, signal), close: stop };
  }

  #life(): { readonly stop: () => void; readonly signal: AbortSignal } {
    const end = new AbortController();
    const stop = (): void => end.abort(new Error("the voicebox was retuned"));
    return { stop, signal: AbortSignal.any([this.#signal, end.signal]) };
  }

  async #listen(ear: Ear, signal: AbortSignal): Promise<void> {
    for await (const heard of abortable(ear, signal)) {
      // Events are data: they are written to the journal, so an error goes in as its message.
      if (heard.kind === "ear-failed") this.#tell({ kind: "ear-failed", message: heard.error.message });
      else if (heard.kind === "ear-note") this.#tell(heard);
      else {
        const utterance = this.#before + heard.utterance;
        this.#found = Math.max(this.#found, utterance + 1);
        if (heard.kind === "speech-started" || heard.kind === "partial") this.#speaking = utterance;
        else if (utterance === this.#speaking) this.#speaking = undefined;
        this.#tell({ ...heard, utterance });
      }
    }
  }
}
