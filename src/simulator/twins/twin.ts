import { writeFile } from "node:fs/promises";
import type { AudioFormat } from "../../audio/format.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { type Ids, randomIds } from "../../kit/ids.ts";
import { CallLog, type TwinEvent, type TwinListener } from "./call-log.ts";
import { type Reach, spedUp } from "./dial.ts";
import type { TwinFaults } from "./faults.ts";
import { type Arrival, Line, type LineParts } from "./line.ts";
import { forLine, type HeardSegment, renderHeard, segmentsOf, wavOf } from "./line-audio.ts";

export type { TwinEvent, TwinListener } from "./call-log.ts";
export type { TwinFaults } from "./faults.ts";
export type { Arrival } from "./line.ts";
export type { HeardSegment } from "./line-audio.ts";

/** How the call went, as the carrier knows it. */
export type TwinOutcome =
  /** The stream is up. */
  | { readonly kind: "streaming" }
  /** The gateway turned the call away. */
  | { readonly kind: "busy"; readonly why: string }
  /** The webhook was not answered with something to do; 0 if the gateway could not be reached. */
  | { readonly kind: "webhook-failed"; readonly status: number; readonly why: string }
  /** The media socket was refused; 0 without an HTTP answer. */
  | { readonly kind: "upgrade-refused"; readonly status: number }
  | { readonly kind: "closed"; readonly code: number; readonly by: "gateway" | "caller" | "network" };

export type TwinOptions = {
  /** Where the gateway really listens, such as `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  /** What it calls itself (`PUBLIC_URL`); signatures are made from it. The same by default. */
  readonly publicUrl?: string;
  readonly from?: string;
  readonly to?: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** 2 lives twice as fast: frames, playback and the twin's times. 1 by default. */
  readonly speed?: number;
  readonly faults?: TwinFaults;
  /** Sees every event from the first on. */
  readonly onEvent?: TwinListener;
  /** Every media message of the gateway, and every frame of ours as it leaves; the twin's clock. */
  readonly onMedia?: (audio: Buffer, atMs: number) => void;
  readonly onFrame?: (audio: Buffer, atMs: number) => void;
  /** Every text on the media socket, as it stands on the wire; the twin's clock. */
  readonly onText?: LineParts["onText"];
};

/** One call, seen from the telephone company's side. */
export interface TwinCall {
  /** The carrier's id of the call. */
  readonly callSid: string;
  readonly format: AudioFormat;
  readonly log: readonly TwinEvent[];
  /** Every message of the gateway, in order. */
  readonly arrivals: readonly Arrival[];
  readonly outcome: TwinOutcome;
  /** The call and everything the carrier does after it are done. Never rejects. */
  readonly over: Promise<void>;
  on(listener: TwinListener): () => void;
  /** The first matching event from position `from` of the log on; rejects with the log after `timeoutMs`, or when the call is over. */
  waitFor(wanted: (event: TwinEvent) => boolean, timeoutMs: number, from?: number): Promise<TwinEvent>;
  /**
   * Says µ-law 8 kHz audio in the line's own format. Resolves when the last frame left, rejects if the call ended before.
   * `words` go into the log, for those who read it.
   */
  say(mulaw8k: Buffer, words?: string): Promise<void>;
  /** The same with audio that is in the line's own format already. */
  sayAsIs(audio: Buffer, words?: string): Promise<void>;
  press(digit: string): void;
  /** The caller hangs up. */
  hangUp(): void;
  /** The network drops the socket without a close frame. */
  breakOff(): void;
  /** Sends anything at all on the media socket. */
  sendRaw(data: string | Buffer): void;
  /** Tries to open the media socket a second time with the same ticket; answers the HTTP status (101 if let in). */
  redeemAgain(): Promise<number>;
  /** Audio the caller heard from the stream's start to its end or now, gaps as silence, in the line's format. */
  readonly heard: Buffer;
  readonly heardSegments: readonly HeardSegment[];
  /** Decoded payloads: of the gateway's media messages, and of ours. */
  readonly received: readonly Buffer[];
  readonly sent: readonly Buffer[];
  /** Writes `heard` as a WAV file. */
  saveWav(path: string): Promise<void>;
}

export type StartedTwin = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly reach: Reach;
  readonly log: CallLog;
  /** Makes the line, once its format is known. */
  readonly line: (parts: Pick<LineParts, "format" | "frameMs" | "clearWay" | "flood" | "live">) => Line;
};

/** What every carrier's twin begins with. */
export function startTwin(options: TwinOptions): StartedTwin {
  const base = options.clock ?? systemClock;
  const clock = spedUp(base, options.speed ?? 1);
  const log = new CallLog(clock, base);
  if (options.onEvent) log.on(options.onEvent);
  const { onMedia, onFrame, onText, faults = {} } = options;
  return {
    clock,
    ids: options.ids ?? randomIds(() => clock.wall()),
    reach: { baseUrl: options.baseUrl, publicUrl: options.publicUrl ?? options.baseUrl },
    log,
    line: (parts) => {
      const listeners = { ...(onMedia && { onMedia }), ...(onFrame && { onFrame }), ...(onText && { onText }) };
      return new Line({ clock, log, faults, ...parts, ...listeners });
    },
  };
}

/** `call` is the caller's handle; `outcome` answers how the call stands at the moment it is asked. */
export function twinCall(
  log: CallLog,
  line: Line,
  call: {
    readonly callSid: string;
    readonly outcome: () => TwinOutcome;
    readonly over: Promise<void>;
    readonly redeemAgain: () => Promise<number>;
  },
): TwinCall {
  const { format } = line;
  const segments = (): readonly HeardSegment[] => segmentsOf(line.playback.heard());
  const heard = (): Buffer => renderHeard(segments(), format, line.span.startMs, line.span.endMs);
  return {
    callSid: call.callSid,
    format,
    log: log.events,
    arrivals: line.arrivals,
    get outcome() {
      return call.outcome();
    },
    over: call.over,
    on: (listener) => log.on(listener),
    waitFor: (wanted, timeoutMs, from) => log.waitFor(wanted, timeoutMs, from),
    say: (mulaw8k, words = "") => line.say(forLine(mulaw8k, format), words),
    sayAsIs: (audio, words = "") => line.say(audio, words),
    press: (digit) => line.press(digit),
    hangUp: () => line.hangUp(),
    breakOff: () => line.breakOff(),
    sendRaw: (data) => line.sendRaw(data),
    redeemAgain: call.redeemAgain,
    get heard() {
      return heard();
    },
    get heardSegments() {
      return segments();
    },
    received: line.received,
    sent: line.sent,
    saveWav: (path) => writeFile(path, wavOf(heard(), format)),
  };
}
