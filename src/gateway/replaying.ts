/** Something that is not as it was in the recorded call, in words. */
export type ReplayDifference = {
  readonly atMs: number;
  readonly about: string;
  readonly was: string;
  readonly now: string;
  readonly cause?: string;
};

/** A call that happened again. `tookMs`: how long that took; `callMs`: how long the call lasted, in its own time. */
export type ReplayReport = {
  readonly events: number;
  readonly tookMs: number;
  readonly callMs: number;
  readonly differences: readonly ReplayDifference[];
};

/** `impossible`: this call cannot, and why. `busy`: another is being replayed. `late`: it would have taken longer than that. */
export type Replaying<T> =
  | { readonly kind: "done"; readonly answer: T }
  | { readonly kind: "impossible"; readonly why: string }
  | { readonly kind: "busy" }
  | { readonly kind: "late"; readonly afterMs: number };

/** Plays the journals of calls that are over again, given by their paths: one at a time, and without holding up live calls. */
export interface Replays {
  /** The text of a journal without personal data, which replays without a difference. */
  fixture(journal: string): Promise<Replaying<string>>;
  replay(journal: string): Promise<Replaying<ReplayReport>>;
  /** Ends one that is under way: it was `busy`. */
  close(): Promise<void>;
}
