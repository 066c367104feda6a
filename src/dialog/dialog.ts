import type { Language, Said, Voice } from "../record/record.ts";

/** What an agent does in answer, in the order it does it. `text` is whole sentences or clauses, ready to be spoken. */
export type Utterance = { readonly kind: "text"; readonly text: string } | { readonly kind: "hang-up" };

export interface DialogAgent {
  /**
   * Answers the last thing the caller said. `history` holds only what was really said and heard, oldest first.
   * Stops at once when `signal` aborts. Throws `ProviderError` when it cannot answer.
   */
  reply(history: readonly Said[], signal: AbortSignal): AsyncIterable<Utterance>;
}

/** What an agent says without asking its dialog, in its language. */
export type Phrases = {
  /** Asked after silence, one after the other; when they are used up, `goodbye`. */
  readonly stillThere: readonly string[];
  readonly goodbye: string;
  /** The longest duration is reached. */
  readonly tooLong: string;
  /** The dialog failed once; asks the caller to say it again. */
  readonly sayAgain: string;
};

/** Everything a call must know about who answers it. */
export type AgentProfile = {
  readonly name: string;
  /** Said first; empty when the agent waits for the caller. */
  readonly greeting: string;
  readonly language: Language;
  /** What the ear listens for: the language, or `unknown` to detect it. */
  readonly listensFor: Language | "unknown";
  readonly voice: Voice;
  readonly dialog: DialogAgent;
  /** What the dialog was made of, as in the agents file: plain data, for the journal. */
  readonly recipe?: unknown;
  readonly phrases: Phrases;
  readonly limits: { readonly maxDurationMs: number; readonly silenceMs: number };
  /** Where the customer is told of its calls. */
  readonly webhookUrl?: string;
};

export interface Agents {
  /** The agent for a dialled number; the default agent where none is named for it. Formats of numbers do not matter. */
  forNumber(dialled: string): AgentProfile;
}
