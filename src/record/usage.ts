import type { CarrierName } from "./record.ts";

/** Tokens of one model. `answers` it was asked for; of `uncounted` of them nobody said what they cost. `prompt` includes `cached`. */
export type ModelUsage = {
  readonly model: string;
  readonly answers: number;
  readonly uncounted: number;
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
};

/**
 * What calls used of what costs something. Seconds and minutes are of each call by itself, a begun one counted, since that is how
 * they are billed: twenty calls of a second are twenty minutes to a carrier that bills by the minute.
 */
export type Usage = {
  readonly calls: number;
  /** What speech-to-text was given: callers' streams, from their beginning to the end of the call. */
  readonly streamSeconds: number;
  /** Sound that was sent to callers. */
  readonly spokenMs: number;
  /** Characters that voices were given; `model` is empty where it was not written down. */
  readonly voices: readonly { readonly model: string; readonly characters: number }[];
  readonly models: readonly ModelUsage[];
  readonly carriers: readonly { readonly carrier: CarrierName; readonly seconds: number; readonly minutes: number }[];
};
