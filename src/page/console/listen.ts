import { bytesOf, mulawSamples, pcmSamples } from "../client/pcm.ts";
import type { OpenSocket, Speaker } from "../client/ports.ts";
import { framesOf } from "../client/resampler.ts";

/** Both sides of a call as somebody hears it who says nothing, by the messages of `/v1/calls/{id}/listen`. */

type Side = "caller" | "agent";

type SoundFormat = { readonly encoding: "audio/x-mulaw" | "audio/l16"; readonly sampleRate: number };

type Overheard =
  | { readonly event: "start"; readonly caller: SoundFormat; readonly agent: SoundFormat }
  | { readonly event: "media"; readonly side: Side; readonly payload: string }
  | { readonly event: "clear"; readonly side: Side }
  | { readonly event: "ended" };

/** `undefined`: of no use, or of a kind that gateways have thought of since. */
export function overheard(text: string): Overheard | undefined {
  const { event, side, payload, caller, agent } = fieldsOf(parsed(text));
  switch (event) {
    case "start":
      return isFormat(caller) && isFormat(agent) ? { event, caller, agent } : undefined;
    case "media":
      return isSide(side) && typeof payload === "string" ? { event, side, payload } : undefined;
    case "clear":
      return isSide(side) ? { event, side } : undefined;
    case "ended":
      return { event };
    default:
      return undefined;
  }
}

export type ListenState =
  | { readonly phase: "connecting" }
  | { readonly phase: "listening" }
  | { readonly phase: "over"; readonly why: string };

type ListenParts = {
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly speakers: Readonly<Record<Side, Speaker>>;
};

type ListenEvents = {
  readonly changed: (state: ListenState) => void;
  /** RMS of what is heard of a side now, 0 to 1. */
  readonly level: (side: Side, rms: number) => void;
};

export type Listening = {
  /** 0 to 1, for what comes from now on. */
  volume(of: number): void;
  stop(): void;
};

/** The speakers start with the click, as browsers want it, when nobody knows yet what rates the line has. */
export const SPEAKER_RATE = 48_000;

/** To be called while a click lasts. The last that `changed` is told is `over`, unless it is stopped before. */
export function listenIn({ url, openSocket, speakers }: ListenParts, { changed, level }: ListenEvents): Listening {
  const ears = { caller: new Ear(speakers.caller), agent: new Ear(speakers.agent) };
  let on = true;
  let began = false;
  const stop = (): void => {
    on = false;
    socket.close(1000);
    for (const ear of Object.values(ears)) ear.stop();
  };
  const end = (why: string): void => {
    if (!on) return;
    stop();
    changed({ phase: "over", why });
  };
  const hear = (said: Overheard): void => {
    switch (said.event) {
      case "start":
        began = true;
        ears.caller.tune(said.caller);
        ears.agent.tune(said.agent);
        return changed({ phase: "listening" });
      case "media":
        return ears[said.side].hear(said.payload);
      case "clear":
        return ears[said.side].clear();
      case "ended":
        return end("The call is over.");
      default:
        return said satisfies never;
    }
  };
  const socket = openSocket(url, {
    opened() {},
    message(text) {
      const said = on ? overheard(text) : undefined;
      if (said) hear(said);
    },
    failed() {},
    closed: () => end(began ? BROKEN : REFUSED),
  });
  changed({ phase: "connecting" });
  for (const side of ["caller", "agent"] as const) {
    speakers[side]
      .start(SPEAKER_RATE, { played() {}, level: (rms) => on && level(side, rms) })
      .catch(() => end("This browser cannot play the sound of the call."));
  }
  return {
    volume(of) {
      for (const ear of Object.values(ears)) ear.volume = of;
    },
    stop() {
      if (on) stop();
    },
  };
}

const BROKEN = "The connection broke off. Listen in again if the call is still up.";
const REFUSED =
  "You were not let in: the call may be over, nobody may be on the line yet, or as many listen already as may.";

/** One side, on its way to its speaker. */
class Ear {
  volume = 1;
  readonly #speaker: Speaker;
  #format: SoundFormat | undefined;
  #push: (samples: Float32Array) => void = () => {};

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
  }

  tune(format: SoundFormat): void {
    this.#format = format;
    this.#push = framesOf(format.sampleRate, SPEAKER_RATE, (samples) => this.#speaker.play(samples));
  }

  hear(payload: string): void {
    const bytes = bytesOf(payload);
    if (!bytes || !this.#format) return;
    const samples = this.#format.encoding === "audio/l16" ? pcmSamples(bytes) : mulawSamples(bytes);
    this.#push(Float32Array.from(samples, (sample) => (sample / 32_768) * this.volume));
  }

  /** What waits is dropped, with what of it was on its way. */
  clear(): void {
    if (this.#format) this.tune(this.#format);
    this.#speaker.clear();
  }

  stop(): void {
    this.#speaker.stop();
  }
}

const isSide = (value: unknown): value is Side => value === "caller" || value === "agent";

function isFormat(value: unknown): value is SoundFormat {
  const { encoding, sampleRate } = fieldsOf(value);
  const known = encoding === "audio/l16" || encoding === "audio/x-mulaw";
  return known && typeof sampleRate === "number" && Number.isInteger(sampleRate) && sampleRate > 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // of no use
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
