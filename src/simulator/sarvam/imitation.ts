import { type Clock, systemClock } from "../../kit/clock.ts";
import type { Context } from "./context.ts";
import { seededDice } from "./dice.ts";
import { type Faults, noFaults } from "./faults.ts";
import { Keys } from "./keys.ts";
import { Recogniser, type Script } from "./recogniser.ts";
import { Sockets } from "./sockets.ts";
import { type SocketKind, WireLog } from "./wire-log.ts";

/** All but `keys` have the usual value in brackets. */
export type ImitationOptions = {
  /** Keys that are let in. `quota`, `rate` and `nobeta` always are, and meet what they are named after. */
  readonly keys: readonly string[];
  /** [systemClock] */
  readonly clock?: Clock;
  /** Of ids and of every spread in time. [1] */
  readonly seed?: number;
  readonly script?: Script;
  /** How much faster than real time speech is made. [5] */
  readonly speed?: number;
  /** [65] */
  readonly voiceMsPerChar?: number;
  /** [130] */
  readonly firstAudioMs?: number;
  /** Of chat. [120] */
  readonly firstWordMs?: number;
  /** Between the words of chat. [15] */
  readonly wordMs?: number;
  /** Silence after which a socket ends. [60 000] */
  readonly idleMs?: number;
  /** Open at once, per key. [20] */
  readonly maxSttSockets?: number;
  /** [30] */
  readonly maxTtsSockets?: number;
  /** Keeps audio bytes in the wire log: 8 kB/s and more per call. [true] */
  readonly keepAudio?: boolean;
};

/** What its owner sees of an imitated Sarvam and may do to it. */
export type Imitation = {
  /** Read anew whenever they matter. */
  readonly faults: Faults;
  readonly wire: WireLog;
  /** What to understand next. May be replaced. */
  script: Script;
  /** Cuts the open sockets (of a kind) without a close frame; answers how many. */
  drop(kind?: SocketKind): number;
  /** Closes the open sockets (of a kind) with a close frame; answers how many. */
  closeSockets(code: number, reason?: string, kind?: SocketKind): number;
};

const USUAL = {
  clock: systemClock,
  seed: 1,
  speed: 5,
  voiceMsPerChar: 65,
  firstAudioMs: 130,
  firstWordMs: 120,
  wordMs: 15,
  idleMs: 60_000,
  maxSttSockets: 20,
  maxTtsSockets: 30,
  keepAudio: true,
};

/** Sarvam as the reference describes the production server, but for the ways to reach it. */
export function imitate(options: ImitationOptions): {
  readonly imitation: Imitation;
  readonly context: Context;
  readonly keys: Keys;
  readonly sockets: Sockets;
} {
  const all = { ...USUAL, ...options };
  const { clock, keepAudio } = all;
  const faults = noFaults();
  const wire = new WireLog(clock);
  const recogniser = new Recogniser(all.script ?? []);
  const context: Context = { clock, dice: seededDice(all.seed), faults, wire, recogniser, pace: all, keepAudio };
  const keys = new Keys(all.keys);
  const sockets = new Sockets(context, keys, { stt: all.maxSttSockets, tts: all.maxTtsSockets });
  const imitation: Imitation = {
    faults,
    wire,
    get script() {
      return recogniser.script;
    },
    set script(script) {
      recogniser.script = script;
    },
    drop: (kind) => sockets.drop(kind),
    closeSockets: (code, reason = "", kind) => sockets.closeAll(code, reason, kind),
  };
  return { imitation, context, keys, sockets };
}
