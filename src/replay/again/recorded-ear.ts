import type { HeardEvent } from "../../call/call.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Ear, Heard, SpeechToText } from "../../speech/speech.ts";

/**
 * An ear that hears what it is told it heard, and nothing of the sound it is given. The recording counts utterances through the
 * call; each ear that is opened in it counts its own.
 */
export class RecordedEar implements SpeechToText {
  #heard = new Mailbox<Heard>();
  #before = 0;
  #found = 0;

  listen(): Ear {
    this.#heard = new Mailbox();
    this.#before = this.#found;
    const heard = this.#heard;
    return { hear: () => {}, [Symbol.asyncIterator]: () => heard[Symbol.asyncIterator]() };
  }

  tell(event: HeardEvent): void {
    if (event.kind === "ear-failed")
      return this.#heard.put({ kind: "ear-failed", error: new ProviderError("recorded", event.message, false) });
    if (event.kind === "ear-note") return this.#heard.put(event);
    this.#found = Math.max(this.#found, event.utterance + 1);
    this.#heard.put({ ...event, utterance: event.utterance - this.#before });
  }
}
