import type { AudioFormat } from "../audio/format.ts";
import type { Language, Redaction, Said, TokenUsage, Voice, WriteUp } from "../record/record.ts";

export type { TokenUsage } from "../record/record.ts";

/**
 * What an agent does in answer, in the order it does it. `text` is whole sentences or clauses, ready to be spoken. `usage`: that
 * a model was asked, and what its answer cost.
 */
export type Utterance =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hang-up" }
  | { readonly kind: "usage"; readonly usage: TokenUsage };

export interface DialogAgent {
  /**
   * Answers the last thing the caller said. `history` holds only what was really said and heard, oldest first.
   * Stops at once when `signal` aborts. Throws `ProviderError` when it cannot answer.
   */
  reply(history: readonly Said[], signal: AbortSignal): AsyncIterable<Utterance>;
}

/** Who may cut a speech short: nobody, a key, the caller's voice, or both. */
export type Interruptible = "none" | "dtmf" | "speech" | "any";

/** A call as a dialog is told of it when it joins. Numbers as the carrier wrote them; empty where unknown. */
export type CallFacts = {
  readonly id: string;
  readonly carrier: string;
  readonly carrierCallId: string;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound";
  readonly params: Readonly<Record<string, string>>;
};

/** What happens in the call, as a free dialog is told of it. */
export type DialogFact =
  /** What the caller has said so far of what they are saying: each replaces the one before. */
  | { readonly kind: "partial"; readonly text: string; readonly language?: string }
  /** The caller's words count. */
  | { readonly kind: "words"; readonly text: string; readonly language?: string }
  | { readonly kind: "key"; readonly digit: string }
  /**
   * The caller cut the agent short. `heard`: what they had heard by then of what was being said, within a sentence by our
   * reckoning; `afterMs`: how long they had been hearing it. What else was waiting to be said is dropped.
   */
  | { readonly kind: "interrupted"; readonly heard: string; readonly afterMs: number }
  /** Somebody at the controls says something to the dialog. */
  | { readonly kind: "message"; readonly text: string };

/** What a free dialog does, when it likes. All are plain data: they go into the journal. */
export type DialogNews =
  /** It begins to say something, to be had by its number: `words` by `speech`, a `sound` by `sound`. Said in this order. */
  | {
      readonly kind: "dialog-speaks";
      readonly speech: number;
      readonly of: "words" | "sound";
      readonly interruptible: Interruptible;
      /** What it says next may replace this. */
      readonly preemptible: boolean;
    }
  | { readonly kind: "dialog-digits"; readonly digits: string }
  /** From the next speech on. */
  | { readonly kind: "dialog-language"; readonly speaks?: Language; readonly listensFor?: Language | "unknown" }
  /** The call ends once what it has begun to say is said. */
  | { readonly kind: "dialog-ends"; readonly handoffData?: string }
  /** It cannot be reached for the moment: the caller is asked for patience. */
  | { readonly kind: "dialog-away"; readonly why: string }
  | { readonly kind: "dialog-note"; readonly note: string }
  /** It is gone for good. */
  | { readonly kind: "dialog-failed"; readonly message: string };

/** A dialog that has joined a call: told what happens in it, it speaks when it likes. Everything ends when its signal aborts. */
export interface FreeDialog {
  /** Must not block and must not throw. */
  tell(fact: DialogFact): void;
  /** What it says under this number, as it comes. Throws `ProviderError` when it breaks off. Asked for once at most. */
  speech(speech: number, signal: AbortSignal): AsyncIterable<Utterance>;
  /** The sound of this number: base64 in `format`, in pieces of any length. */
  sound(speech: number, format: AudioFormat, signal: AbortSignal): AsyncIterable<string>;
}

/** Somebody else's application as an agent's dialog. `tell` is only called after `join` has returned. */
export interface FreeAgent {
  join(call: CallFacts, tell: (news: DialogNews) => void, signal: AbortSignal): FreeDialog;
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
  /** A free dialog cannot be reached for the moment. */
  readonly oneMoment: string;
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
  readonly dialog: DialogAgent | FreeAgent;
  /** What the dialog was made of, as in the agents file: plain data, for the journal. */
  readonly recipe?: unknown;
  readonly phrases: Phrases;
  /** `silenceMs` 0: silence is left to the dialog. */
  readonly limits: { readonly maxDurationMs: number; readonly silenceMs: number };
  /** Where the customer is told of its calls. */
  readonly webhookUrl?: string;
  /** What is written up of its calls. */
  readonly afterCall?: WriteUp;
  /** What must not be read in what is written down of its calls. */
  readonly redact?: Redaction;
  /** Who may cut the greeting short; anybody unless it says otherwise. */
  readonly greetingInterruptible?: Interruptible;
  /** What a free dialog is told of a caller who may not cut in; nothing unless it says otherwise. */
  readonly toldWhileSpeaking?: Interruptible;
  /** Asked what becomes of the caller after the conversation. */
  readonly actionUrl?: string;
  /** Present where the agent calls somebody, and not they us. */
  readonly outbound?: Outbound;
};

/** How an agent begins a call of its own. */
export type Outbound = {
  /** How long whoever takes the call may take to say hello before the agent speaks unasked. */
  readonly helloMs: number;
  /** What an answering machine is told; without it, nothing: the call ends. */
  readonly message?: string;
};

/** An agent as somebody wants it for one call. What is absent is as the agent `base` has it, or as usual. */
export type Wish = {
  /** The name of an agent of the agents file. */
  readonly base?: string | undefined;
  readonly systemPrompt?: string | undefined;
  /** Empty: the agent waits for the caller. */
  readonly greeting?: string | undefined;
  readonly speaker?: string | undefined;
  readonly language?: Language | undefined;
  readonly model?: string | undefined;
  readonly maxDurationSeconds?: number | undefined;
  /** What stands for `{{name}}` in prompt and greeting. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
};

export type WishComplaint = { readonly field: keyof Wish; readonly message: string };

export type Composition =
  /** `script` and `model`: of an agent that thinks with a model. */
  | { readonly kind: "composed"; readonly agent: AgentProfile; readonly script?: Script; readonly model?: string }
  | { readonly kind: "impossible"; readonly complaints: readonly WishComplaint[] }
  /** There is such a model, but not now: `status` says why. */
  | { readonly kind: "unavailable"; readonly model: string; readonly status: string };

/** The prompt of an agent made for one call. Whoever holds it may change it: that counts from the next answer on. */
export interface Script {
  /** Variables are added to those there are. Where anything is wrong, nothing changes. */
  change(wish: Pick<Wish, "systemPrompt" | "variables">): readonly WishComplaint[];
}

/** What a dialog is made of, as far as anybody may see it who may read what calls say. */
export type DialogCard =
  | { readonly kind: "rules"; readonly rules: number }
  | { readonly kind: "echo" }
  /** `model`: absent where the usual one thinks. */
  | { readonly kind: "chat"; readonly prompt: string; readonly model?: string }
  /** `host`: of somebody else's application. */
  | { readonly kind: "relay"; readonly host: string };

/** An agent of the agents file, without anything that would let somebody in somewhere. */
export type AgentCard = Pick<
  AgentProfile,
  "name" | "greeting" | "language" | "listensFor" | "voice" | "limits" | "redact"
> & {
  /** Dialled numbers that it answers, as they are written. */
  readonly numbers: readonly string[];
  readonly dialog: DialogCard;
  /** Who can speak for it with its voice's model; none where that is not known. */
  readonly speakers: readonly string[];
  /** It answers all numbers that are nobody else's. */
  readonly isDefault: boolean;
};

export interface Agents {
  /** The agent for a dialled number; the default agent where none is named for it. Formats of numbers do not matter. */
  forNumber(dialled: string): AgentProfile;
  /** The agent of this name in the agents file, or the default one if it is called so. */
  named(name: string): AgentProfile | undefined;
  /** Everybody in the agents file, or the built-in agent; the default one is among them. */
  all(): readonly AgentCard[];
  /** An agent made for one call. */
  compose(wish: Wish): Composition;
  /** What is wrong with a voice, in plain words, by those who will speak with it. */
  voiceComplaints(voice: Voice): readonly string[];
}
