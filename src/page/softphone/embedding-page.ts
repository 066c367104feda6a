import type { Clock } from "../client/ports.ts";
import type { FromFrame, SoftphoneState, ToFrame } from "./embed-protocol.ts";
import type { Pass } from "./line.ts";

export type Surroundings = {
  readonly parent: Pick<Window, "postMessage">;
  addEventListener(type: "message", hear: (event: Said) => void): void;
};

type Said = Pick<MessageEvent<unknown>, "data" | "origin" | "source">;

/** A page asks its own server, which asks the gateway. */
const PATIENCE_MS = 15_000;

/**
 * The page that shows the softphone in a frame: there the softphone has no login of its own, and asks it for tokens. `FRAME_ANCESTORS`
 * says whose pages may; of those only the frame's parent is heard, and only the origin that answered first.
 */
export class EmbeddingPage {
  readonly #parent: Pick<Window, "postMessage">;
  readonly #clock: Clock;
  readonly #asked = new Map<number, (answer: ToFrame) => void>();
  #origin: string | undefined;
  #questions = 0;

  constructor(surroundings: Surroundings, clock: Clock) {
    this.#parent = surroundings.parent;
    this.#clock = clock;
    surroundings.addEventListener("message", (said) => this.#hear(said));
  }

  /** Rejects where the page refuses, or says nothing. */
  async fetchPass(): Promise<Pass> {
    this.#questions += 1;
    const id = this.#questions;
    const answer = await new Promise<ToFrame | undefined>((resolve) => {
      const giveUp = this.#clock.after(PATIENCE_MS, () => resolve(undefined));
      this.#asked.set(id, (said) => {
        giveUp();
        resolve(said);
      });
      // Whose page it is, is known once it has answered; the question is no secret.
      this.#post({ type: "durvani:token-wanted", id }, this.#origin ?? "*");
    });
    this.#asked.delete(id);
    if (answer === undefined) throw new Error("the page around the softphone does not answer. Does it run embed.js?");
    if (answer.type === "durvani:no-token") throw new Error(answer.why);
    return typeof answer.pass === "string" ? { token: answer.pass } : answer.pass;
  }

  /** To nobody but who has given a token. */
  tell(state: SoftphoneState): void {
    if (this.#origin !== undefined) this.#post({ type: "durvani:state", ...state }, this.#origin);
  }

  #hear({ data, origin, source }: Said): void {
    if (source !== this.#parent || (this.#origin !== undefined && origin !== this.#origin)) return;
    const answer = answerOf(data);
    const resolve = answer && this.#asked.get(answer.id);
    if (!resolve) return;
    this.#origin = origin;
    resolve(answer);
  }

  #post(message: FromFrame, origin: string): void {
    this.#parent.postMessage(message, origin);
  }
}

function answerOf(data: unknown): ToFrame | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { type, id, pass, why } = data as Readonly<Record<string, unknown>>;
  if (typeof id !== "number") return undefined;
  if (type === "durvani:no-token") return { type, id, why: typeof why === "string" ? why : "no token was given" };
  const given = type === "durvani:token" ? passOf(pass) : undefined;
  return given && { type: "durvani:token", id, pass: given };
}

/** Pages are written by people: what has no token in it is no answer. */
function passOf(given: unknown): Pass | undefined {
  if (typeof given === "string") return { token: given };
  if (typeof given !== "object" || given === null) return undefined;
  const { token, signalling, edge } = given as Readonly<Record<string, unknown>>;
  if (typeof token !== "string") return undefined;
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return { token, signalling: text(signalling), edge: text(edge) };
}
