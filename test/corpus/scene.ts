import type { RecordedCall } from "../../src/replay/replay.ts";
import type { Fault } from "../../src/replay/score/faults.ts";
import type { Faults } from "../../src/simulator/sarvam/faults.ts";
import type { ExotelTwinOptions } from "../../src/simulator/twins/exotel-twin.ts";
import type { TwilioTwinOptions } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import type { AgentEntry } from "../calls/stage.ts";
import type { Carrier } from "../rig.ts";

/** One call of the corpus: who answers, what goes wrong, and what the caller does. */
export type Scene = {
  /** Of its fixture's folder. */
  readonly name: string;
  readonly about: string;
  readonly incidents: readonly string[];
  /** `twilio` by default. */
  readonly carrier?: Carrier;
  readonly line?: Partial<TwilioTwinOptions & ExotelTwinOptions>;
  readonly agent: AgentEntry;
  /** What goes wrong for the caller as things are, in order: as much is expected of its fixture, neither more nor less. */
  readonly faults?: readonly Fault[];
  /** A provider is slow on purpose: how long its caller waits says nothing about us. */
  readonly slow?: true;
  /** How Sarvam behaves from the start. Such a scene is played alone, and so is one in which it goes wrong later. */
  readonly sarvam?: Partial<Faults>;
  readonly keep: {
    /** The caller's voice and the agent's. */
    readonly sound: boolean;
    /** What the carrier sent on the media socket. */
    readonly wire?: true | ((log: readonly WireLine[]) => readonly WireLine[]);
  };
  readonly acts: readonly Act[];
  /** Without these decisions, in this order, the scene has not come off, and is played again. */
  readonly decides: readonly string[];
  /** The same of whatever else makes it an example of what it is about. */
  readonly shows?: (call: RecordedCall) => boolean;
};

/** A line of `wire.jsonl`: what came from the carrier, or with which code the socket closed. */
export type WireLine = { readonly atMs: number } & ({ readonly message: object } | { readonly closed: number });

/** What becomes of Sarvam in mid-call. */
export type Happens = { readonly set: Partial<Faults> } | { readonly cut: "stt-realtime" | "tts" };

/** The truth about a call, by the twin's clock. */
export type Truth = {
  readonly finished: number[];
  readonly acknowledgements: { readonly fromMs: number; readonly toMs: number }[];
  readonly noises: { readonly fromMs: number; readonly toMs: number }[];
  readonly interruptions: { readonly fromMs: number }[];
};

/** What acts may get at. */
export type OnStage = {
  readonly call: TwinCall;
  readonly truth: Truth;
  mishap(happens: Happens): void;
  sleep(ms: number): Promise<void>;
};

/** One thing that happens in a scene; the next begins when it is over. */
export type Act = (on: OnStage) => unknown;
