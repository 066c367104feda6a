/** How a fixture is played: its inputs as recorded; its caller to an ear and a voice that hear and speak anew; its raw stream. */
export type How = "inputs" | "line" | "stream";

type Change = { readonly file: string; readonly from: string; readonly to: string };

/** A bug, made of one place in our sources, and the call that must not let it pass. */
export type Bug = Change & {
  /** What it is known as, where people met it elsewhere. */
  readonly incident?: string;
  readonly bug: string;
  /** A second place, without which the first does no harm. */
  readonly with?: Change;
  readonly fixture: string;
  /** `inputs` unless it says otherwise. */
  readonly how?: How;
  /** What is told of it. */
  readonly told: RegExp;
};
