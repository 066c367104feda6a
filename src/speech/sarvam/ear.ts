import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Meter } from "../../kit/meter.ts";
import { gaugedSockets } from "../../kit/open-sockets.ts";
import { type OpenSocket, openSocket } from "../../kit/socket.ts";
import type { SpeechToText } from "../speech.ts";
import { type RealtimeOptions, realtimeWire } from "./realtime.ts";
import { type StreamingOptions, streamingWire } from "./streaming.ts";
import { heardLanguage } from "./stt-languages.ts";
import { SttListening } from "./stt-listening.ts";
import type { SttApi } from "./stt-wire.ts";

export type SarvamEarOptions = {
  /** An http(s) origin; ws(s) is derived from it. */
  readonly baseUrl: string;
  /** Travels in a header, never in an address. */
  readonly apiKey: string;
  /**
   * `realtime` and `auto` begin with the realtime socket and fall back to the older one when it refuses; `auto` also
   * remembers the refusal for the calls that follow.
   */
  readonly api: "auto" | "realtime" | "streaming";
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** [openSocket] */
  readonly open?: OpenSocket;
  readonly realtime?: RealtimeOptions;
  readonly streaming?: StreamingOptions;
};

/** Access to the realtime socket is granted per account: it may come while the gateway runs. */
const ASK_AGAIN_MS = 10 * 60_000;

/**
 * Sarvam's speech-to-text. Throws an `Error` at once when an option has a value that Sarvam does not know, and from `listen`
 * for a language that it cannot hear or a line no carrier has (µ-law at 24 kHz).
 *
 * Keeps the gauge `stt_sockets_open`; counts `stt_failures` (ears that gave up) beside what its parts count.
 */
export function sarvamEar(options: SarvamEarOptions): SpeechToText {
  const { baseUrl, api, clock, log, realtime, streaming } = options;
  const parts = { ...options, open: gaugedSockets(options.open ?? openSocket, options.meter, "stt") };
  const usual = { encoding: "mulaw", rate: 8000 } as const;
  realtimeWire(baseUrl, usual, "unknown", realtime);
  streamingWire(baseUrl, usual, "unknown", clock, streaming);
  let refusedMs: number | undefined;
  const onRefused = (refused: SttApi): void => {
    // Refused by both is not about access to one of them.
    refusedMs = refused === "realtime" ? clock.now() : undefined;
  };
  const beginsRealtime = (): boolean => {
    if (api !== "auto") return api === "realtime";
    return refusedMs === undefined || clock.now() - refusedMs >= ASK_AGAIN_MS;
  };
  return {
    listen({ format, language }, signal) {
      if (format.encoding === "mulaw" && format.rate === 24000) throw new Error("no ear takes µ-law at 24 kHz");
      const tongue = heardLanguage(language);
      const older = streamingWire(baseUrl, format, tongue, clock, streaming);
      const wires = beginsRealtime()
        ? { first: realtimeWire(baseUrl, format, tongue, realtime), fallback: older, onRefused }
        : { first: older, onRefused };
      log.debug({ api: wires.first.api, language: tongue }, "listening");
      return new SttListening(parts, format, wires, signal);
    },
  };
}
