import { expect, test } from "vitest";
import { comeBack, earBench, frames, kinds } from "./ear-bench.ts";
import { eventually } from "./ear-server.ts";

test.each(["realtime", "streaming"] as const)(
  "I25: a %s server that vanishes without a word is noticed within 10 s, and the call is heard again",
  async (api) => {
    const bench = await earBench({ api });
    const listening = bench.listen();
    const { ear, heard } = listening;
    const first = await bench.server.socket(0);
    await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(1));
    first.ws.pause();
    for (const payload of frames(0, 100)) ear.hear(payload);
    await bench.clock.advance(9999);
    expect(heard).toEqual([]);
    await bench.clock.advance(1);
    expect(heard).toEqual([
      { kind: "ear-note", note: `${api} ear lost (closed with 1006: no sign of life for 5000 ms), connecting again` },
    ]);
    const second = await comeBack(bench, listening);
    await eventually(() => expect(second.received).toHaveLength(api === "realtime" ? 100 : 50));
  },
);

test("an ear whose connections serve a while, hear nothing and drop is given up after ten in a minute", async () => {
  const bench = await earBench();
  const { heard, over } = bench.listen();
  let done = false;
  void over.then(() => {
    done = true;
  });
  for (let round = 0; round < 10; round += 1) {
    const socket = await bench.server.socket(round);
    await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(round + 1));
    await bench.clock.advance(2000);
    socket.drop();
    await eventually(async () => {
      await bench.clock.advance(10);
      expect(done || bench.server.sockets.length > round + 1).toBe(true);
    });
  }
  await over;
  expect(heard.at(-1)).toMatchObject({ kind: "ear-failed", error: { retryable: true } });
  expect([bench.server.upgrades, bench.clock.pending]).toEqual([10, 0]);
});

test("an ear whose connections drop as often but hear the caller goes on", async () => {
  const bench = await earBench();
  const listening = bench.listen();
  for (let round = 0; round < 15; round += 1) {
    const socket = await bench.server.socket(round);
    await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(round + 1));
    socket.say({ event: "transcript.final", utterance_idx: 0, text: "words" });
    await eventually(() => expect(kinds(listening.heard).at(-1)).toBe("final"));
    await bench.clock.advance(2000);
    socket.drop();
    await comeBack(bench, listening, round + 1);
  }
  expect(kinds(listening.heard)).not.toContain("ear-failed");
});

/** The caller's speech was over when the connection broke, and its transcript had not come. `laterMs` of audio came in between. */
async function brokenBeforeFinal(laterMs: number) {
  const bench = await earBench();
  const listening = bench.listen();
  const { ear, heard } = listening;
  const first = await bench.server.socket(0);
  for (const payload of frames(0, 100)) ear.hear(payload);
  await eventually(() => expect(first.received).toHaveLength(100));
  first.say({ event: "vad.speech_start", utterance_idx: 0 });
  first.say({ event: "transcript.partial", utterance_idx: 0, text: "cancel my" });
  first.say({ event: "vad.speech_end", utterance_idx: 0 });
  await eventually(() => expect(heard).toHaveLength(3));
  for (const payload of frames(100, 100 + laterMs / 20)) ear.hear(payload);
  await eventually(() => expect(first.received).toHaveLength(100 + laterMs / 20));
  first.drop();
  const second = await comeBack(bench, listening);
  await eventually(() => expect(kinds(heard).slice(3)).toEqual(["ear-note", "ear-note"]));
  return { ...bench, heard, second };
}

test("I25: words without a transcript when the connection broke come again as the same utterance, and count once", async () => {
  const { heard, second } = await brokenBeforeFinal(1000);
  second.say({ event: "vad.speech_start", utterance_idx: 0 });
  second.say({ event: "transcript.final", utterance_idx: 0, text: "cancel my order" });
  second.say({ event: "vad.speech_end", utterance_idx: 0 });
  second.say({ event: "vad.speech_start", utterance_idx: 1 });
  await eventually(() => expect(heard).toHaveLength(9));
  expect(heard.slice(5)).toEqual([
    { kind: "speech-started", utterance: 1 },
    { kind: "final", utterance: 1, text: "cancel my order" },
    { kind: "speech-ended", utterance: 1 },
    { kind: "speech-started", utterance: 2 },
  ]);
});

test("words that are new after a reconnect are never taken for those that were over long before", async () => {
  // Of the old words no more than their end is still kept.
  const { heard, second } = await brokenBeforeFinal(4500);
  second.say({ event: "vad.speech_start", utterance_idx: 0 });
  await eventually(() => expect(heard.at(-1)).toEqual({ kind: "speech-started", utterance: 2 }));
});

test("nor are words that begin when all that was told again has been heard", async () => {
  const { heard, second, clock } = await brokenBeforeFinal(1000);
  await clock.advance(2001);
  second.say({ event: "vad.speech_start", utterance_idx: 0 });
  await eventually(() => expect(heard.at(-1)).toEqual({ kind: "speech-started", utterance: 2 }));
});
