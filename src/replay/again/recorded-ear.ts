import type { HeardEvent } from "../../call/call.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Ear, Heard, SpeechToText } from "../../speech/speech.ts";

/** An ear that hears what it is told it heard, and nothing of the sound it is given. */
export class RecordedEar implements SpeechToText {
  #heard = new Mailbox<Heard>();

  listen(): Ear {
    this.#heard = new Mailbox();
    const heard = this.#heard;
    return { hear: () => {}, [Symbol.asyncIterator]: () => heard[Symbol.asyncIterator]() };
  }

  tell(event: HeardEvent): void {
    if (event.kind !== "ear-failed") this.#heard.put(event);
    else this.#heard.put({ kind: "ear-failed", error: new ProviderError("recorded", event.message, false) });
  }
}
