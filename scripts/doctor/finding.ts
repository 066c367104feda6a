/** What one look found. `found` names the fault or the fact, `todo` what to do about it. `details`: what was seen on the way. */
export type Finding = {
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly found: string;
  readonly todo?: string;
  readonly details?: readonly string[];
};

/** Where a check says what it finds. */
export interface Tell {
  ok(found: string): void;
  /** Calls will work, or may not be wanted: a person should look. */
  warn(found: string, todo: string): void;
  /** Calls will fail. */
  fail(found: string, todo: string): void;
  /** Something seen while the check goes on; it belongs to the next finding. */
  live(line: string): void;
}

export type Listener = { finding(finding: Finding): void; live(line: string): void };

/** Remembers every finding and tells it at once. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Runs one check. One that breaks off is itself a fault; the others go on. */
  async check<T>(name: string, run: (tell: Tell) => Promise<T> | T): Promise<T | undefined> {
    const tell = this.#tellOf(name);
    try {
      return await run(tell);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      tell.fail(`this could not be checked: ${why}`, "That is a mistake of the doctor's own: please report it.");
      return undefined;
    }
  }

  get healthy(): boolean {
    return this.all.every(({ level }) => level !== "fail");
  }

  #tellOf(check: string): Tell {
    let details: string[] = [];
    const add = (finding: Finding): void => {
      const whole = details.length > 0 ? { ...finding, details } : finding;
      details = [];
      this.all.push(whole);
      this.#listener.finding(whole);
    };
    return {
      ok: (found) => add({ check, level: "ok", found }),
      warn: (found, todo) => add({ check, level: "warn", found, todo }),
      fail: (found, todo) => add({ check, level: "fail", found, todo }),
      live: (line) => {
        details.push(line);
        this.#listener.live(line);
      },
    };
  }
}
