import type { AudioFormat } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { Meter } from "../../kit/meter.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Language } from "../../record/record.ts";
import type { CallFacts, DialogFact, DialogNews, FreeDialog, Interruptible, Utterance } from "../dialog.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import { ANY_LANGUAGE, readTag } from "./languages.ts";
import {
  type Incoming,
  type LanguageMessage,
  type Outgoing,
  readMessage,
  setup,
  type TextMessage,
} from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { fetchSound, repeated } from "./sound.ts";
import { Talk } from "./talk.ts";

/** An application that is this far ahead of the caller's ear does not stop by itself. */
const WAITING_BYTES = 1024 * 1024;

export type SessionSettings = {
  readonly id: string;
  readonly accountSid: string;
  readonly partialPrompts: boolean;
  readonly dtmfDetection: boolean;
  readonly interruptible: Interruptible;
  readonly preemptible: boolean;
  readonly customParameters: Readonly<Record<string, string>>;
  /** What the agent speaks to begin with. */
  readonly language: Language;
  /** What it may change to. */
  readonly languages: readonly Language[];
};

export type SessionParts = Omit<ConnectionParts, "url" | "headers"> & {
  readonly rules: Parameters<typeof fetchSound>[0]["rules"];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/** A call, in the words of an application written for ConversationRelay. */
export class RelaySession implements FreeDialog {
  readonly #call: CallFacts;
  readonly #settings: SessionSettings;
  readonly #parts: SessionParts;
  readonly #tellCall: (news: DialogNews) => void;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #talk: Talk;
  #listensFor: Language;
  /** Tags that something else stands in for: many applications name one with every token. */
  readonly #replaced = new Set<string>();
  #over = false;

  constructor(
    call: CallFacts,
    address: Pick<ConnectionParts, "url" | "headers">,
    settings: SessionSettings,
    parts: SessionParts,
    tell: (news: DialogNews) => void,
  ) {
    this.#call = call;
    this.#settings = settings;
    this.#parts = parts;
    this.#tellCall = tell;
    this.#listensFor = settings.language;
    this.#talk = new Talk(parts.clock, settings, settings.language, (news) => this.#news(news));
    this.#connection = new Connection(
      { ...parts, ...address },
      {
        onOpen: (again) => this.#opened(again),
        onText: (text) => this.#read(text),
        onAway: (why) => this.#away(why),
        onDone: () => this.#end({ kind: "dialog-ends" }),
        onFailed: (why) => this.#fail(`the application cannot be reached: ${why}`),
      },
    );
    this.#outbox = new Outbox(parts.clock, parts.meter, this.#connection);
  }

  tell(fact: DialogFact): void {
    if (this.#over) return;
    switch (fact.kind) {
      case "partial":
        if (this.#settings.partialPrompts) this.#outbox.say(this.#prompt(fact.text, fact.language, false));
        return;
      case "words":
        return this.#outbox.say(this.#prompt(fact.text, fact.language, true));
      case "message":
        // The protocol knows nobody but the caller.
        return this.#outbox.say(this.#prompt(fact.text, undefined, true));
      case "key":
        if (this.#settings.dtmfDetection) this.#outbox.say({ type: "dtmf", digit: fact.digit });
        return;
      case "interrupted":
        this.#talk.breakOff();
        return this.#outbox.say({
          type: "interrupt",
          utteranceUntilInterrupt: fact.heard,
          durationUntilInterruptMs: String(Math.round(fact.afterMs)),
        });
      default:
        return fact satisfies never;
    }
  }

  speech(speech: number, signal: AbortSignal): AsyncIterable<Utterance> {
    return this.#talk.speech(speech, signal);
  }

  async *sound(speech: number, format: AudioFormat, signal: AbortSignal): AsyncGenerator<string> {
    const play = this.#talk.sound(speech);
    if (!play) return;
    try {
      const sound = await fetchSound(this.#parts, play.source, format, signal);
      for (const piece of repeated(sound, play.loop ?? 1, format)) {
        signal.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError)) throw error;
      this.#parts.meter.count("relay_sounds_skipped_total");
      this.#news({ kind: "dialog-note", note: `a sound was skipped: ${error.message}` });
    }
  }

  /** The call is over. */
  close(): void {
    this.#finish();
    this.#talk.drop();
  }

  #prompt(voicePrompt: string, language: string | undefined, last: boolean): Outgoing {
    return { type: "prompt", voicePrompt, lang: language ?? this.#listensFor, last };
  }

  #opened(again: boolean): void {
    const { id, accountSid, customParameters } = this.#settings;
    const parameters = { ...this.#call.params, ...customParameters, ...(again && { reconnect: "1" }) };
    if (again) this.#parts.meter.count("relay_reconnects_total");
    this.#outbox.begin(setup(this.#call, { id, accountSid, parameters }));
  }

  #away(why: string): void {
    this.#talk.closeCycle();
    this.#parts.log.warn({ callId: this.#call.id, why }, "the application of a call is away");
    this.#news({ kind: "dialog-away", why });
  }

  #read(text: string): void {
    const message = readMessage(text);
    this.#parts.meter.count("relay_messages_total", { direction: "in", type: message.type });
    if (message.type === "invalid") return this.#refuse(message.why);
    this.#heed(message);
    if (this.#talk.waitingBytes > WAITING_BYTES) this.#fail("the application says more than can be kept waiting");
  }

  #heed(message: Incoming): void {
    switch (message.type) {
      case "text":
        this.#outbox.answered();
        return this.#text(message);
      case "play":
        this.#outbox.answered();
        return this.#talk.play(message);
      case "sendDigits":
        return this.#news({ kind: "dialog-digits", digits: message.digits });
      case "language":
        return this.#change(message);
      case "end": {
        const { handoffData } = message;
        return this.#end({ kind: "dialog-ends", ...(typeof handoffData === "string" && { handoffData }) });
      }
      default:
        return message satisfies never;
    }
  }

  #text(message: TextMessage): void {
    const language = message.lang ? this.#declared(message.lang) : undefined;
    if (language !== "undeclared") this.#talk.text(message, language);
  }

  #change({ ttsLanguage, transcriptionLanguage }: LanguageMessage): void {
    const speaks = ttsLanguage ? this.#declared(ttsLanguage) : undefined;
    if (speaks === "undeclared") return;
    const detects = transcriptionLanguage === ANY_LANGUAGE;
    const listensFor = transcriptionLanguage && !detects ? this.#declared(transcriptionLanguage) : undefined;
    if (listensFor === "undeclared") return;
    if (speaks) this.#talk.speak(speaks);
    if (listensFor) this.#listensFor = listensFor;
    if (listensFor || detects) this.#news({ kind: "dialog-language", listensFor: listensFor ?? "unknown" });
  }

  /** What a tag stands for. One that was not declared ends the session. */
  #declared(tag: string): Language | "undeclared" {
    const read = readTag(tag);
    if (!read || !this.#settings.languages.includes(read.language)) {
      this.#refuse(`names a language that was not declared: ${tag.slice(0, 35)}`);
      return "undeclared";
    }
    if (read.instead && !this.#replaced.has(tag)) {
      this.#replaced.add(tag);
      this.#news({ kind: "dialog-note", note: `${read.language} stands in for ${tag.slice(0, 35)}` });
    }
    return read.language;
  }

  /** Nothing that is not understood may be passed over: the application would wait for what never happens. */
  #refuse(why: string): void {
    this.#outbox.say({ type: "error", description: `Invalid message received (64107): it ${why}` });
    this.#fail(`the application sent a message that ${why}`);
  }

  /** What it has begun to say is said to its end. */
  #end(news: DialogNews): void {
    this.#finish();
    this.#tellCall(news);
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#finish();
    this.#parts.meter.count("relay_failures_total");
    this.#parts.log.warn({ callId: this.#call.id, why: message }, "the application of a call failed");
    this.#tellCall({ kind: "dialog-failed", message });
  }

  #finish(): void {
    this.#over = true;
    this.#talk.closeCycle();
    this.#connection.close();
  }

  #news(news: DialogNews): void {
    if (!this.#over) this.#tellCall(news);
  }
}
