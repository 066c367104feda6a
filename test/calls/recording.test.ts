import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import wavefile from "wavefile";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { readRecording } from "../../src/journal/journal.ts";
import type { StoredCall } from "../../src/store/store.ts";
import { matches } from "../jobs/correlation.ts";
import { journalTexts } from "../journals.ts";
import { type Rig, startRig, until } from "../rig.ts";
import { cleared, played } from "./stage.ts";

const KEY = "hears-the-recordings-of-a-test";
const headers = { authorization: `Bearer ${KEY}` };
const env = {
  RECORD_CALLS: "wav",
  API_KEYS: `tests:read:${createHash("sha256").update(KEY).digest("hex")}`,
};

function recordedCall(rig: Rig, callSid: string): Promise<StoredCall> {
  return until(
    "the recording",
    async () => {
      const rows = await rig.sql<{ id: string }>("select id from calls where carrier_call_id = $1", [callSid]);
      const answer = await fetch(`${rig.running.url}/v1/calls/${rows[0]?.id}`, { headers });
      const call = (await answer.json()) as StoredCall;
      return call.recordingUrl !== undefined && call;
    },
    30_000,
  );
}

async function download(url: string) {
  const answer = await fetch(url, { headers });
  expect(answer.headers.get("content-type")).toBe("audio/wav");
  const wav = new wavefile.WaveFile(new Uint8Array(await answer.arrayBuffer()));
  const [left, right] = wav.getSamples(false, Int16Array) as unknown as [Int16Array, Int16Array];
  return { rate: (wav.fmt as { readonly sampleRate: number }).sampleRate, left, right };
}

/** From the stream's start to the call's end, as the call's own clock had it. */
async function streamMs(rig: Rig, id: string): Promise<number> {
  const { entries } = readRecording((await journalTexts(rig.dataDir)).get(id) ?? "");
  const startedMs = entries.find((entry) => "in" in entry && entry.in.kind === "started")?.atMs ?? 0;
  return (entries.find((entry) => "out" in entry && entry.out.do === "end")?.atMs ?? 0) - startedMs;
}

const samplesOf = (pcm: Buffer): Int16Array =>
  Int16Array.from({ length: pcm.length >> 1 }, (_, index) => pcm.readInt16LE(index * 2));

/** A second that is like no other: the caller talks over the agent with it. */
const WORDS = Buffer.from(Array.from({ length: 8000 }, (_, n) => (n * n * 31 + (n >> 3) * 17) & 0xff));

test.each([
  { carrier: "twilio", rate: 8000 },
  { carrier: "exotel", rate: 16_000 },
] as const)(
  "S0.24: a call on $carrier is recorded, and its URL plays what was said and heard",
  async ({ carrier, rate }) => {
    await using rig = await startRig({ env });
    const call = await rig.dial(carrier, carrier === "exotel" ? { rate } : {});
    await until("a second of the agent's voice", () => call.heardSegments.some((s) => s.endMs - s.startMs > 1000));
    await call.say(WORDS);
    await Promise.race([cleared(call), played(call, "g1:0")]);
    call.hangUp();
    await call.over;
    const { id, answeredAt = 0, endedAt = 0, recordingUrl = "" } = await recordedCall(rig, call.callSid);
    expect(recordingUrl).toBe(`/v1/calls/${id}/recording`);
    expect(await readdir(join(rig.dataDir, "recordings"))).toEqual([".work", `${id}.wav`]);
    const { left, right, ...sound } = await download(rig.running.url + recordingUrl);
    expect(sound.rate).toBe(rate);
    // The books are stamped around the stream's start and end, which on a busy machine takes its time.
    expect(Math.abs((left.length / rate) * 1000 - (endedAt - answeredAt))).toBeLessThanOrEqual(100);
    expect(Math.abs((left.length / rate) * 1000 - (await streamMs(rig, id)))).toBeLessThanOrEqual(1);
    // The carrier's twin keeps an account of its own. On a busy machine it is some milliseconds off, and Exotel's goes on for what is
    // left of a message when it is cleared; that else nothing is, is shown where time is virtual.
    const heard = samplesOf(rate === 8000 ? decodeMulaw(call.heard) : call.heard);
    const lastMs = (heard.findLastIndex((sample) => sample !== 0) / rate) * 1000;
    const before = matches(heard, right, rate).filter(({ atMs }) => atMs < lastMs - 300);
    expect(before.length).toBeGreaterThan(3);
    for (const { likeness } of before) expect(likeness).toBeGreaterThan(0.8);
    expect(left.some((sample) => sample !== 0)).toBe(true);
  },
);
