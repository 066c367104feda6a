import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { exotelWire } from "../../src/simulator/twins/exotel-wire.ts";
import { twilioWire } from "../../src/simulator/twins/twilio-wire.ts";
import type { Wire } from "../../src/simulator/twins/wire.ts";
import { type Carrier, until } from "../rig.ts";
import { type Story, startStory } from "./story.ts";

const ROUNDS = 5;
const IDS = { accountSid: "AC1", streamSid: "MZ1", customParameters: {} };

/** Rings as the carrier does; the path of the media socket it is told to open. */
async function ring({ running, publicUrl, secrets }: Story, carrier: Carrier, callSid: string): Promise<string> {
  if (carrier === "exotel") {
    const pair = Buffer.from(`${secrets.user}:${secrets.password}`).toString("base64");
    const query = new URLSearchParams({ CallSid: callSid, CallFrom: "09800000001", CallTo: "08000000002" });
    const answer = await fetch(`${running.url}/exotel/voicebot?${query}`, {
      headers: { authorization: `Basic ${pair}` },
    });
    return new URL(/"url":"(wss:[^"]+)"/.exec(await answer.text())?.[1] ?? "").pathname;
  }
  const form = {
    CallSid: callSid,
    AccountSid: "AC1",
    From: "+919800000001",
    To: "+918000000002",
    CallStatus: "ringing",
  };
  const signature = getExpectedTwilioSignature(secrets.authToken, `${publicUrl}/twilio/voice`, form);
  const answer = await fetch(`${running.url}/twilio/voice`, {
    method: "POST",
    headers: { "x-twilio-signature": signature },
    body: new URLSearchParams(form),
  });
  return new URL(/url="(wss:[^"]+)"/.exec(await answer.text())?.[1] ?? "").pathname;
}

function wireOf(carrier: Carrier, callSid: string): Wire {
  if (carrier === "twilio") return twilioWire({ ...IDS, callSid });
  return exotelWire({ ...IDS, callSid, from: "0", to: "0", rate: 8000, casing: "snake", numbers: "strings" });
}

test.each<Carrier>(["twilio", "exotel"])(
  "I36: %s: ear and mouth are open and configured before the media socket is, and the first audio comes less than 400 ms after start",
  async (carrier) => {
    await using story = await startStory();
    const delays: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const callSid = `CA${round}`;
      const before = story.wire.length;
      const path = await ring(story, carrier, callSid);
      const since = () =>
        story.wire
          .slice(before)
          .map(({ kind, socket }) => `${socket.kind} ${kind}`)
          .sort();
      const warm = [
        "stt-realtime socket-opened",
        "tts config-received",
        "tts config-received",
        "tts socket-opened",
        "tts socket-opened",
      ];
      await until("everything to be warm", () => since().length >= warm.length);
      expect(since()).toEqual(warm);

      const socket = new WebSocket(story.running.url.replace("http", "ws") + path);
      await new Promise((resolve) => socket.once("open", resolve));
      const wire = wireOf(carrier, callSid);
      const firstMedia = new Promise<void>((resolve) => {
        socket.on("message", (data) => {
          if (wire.read(String(data)).message?.kind === "media") resolve();
        });
      });
      socket.send(wire.connected());
      const startedAt = performance.now();
      socket.send(wire.start());
      await firstMedia;
      delays.push(performance.now() - startedAt);
      expect(since().filter((event) => event.endsWith("socket-opened"))).toHaveLength(3);
      socket.send(wire.stop());
      socket.close();
      await story.ended({ callSid });
    }
    // 130 ms of it are the imitated provider's; the median, since this machine may be busy with other things.
    const median = delays.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
    expect(median).toBeGreaterThan(100);
    expect(median).toBeLessThan(400);
  },
);
