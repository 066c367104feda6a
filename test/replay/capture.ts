import { type AudioFormat, bytesPerMs, silenceByte } from "../../src/audio/format.ts";
import type { CallId } from "../../src/record/record.ts";
import type { WireMessage, WireParts } from "../../src/replay/wire/wire.ts";
import { type ExotelCall, exotelWire } from "../../src/simulator/twins/exotel-wire.ts";
import { forLine } from "../../src/simulator/twins/line-audio.ts";
import { twilioWire } from "../../src/simulator/twins/twilio-wire.ts";
import type { Wire } from "../../src/simulator/twins/wire.ts";
import { voice } from "../../src/simulator/voices.ts";
import { agentWith, dialectOf, MULAW, provider, REPLAY, type Scene, SHOP } from "./studio.ts";

const FRAME_MS = 20;

/** What a carrier sends in a call in which the caller plays the scene, up to and without its `stop`. */
export function captured(scene: Scene, wire: Wire, format: AudioFormat): readonly WireMessage[] {
  const messages: WireMessage[] = [
    { atMs: 0, text: wire.connected() },
    { atMs: 0, text: wire.start() },
  ];
  const frameBytes = FRAME_MS * bytesPerMs(format);
  const quiet = Buffer.alloc(frameBytes, silenceByte(format));
  let atMs = 0;
  const send = (audio: Buffer): void => {
    for (let at = 0; at < audio.length; at += frameBytes) {
      const frame = Buffer.concat([audio.subarray(at, at + frameBytes), quiet]).subarray(0, frameBytes);
      messages.push({ atMs, text: wire.media(frame, atMs) });
      atMs += FRAME_MS;
    }
  };
  for (const act of scene) {
    if ("say" in act) send(forLine(voice(act.say).audio, format));
    else if ("press" in act) messages.push({ atMs, text: wire.key(act.press) });
    else send(Buffer.alloc(act.wait * bytesPerMs(format), silenceByte(format)));
  }
  return messages;
}

export const lastMs = (log: readonly WireMessage[]): number => log.at(-1)?.atMs ?? 0;

const WHO = { callSid: "CA1", accountSid: "AC1", streamSid: "MZ1", customParameters: {} };

export function onTwilio(scene: Scene): readonly WireMessage[] {
  const wire = twilioWire(WHO);
  const log = captured(scene, wire, MULAW);
  return [...log, { atMs: lastMs(log) + FRAME_MS, text: wire.stop() }];
}

export function onExotel(scene: Scene, more: Partial<ExotelCall> = {}): readonly WireMessage[] {
  const rate = more.rate ?? 8000;
  const wire = exotelWire({
    ...WHO,
    from: "09800000001",
    to: "08000000002",
    rate,
    casing: "snake",
    numbers: "strings",
    ...more,
  });
  const log = captured(scene, wire, { encoding: "linear16", rate });
  return [...log, { atMs: lastMs(log) + FRAME_MS, text: wire.stop() }];
}

/** Everything that a captured call needs to happen again. */
export function wireParts(carrier: "twilio" | "exotel", more: Partial<WireParts> = {}): WireParts {
  const { clock, stt, tts } = provider();
  return {
    ...REPLAY,
    id: "call_captured" as CallId,
    clock,
    stt,
    tts,
    dialect: dialectOf(carrier),
    agent: agentWith(SHOP),
    ...more,
  };
}
