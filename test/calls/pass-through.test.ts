import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import { bytesPerMs } from "../../src/audio/format.ts";
import type { SocketRecord } from "../../src/simulator/sarvam/sarvam.ts";
import type { ExotelTwinOptions } from "../../src/simulator/twins/exotel-twin.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Carrier } from "../rig.ts";
import { runsOf } from "./speech.ts";
import { type AgentEntry, played, type Stage, type SttApi, stage, warningsOf } from "./stage.ts";

const GREETING = "Hello, this is Durvani.";
const ANSWER = ["We are open on every day of the week.", "On Sundays we open a little later."];
const TALKER: AgentEntry = { greeting: GREETING, dialog: { kind: "rules", rules: [], otherwise: ANSWER.join(" ") } };

const sha256 = (parts: readonly Buffer[]): string => createHash("sha256").update(Buffer.concat(parts)).digest("hex");
const size = (parts: readonly Buffer[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** The ear that listened to this call alone: no other call runs on this stage. The last to open, if the line made it open anew. */
function earOf({ rig }: Stage): SocketRecord {
  const ear = rig.simulator.wire.sockets.findLast(({ kind }) => kind.startsWith("stt"));
  if (!ear) throw new Error("nobody listened");
  return ear;
}

/** A greeting, a question, an answer; the caller hangs up. */
async function talk(on: Stage, carrier: Carrier, more: Partial<ExotelTwinOptions> = {}): Promise<TwinCall> {
  const call = await on.dial(carrier, "talker", more);
  await played(call, "g1:0");
  await call.say(voice("en-question").audio);
  await played(call, "g2:1");
  call.hangUp();
  await call.over;
  await on.books(call);
  return call;
}

/**
 * Every byte the caller's side sent is what Sarvam's ear was given, in order. `tailBytes`: less than this may be on its way into
 * a message when the caller hangs up.
 */
function expectInboundUntouched(on: Stage, call: TwinCall, tailBytes: number): void {
  const given = Buffer.concat(earOf(on).audioIn);
  const sent = Buffer.concat(call.sent);
  expect(given.length).toBeGreaterThan(3000 * bytesPerMs(call.format));
  expect(sent.length - given.length).toBeGreaterThanOrEqual(0);
  expect(sent.length - given.length).toBeLessThanOrEqual(tailBytes);
  expect(sha256([given])).toBe(sha256([sent.subarray(0, given.length)]));
}

/** Every byte that Sarvam's mouth gave is what the carrier was sent, in order; `padded`: silence behind each sentence aside. */
function expectOutboundUntouched(on: Stage, call: TwinCall, padded: boolean): void {
  const mouths = on.rig.simulator.wire.sockets.filter(({ kind, audioOut }) => kind === "tts" && audioOut.length > 0);
  const spoke = mouths.at(-1);
  if (!spoke) throw new Error("nobody spoke");
  expect(spoke.texts).toEqual([GREETING, ...ANSWER]);
  const runs = runsOf(call, on.speech);
  expect(runs.map(({ text, whole }) => whole && text)).toEqual(spoke.texts);
  if (!padded) expect(runs.map(({ paddingBytes }) => paddingBytes)).toEqual([0, 0, 0]);
  let at = 0;
  const received = Buffer.concat(call.received);
  const kept = runs.map(({ bytes, paddingBytes }) => {
    at += bytes;
    return received.subarray(at - bytes, at - paddingBytes);
  });
  expect(sha256(kept)).toBe(sha256(spoke.audioOut));
}

type Line = { readonly carrier: Carrier; readonly rate: 8000 | 16000; readonly frameMs: 20 | 100 };
const twilio: Line = { carrier: "twilio", rate: 8000, frameMs: 20 };
const exotel: Line = { carrier: "exotel", rate: 8000, frameMs: 20 };

describe.each<{ api: SttApi; lines: readonly Line[] }>([
  { api: "realtime", lines: [twilio, exotel, { ...exotel, rate: 16000 }] },
  { api: "streaming", lines: [exotel, { ...exotel, frameMs: 100 }, { ...exotel, rate: 16000 }] },
])("audio over the $api socket", ({ api, lines }) => {
  const on = stage({ api, agents: { talker: TALKER }, simulator: { voiceMsPerChar: 15 } });

  test.each(lines)(
    "$carrier at $rate Hz in frames of $frameMs ms: byte for byte, both ways, and no codec ran",
    async (line) => {
      const before = codecRuns();
      const call = await talk(
        on,
        line.carrier,
        line.carrier === "exotel" ? { rate: line.rate, frameMs: line.frameMs } : {},
      );
      expect(codecRuns()).toBe(before);
      // The older socket's messages are of 40 ms at least.
      const batchBytes = api === "streaming" && line.frameMs < 40 ? (40 - line.frameMs) * bytesPerMs(call.format) : 0;
      expectInboundUntouched(on, call, batchBytes);
      expectOutboundUntouched(on, call, line.carrier === "exotel");
      expect(warningsOf(call)).toEqual([]);
      const ear = earOf(on);
      expect(ear.kind).toBe(`stt-${api}`);
      expect(ear.query["sample_rate"]).toBe(String(line.rate));
    },
  );

  if (api === "realtime") {
    test("exotel at 24000 Hz: resampled to 16 kHz towards the ear only, untouched towards the caller", async () => {
      const before = codecRuns();
      const call = await talk(on, "exotel", { rate: 24000 });
      expect(codecRuns()).toBeGreaterThan(before);
      const ear = earOf(on);
      expect(ear.query["sample_rate"]).toBe("16000");
      expect(size(ear.audioIn) / size(call.sent)).toBeCloseTo(2 / 3, 2);
      expect(ear.texts).toContain(voice("en-question").text);
      expectOutboundUntouched(on, call, true);
      expect(warningsOf(call)).toEqual([]);
    });
  }
});
