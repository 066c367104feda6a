import { basic } from "./dial.ts";
import type { Proof } from "./twilio-webhooks.ts";
import type { StartedTwin, TwinOptions, TwinOutcome } from "./twin.ts";

/** Samples a second, of a line. */
export type ExotelRate = 8000 | 16000 | 24000;

export type ExotelTwinOptions = TwinOptions & {
  readonly user: string;
  readonly password: string;
  /** `dynamic`: the applet asks `/exotel/voicebot` for a URL. `fixed`: it holds `wss://user:password@…/exotel/media`. */
  readonly endpoint?: "dynamic" | "fixed";
  /** The line's rate. Otherwise what `sample-rate` in the socket's URL says, or 8000. */
  readonly rate?: ExotelRate;
  /** Inbound frames: 20 ms were measured, 100 ms are documented. 20 by default. */
  readonly frameMs?: 20 | 100;
  readonly casing?: "snake" | "camel";
  readonly numbers?: "strings" | "numbers";
  readonly webhookProof?: Proof;
  /** What goes with the upgrade: the URL's own userinfo by default, or the right pair, a wrong one, or none. */
  readonly upgradeProof?: Proof;
  /** Whether `clear` sends back the marks of what it dropped; Exotel does not say. */
  readonly clearReturnsMarks?: boolean;
  /** More audio ahead than this is noted as a flood; `hangUpAfterMs` later the carrier hangs up. 5000 and never. */
  readonly flood?: { readonly aheadMs: number; readonly hangUpAfterMs?: number };
  /** At most 3 and 256 characters; added to those in the socket's URL. */
  readonly customParameters?: Readonly<Record<string, string>>;
  /** Where the flow's Connect applet asks whom to dial once the gateway has closed the stream; otherwise the flow hangs up. */
  readonly connectAppletUrl?: string;
  /** Where status callbacks go, `/exotel/status` by default, and what they say beside the usual. */
  readonly statusUrl?: string;
  readonly statusFields?: Readonly<Record<string, string>>;
};

export type ExotelSession = StartedTwin & {
  readonly options: ExotelTwinOptions;
  readonly callSid: string;
  readonly startedMs: number;
  outcome: TwinOutcome;
};

/** The Basic pair, right or wrong, or nothing. */
export function authorization({ user, password }: ExotelTwinOptions, proof: Proof): Record<string, string> {
  if (proof === "none") return {};
  return { Authorization: basic(user, proof === "right" ? password : `${password}-wrong`) };
}
