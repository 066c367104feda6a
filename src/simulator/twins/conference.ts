type Manners = { readonly startsOnEnter: boolean; readonly endsOnExit: boolean };

/** A room of Twilio's where all who are in it hear each other, and who is in it. */
export class Conference {
  readonly room: string;
  started = false;
  readonly #members = new Map<string, { readonly manners: Manners; readonly leave: () => void }>();
  readonly #whenEmpty: () => void;

  constructor(room: string, whenEmpty: () => void) {
    this.room = room;
    this.#whenEmpty = whenEmpty;
  }

  /** Call ids of those in the room. */
  get participants(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Resolves when this one has left: by itself (`signal`), or since the room was ended by somebody else's leaving. */
  join(callSid: string, manners: Manners, signal: AbortSignal): Promise<void> {
    this.started ||= manners.startsOnEnter;
    return new Promise((resolve) => {
      const leave = (): void => {
        signal.removeEventListener("abort", leave);
        if (!this.#members.delete(callSid)) return;
        resolve();
        if (manners.endsOnExit) for (const other of [...this.#members.values()]) other.leave();
        if (this.#members.size === 0) this.#whenEmpty();
      };
      this.#members.set(callSid, { manners, leave });
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
