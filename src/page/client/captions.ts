import type { Told } from "./messages.ts";
import type { Report } from "./report.ts";
import type { Line } from "./session.ts";
import { uiEventOf } from "./ui-events.ts";

type Shown = Extract<Told, { event: "transcript" | "state" | "event" }>;

/** What the gateway tells of the conversation beside its sound. */
export class Captions {
  /** All that was said and is final. */
  readonly transcript: Line[] = [];
  /** The gateway has said that it is over. */
  ended = false;
  readonly #report: Report;
  readonly #chat: boolean;
  #thinking = false;

  constructor(report: Report, chat: boolean) {
    this.#report = report;
    this.#chat = chat;
  }

  show(told: Shown): void {
    switch (told.event) {
      case "transcript":
        return this.#write(told);
      case "state":
        return this.#stands(told.state);
      case "event":
        return this.#report.tell("eventCallback", uiEventOf(told.name, told.data));
      default:
        return told satisfies never;
    }
  }

  /** Whatever it was thinking about, it does so no more. */
  thought(): void {
    if (!this.#thinking) return;
    this.#thinking = false;
    this.#report.tell("eventCallback", { type: "thinking_completed" });
  }

  #write({ who, text, final }: Extract<Told, { event: "transcript" }>): void {
    const role = who === "user" ? "user" : "bot";
    if (final) this.transcript.push({ role, content: text });
    this.#report.tell("transcriptCallback", { role, content: text, final });
    if (this.#chat && role === "bot") this.#report.tell("textCallback", { text, final });
  }

  #stands(state: Extract<Told, { event: "state" }>["state"]): void {
    if (state !== "thinking") this.thought();
    else if (!this.#thinking) {
      this.#thinking = true;
      this.#report.tell("eventCallback", { type: "thinking_started" });
    }
    if (state === "ended") this.ended = true;
    else this.#report.move(state === "speaking" ? "speaks" : "listens");
  }
}
