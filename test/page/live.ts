import { WebSocket } from "ws";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { systemClock } from "../../src/kit/clock.ts";
import type { Microphone, OpenSocket, Opus, Speaker } from "../../src/page/client/ports.ts";
import { type Reach, reachable } from "../../src/simulator/twins/dial.ts";

/** A browser's parts in real time, without a browser: sockets of `ws`, somebody who speaks recordings, somebody who hears. */

const FRAME_MS = 20;

/** `breakOff` is a network that goes away without a word. */
export function liveSockets(reach: Reach): { readonly open: OpenSocket; breakOff(): void } {
  let newest: WebSocket | undefined;
  return {
    open(url, { opened, message, failed, closed }) {
      const socket = new WebSocket(reachable(url, reach), { perMessageDeflate: false });
      newest = socket;
      socket.on("open", opened);
      socket.on("message", (data) => message(String(data)));
      socket.on("error", failed);
      socket.on("close", (code, reason) => closed(code, String(reason)));
      return {
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        send: (text) => socket.send(text),
        close: (code) => socket.close(code),
      };
    },
    breakOff: () => newest?.terminate(),
  };
}

export type LiveMicrophone = Microphone & { say(mulaw8k: Buffer): void };

export function liveMicrophone(): LiveMicrophone {
  let toSay: Int16Array[] = [];
  let lineRate = 0;
  let cancel = (): void => {};
  return {
    async start(rate, frame) {
      lineRate = rate;
      const beganAt = systemClock.now();
      let sent = 0;
      const tick = (): void => {
        cancel = systemClock.after(FRAME_MS / 2, tick);
        for (; sent * FRAME_MS < systemClock.now() - beganAt; sent += 1) {
          frame(toSay.shift() ?? new Int16Array((rate * FRAME_MS) / 1000));
        }
      };
      tick();
    },
    stop: () => cancel(),
    say(mulaw8k) {
      const pcm = new Resampler(8_000, lineRate).push(decodeMulaw(mulaw8k));
      const samples = Int16Array.from({ length: pcm.length >> 1 }, (_, index) => pcm.readInt16LE(index * 2));
      const size = (lineRate * FRAME_MS) / 1000;
      const frames = Math.floor(samples.length / size);
      toSay = Array.from({ length: frames }, (_, index) => samples.slice(index * size, (index + 1) * size));
    },
  };
}

export type LiveSpeaker = Speaker & {
  /** Loud samples that were heard to their end. */
  readonly heardMs: number;
  readonly cleared: number;
};

/** Time passes while it plays; a mark comes back when all before it was heard. */
export function liveSpeaker(): LiveSpeaker {
  let lineRate = 0;
  let endsAt = 0;
  let heardMs = 0;
  let cleared = 0;
  let played = (_: string): void => {};
  const waiting = new Map<string, () => void>();
  const pass = (mark: string): void => {
    waiting.get(mark)?.();
    waiting.delete(mark);
    played(mark);
  };
  return {
    get heardMs() {
      return heardMs;
    },
    get cleared() {
      return cleared;
    },
    async start(rate, events) {
      lineRate = rate;
      played = events.played;
    },
    play(samples) {
      const ms = (samples.length / lineRate) * 1000;
      endsAt = Math.max(endsAt, systemClock.now()) + ms;
      if (samples.some((sample) => Math.abs(sample) > 500)) heardMs += ms;
    },
    mark(name) {
      waiting.set(
        name,
        systemClock.after(Math.max(0, endsAt - systemClock.now()), () => pass(name)),
      );
    },
    clear() {
      cleared += 1;
      endsAt = 0;
      for (const mark of [...waiting.keys()]) pass(mark);
    },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}

/** 20 ms in which nobody speaks, from the encoder that made the recorded packets. */
const SILENT_PACKET = "eAfJecjJV8CiEiP672fza+2zp/Htuf3sAA==";

/** An encoder that says recorded packets, one for each frame, whatever is in that. */
export function recordedOpus(): Opus & { say(packets: readonly string[]): void } {
  let toSay: readonly string[] = [];
  return {
    supports: async () => true,
    open: (_rate, { packet }) => ({
      encode(_samples, atMs) {
        const [next = SILENT_PACKET, ...rest] = toSay;
        toSay = rest;
        packet(Buffer.from(next, "base64"), atMs);
      },
      close: () => undefined,
    }),
    say(packets) {
      toSay = packets;
    },
  };
}
