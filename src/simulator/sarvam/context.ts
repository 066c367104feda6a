import type { Clock } from "../../kit/clock.ts";
import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import type { Recogniser } from "./recogniser.ts";
import type { WireLog } from "./wire-log.ts";

/** How fast the simulated provider is and how much it takes at once. */
type Pace = {
  /** How much faster than real time speech is synthesised. */
  readonly speed: number;
  /** Length of synthesised speech per character of text. */
  readonly voiceMsPerChar: number;
  /** From text to first audio. */
  readonly firstAudioMs: number;
  /** From a chat request to its first word, and from word to word. */
  readonly firstWordMs: number;
  readonly wordMs: number;
  /** Silence of the client after which sockets end. */
  readonly idleMs: number;
};

/** What the parts of one simulator share. */
export type Context = {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly wire: WireLog;
  readonly recogniser: Recogniser;
  readonly pace: Pace;
  /** Whether the wire log keeps audio bytes. */
  readonly keepAudio: boolean;
};

/** Sarvam's form of request id: `YYYYMMDD_<uuid>`. */
export function requestId({ clock, dice }: Context): string {
  const day = new Date(clock.wall()).toISOString().slice(0, 10).replaceAll("-", "");
  return `${day}_${dice.uuid()}`;
}
