import type { AudioFormat } from "../audio/format.ts";
import type { ProviderError } from "../kit/provider-error.ts";
import type { Voice } from "../record/record.ts";

/**
 * What the ear makes of the caller. `utterance` counts up through the whole call, over reconnects too. Nothing may depend on
 * the order of `final` and `speech-ended`; finals may be repeated, late or empty. A `partial` replaces the one before.
 */
export type Heard =
  | { readonly kind: "speech-started"; readonly utterance: number }
  | { readonly kind: "partial"; readonly utterance: number; readonly text: string }
  | { readonly kind: "final"; readonly utterance: number; readonly text: string; readonly language?: string }
  | { readonly kind: "speech-ended"; readonly utterance: number }
  /** Something worth telling afterwards that needs no decision: reconnected, fell back to the other socket. */
  | { readonly kind: "ear-note"; readonly note: string }
  /** The ear cannot hear any more and will not try again. The last event. */
  | { readonly kind: "ear-failed"; readonly error: ProviderError };

export interface SpeechToText {
  /**
   * One ear per call; its socket opens at once. Audio given before it is open is kept (up to 5 s) and sent when it is.
   * `language` is a BCP 47 tag or `unknown`. Everything is closed when `signal` aborts.
   */
  listen(options: { readonly format: AudioFormat; readonly language: string }, signal: AbortSignal): Ear;
}

export interface Ear extends AsyncIterable<Heard> {
  /** `payload`: base64 in the line's format, passed on as it is. Never blocks, never throws. */
  hear(payload: string): void;
}

export type Spoken =
  /** Base64 in the line's format; any length. */
  | { readonly kind: "audio"; readonly payload: string }
  /** All audio of the text given `index`-th (from 0) to this `speak` has been yielded. */
  | { readonly kind: "said"; readonly index: number };

export interface TextToSpeech {
  /** One mouth per call: a connected, configured socket and a warm spare. Everything is closed when `signal` aborts. */
  open(options: { readonly format: AudioFormat; readonly voice: Voice }, signal: AbortSignal): Mouth;
}

export interface Mouth {
  /**
   * Speaks each text as it comes, and yields its audio, then `said`, in order. Aborting `signal` discards what is in flight
   * at once. Throws `ProviderError` when the provider cannot speak. One at a time.
   */
  speak(texts: AsyncIterable<string>, signal: AbortSignal): AsyncIterable<Spoken>;
}
