import type { Clock } from "../../kit/clock.ts";
import { isOver, type TwilioStatus } from "./twilio-rest-wire.ts";
import type { twilioWebhooks } from "./twilio-webhooks.ts";

type Webhooks = ReturnType<typeof twilioWebhooks>;

/** Where status callbacks go, and for which of `initiated`, `ringing`, `answered`, `completed`. */
export type WantedCallbacks = { readonly url: string; readonly method: string; readonly events: readonly string[] };

type Told = { readonly clock: Clock; readonly durationS: number | undefined; readonly answeredBy: string | undefined };

/** A call's status callbacks: one after the other, numbered, those that were asked for. */
export class StatusCallbacks {
  readonly #webhooks: Webhooks;
  readonly #wanted: WantedCallbacks | undefined;
  #told: Promise<unknown> = Promise.resolve();
  #sequence = 0;

  constructor(webhooks: Webhooks, wanted: WantedCallbacks | undefined) {
    this.#webhooks = webhooks;
    this.#wanted = wanted;
  }

  /** Resolves when all were told, or could not be. */
  get done(): Promise<unknown> {
    return this.#told;
  }

  tell(status: TwilioStatus, call: Told): void {
    const wanted = this.#wanted;
    const event = isOver(status) ? "completed" : status === "in-progress" ? "answered" : status;
    if (!wanted?.events.includes(event)) return;
    const fields = {
      ...this.#webhooks.about(status),
      Timestamp: new Date(call.clock.wall()).toUTCString(),
      SequenceNumber: String(this.#sequence),
      CallbackSource: "call-progress-events",
      ...(event === "completed" && ended(call)),
    };
    this.#sequence += 1;
    this.#told = this.#told.then(() => this.#webhooks.send(wanted.url, wanted.method, fields));
  }
}

const ended = ({ durationS = 0, answeredBy }: Told) => ({
  CallDuration: String(durationS),
  Duration: String(Math.ceil(durationS / 60)),
  ...(answeredBy !== undefined && { AnsweredBy: answeredBy }),
});
