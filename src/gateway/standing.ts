import type { Caption } from "../call/call.ts";
import type { Turn } from "../record/record.ts";
import type { CallSummary } from "../store/store.ts";

type Said = Omit<Extract<Caption, { kind: "transcript" }>, "kind">;

/** How a call that is up stands, as far as somebody must know who comes in the middle of it. */
export class Standing {
  #call: CallSummary;
  #turn: Turn | undefined;
  /** Shown since the last turn began. */
  #said: readonly Said[] = [];
  #state: string | undefined;

  constructor(call: CallSummary) {
    this.#call = call;
  }

  get call(): CallSummary {
    return this.#call;
  }

  /** ms since 1970 */
  answered(at: number): void {
    this.#call = { ...this.#call, answeredAt: at };
  }

  turned(turn: Turn): void {
    if (turn.seq !== this.#turn?.seq) this.#said = [];
    this.#turn = turn;
  }

  shown(caption: Caption): void {
    if (caption.kind === "state") {
      this.#state = caption.state;
      return;
    }
    const { kind: _, ...said } = caption;
    this.#said = [...this.#said.filter(({ who, final }) => final || who !== said.who), said];
  }

  /** The events that tell it, in the order in which they would have been told. */
  now(): readonly (readonly [event: string, data: object])[] {
    return [
      ...(this.#turn ? [["turn", { turn: this.#turn }] as const] : []),
      ...this.#said.map((said) => ["transcript", said] as const),
      ...(this.#state !== undefined ? [["state", { state: this.#state }] as const] : []),
    ];
  }
}
