import { expect, test } from "vitest";
import { Measurement, quantile } from "../../scripts/load/measure.ts";
import type { SocketRecord, WireEvent } from "../../src/simulator/sarvam/sarvam.ts";

type Seen = WireEvent extends infer E ? (E extends WireEvent ? Omit<E, "socket" | "atMs"> : never) : never;

function socket(kind: SocketRecord["kind"]): SocketRecord {
  const empty = {
    path: "",
    query: {},
    headers: {},
    headerNames: [],
    key: "",
    openedAtMs: 0,
    received: 0,
    aborted: false,
  };
  return { ...empty, id: 1, kind, audioIn: [], texts: [], configs: [], audioOut: [] };
}

/** One call whose ear and mouth are known. */
function setUp(earKind: SocketRecord["kind"] = "stt-realtime") {
  const measured = new Measurement(8);
  measured.measuring = true;
  const ear = socket(earKind);
  const mouth = socket("tts");
  const sees = (where: SocketRecord, atMs: number, seen: Seen): void =>
    measured.sarvamSaw({ ...seen, socket: where, atMs } as WireEvent);
  sees(ear, 0, { kind: "socket-opened" });
  expect(measured.claimEar(0)).toBe(true);
  sees(mouth, 0, { kind: "text-received", text: "Dear caller 0, hello" });
  return { measured, ear, mouth, sees };
}

test("a frame's way in ends when its last byte has reached the ear, whatever messages it came in", () => {
  const { measured, ear, sees } = setUp();
  for (const atMs of [100, 120, 140]) measured.frameSent(0, 160, atMs);
  sees(ear, 121, { kind: "audio-received", bytes: 240 });
  sees(ear, 150, { kind: "audio-received", bytes: 240 });
  expect(measured.inMs).toEqual([21, 30, 10]);
  expect(measured.lostIn).toBe(0);
});

test("the streaming ear takes two bytes for each of a µ-law line", () => {
  const { measured, ear, sees } = setUp("stt-streaming");
  measured.frameSent(0, 160, 100);
  sees(ear, 101, { kind: "audio-received", bytes: 319 });
  expect(measured.inMs).toEqual([]);
  sees(ear, 103, { kind: "audio-received", bytes: 1 });
  expect(measured.inMs).toEqual([3]);
});

test("frames that never came are lost, but not those of a call's last half second", () => {
  const { measured, ear, sees } = setUp();
  for (let frame = 0; frame < 100; frame += 1) measured.frameSent(0, 160, frame * 20);
  sees(ear, 2000, { kind: "audio-received", bytes: 160 * 70 });
  expect(measured.lostIn).toBe(5);
});

test("the way out is that of the first audio of a reply; what is held back on purpose does not count", () => {
  const { measured, mouth, sees } = setUp();
  sees(mouth, 10, { kind: "tts-audio-sent", bytes: 3000, chunk: 0 });
  measured.mediaCame(0, 480, 12);
  measured.twinSaw(0, { kind: "playback-started", atMs: 12 });
  sees(mouth, 20, { kind: "tts-audio-sent", bytes: 3000, chunk: 1 });
  measured.mediaCame(0, 480, 400);
  expect(measured.outMs).toEqual([2]);
  measured.twinSaw(0, { kind: "playback-ended", atMs: 900 });
  measured.twinSaw(0, { kind: "speech-started", atMs: 1300, words: "" });
  expect(measured.lostOut).toBe(Math.ceil((6000 - 960) / 160));
});

test("a barge-in is measured from the ear's notice to the line's clear, and nothing may be played until it was understood", () => {
  const { measured, ear, mouth, sees } = setUp();
  sees(ear, 5, { kind: "speech-start-sent", utterance: 0 });
  measured.twinSaw(0, { kind: "playback-started", atMs: 10 });
  sees(ear, 100, { kind: "speech-start-sent", utterance: 1 });
  measured.twinSaw(0, { kind: "clear-received", atMs: 103, droppedMs: 300, playing: true });
  measured.mediaCame(0, 480, 110);
  sees(mouth, 104, { kind: "tts-audio-sent", bytes: 3000, chunk: 4 });
  sees(ear, 900, { kind: "final-sent", utterance: 1, text: "x" });
  measured.mediaCame(0, 480, 1000);
  expect(measured.outMs).toEqual([]);
  expect([measured.clearMs, measured.stale, measured.missedClears]).toEqual([[3], 1, 0]);
  sees(ear, 2000, { kind: "speech-start-sent", utterance: 2 });
  sees(ear, 2900, { kind: "final-sent", utterance: 2, text: "x" });
  expect(measured.missedClears).toBe(1);
});

test("quantiles are values that were measured", () => {
  expect(quantile([], 0.5)).toBeUndefined();
  expect([0, 0.5, 0.99].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 3, 4]);
});
