import { createServer } from "node:http";
import { type Clock, systemClock } from "../../kit/clock.ts";
import type { Context } from "./context.ts";
import { controlRoutes } from "./control.ts";
import { seededDice } from "./dice.ts";
import { type Faults, noFaults } from "./faults.ts";
import { Keys } from "./keys.ts";
import { Recogniser, type Script } from "./recogniser.ts";
import { Rest } from "./rest.ts";
import { Upgrades } from "./upgrade.ts";
import { type SocketKind, WireLog } from "./wire-log.ts";

export type { Faults } from "./faults.ts";
export type { Script } from "./recogniser.ts";
export type { SocketKind, SocketRecord, WireEvent } from "./wire-log.ts";

/** All but `keys` have the usual value in brackets. */
export type SarvamOptions = {
  /** [127.0.0.1] */
  readonly host?: string;
  /** [0: any free port] */
  readonly port?: number;
  /** Keys that are let in. `quota`, `rate` and `nobeta` always are, and meet what they are named after. */
  readonly keys: readonly string[];
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
  /** Accepts permessage-deflate. [false] */
  readonly compress?: boolean;
  /** Keeps audio bytes in the wire log: 8 kB/s and more per call. [true] */
  readonly keepAudio?: boolean;
  /** Serves `/__faults`, `/__drop` and `/__wire` without a key. [false] */
  readonly control?: boolean;
};

export type SarvamSimulator = {
  /** `http://host:port`; the sockets are at the same place under `ws://`. */
  readonly url: string;
  readonly port: number;
  /** Read anew whenever they matter. */
  readonly faults: Faults;
  readonly wire: WireLog;
  /** What to understand next. May be replaced. */
  script: Script;
  /** Cuts the open sockets (of a kind) without a close frame; answers how many. */
  drop(kind?: SocketKind): number;
  /** Closes the open sockets (of a kind) with a close frame; answers how many. */
  closeSockets(code: number, reason?: string, kind?: SocketKind): number;
  close(): Promise<void>;
};

const USUAL = {
  host: "127.0.0.1",
  port: 0,
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
  compress: false,
  keepAudio: true,
  control: false,
};

/** Sarvam's speech sockets and REST, imitated on real sockets as the reference describes the production server. */
export async function startSarvam(options: SarvamOptions): Promise<SarvamSimulator> {
  const all = { ...USUAL, ...options };
  const faults = noFaults();
  const wire = new WireLog(all.clock);
  const recogniser = new Recogniser(all.script ?? []);
  const { clock, keepAudio } = all;
  const context: Context = { clock, dice: seededDice(all.seed), faults, wire, recogniser, pace: all, keepAudio };
  const keys = new Keys(all.keys);
  const limits = { stt: all.maxSttSockets, tts: all.maxTtsSockets };
  const upgrades = new Upgrades(context, keys, limits, all.compress);
  const rest = new Rest(context, keys, all.control ? controlRoutes(upgrades) : () => false);
  const server = createServer((request, response) => void rest.answer(request, response));
  server.on("upgrade", (request, socket, head) => upgrades.accept(request, socket, head));

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(all.port, all.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulator listens on no port");
  return {
    url: `http://${all.host}:${address.port}`,
    port: address.port,
    faults,
    wire,
    get script() {
      return recogniser.script;
    },
    set script(script) {
      recogniser.script = script;
    },
    drop: (kind) => upgrades.drop(kind),
    closeSockets: (code, reason = "", kind) => upgrades.closeAll(code, reason, kind),
    close: () =>
      new Promise((resolve) => {
        upgrades.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
