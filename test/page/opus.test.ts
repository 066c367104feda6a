import { expect, test } from "vitest";
import { desk, frame, sentTo, soundTo, spoken, standInOpus } from "./stand-ins.ts";

const line = { encoding: "audio/opus", sampleRate: 48_000 } as const;
const errors = ({ telemetry }: ReturnType<typeof desk>) =>
  telemetry.flatMap((it) => (it.event === "error" ? [it.code] : []));

test("S0.27: a line of Opus sends a packet for each frame, with its time, and hears PCM at 16 kHz", async () => {
  const opus = standInOpus();
  const rates: number[] = [];
  const at = desk({ line, opus, audioCallback: ({ sampleRate }) => rates.push(sampleRate) });
  await at.begin();
  expect(at.agent.getLine()).toEqual(line);
  expect(opus.encoders.map(({ rate }) => rate)).toEqual([48_000]);
  expect(sentTo(at.peer(), "start")).toEqual([
    { event: "start", start: { mediaFormat: { encoding: "audio/opus", sampleRate: 48_000, channels: 1 } } },
  ]);
  for (const value of [0x0102, 0x0304]) at.microphone.hears(new Int16Array(960).fill(value));
  expect(sentTo(at.peer(), "media")).toEqual([
    { event: "media", media: { timestamp: 0, payload: "AQI=" } },
    { event: "media", media: { timestamp: 20, payload: "AwQ=" } },
  ]);
  at.peer().says(spoken(frame(5)));
  expect([at.speaker.heard, rates]).toEqual([[frame(5)], [16_000]]);
  expect(errors(at)).toEqual([]);
});

test("while muted, silence is encoded and goes on", async () => {
  const at = desk({ line, opus: standInOpus() });
  await at.begin();
  at.agent.mute();
  at.microphone.hears(new Int16Array(960).fill(0x0102));
  expect(soundTo(at.peer())).toEqual([Buffer.from([0, 0])]);
});

test("where the network is full nothing is encoded, and its time passes", async () => {
  const at = desk({ line, opus: standInOpus() });
  await at.begin();
  at.peer().bufferedAmount = 100_000;
  at.microphone.hears(new Int16Array(960));
  at.peer().bufferedAmount = 0;
  at.microphone.hears(new Int16Array(960));
  expect(sentTo(at.peer(), "media")).toMatchObject([{ media: { timestamp: 20 } }]);
});

test.each([
  ["a browser without an encoder", standInOpus(false)],
  ["an application without one", undefined],
])("%s sends PCM at 16 kHz instead, and says so", async (_what, opus) => {
  const at = desk({ line, ...(opus && { opus }) });
  await at.begin();
  expect(at.agent.getLine()).toEqual({ encoding: "audio/l16", sampleRate: 16_000 });
  expect(errors(at)).toEqual(["opus_unsupported"]);
  at.microphone.hears();
  expect(soundTo(at.peer()).map(({ length }) => length)).toEqual([640]);
});

test("one that is started twice before that is known begins once", async () => {
  const at = desk({ line, opus: standInOpus() });
  const twice = Promise.allSettled([at.agent.start(), at.agent.start()]);
  await at.settle();
  at.peer().opens();
  expect((await twice).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(at.peers).toHaveLength(1);
});

test("each connection has an encoder of its own, which goes with it", async () => {
  const opus = standInOpus();
  const at = desk({ line, opus });
  await at.begin();
  at.peer().closes(1006);
  expect(opus.encoders.map(({ open }) => open)).toEqual([false]);
  await at.clock.advance(500);
  at.peer().opens();
  at.microphone.hears(new Int16Array(960));
  expect(sentTo(at.peer(), "media")).toMatchObject([{ media: { timestamp: 0 } }]);
  opus.encoders[0]?.failed();
  await at.agent.stop();
  expect(opus.encoders.map(({ open }) => open)).toEqual([false, false]);
  expect(errors(at)).toEqual([]);
});

test("an encoder that fails ends the conversation with an error: nobody would be heard any more", async () => {
  const opus = standInOpus();
  const at = desk({ line, opus });
  await at.begin();
  opus.encoders[0]?.failed();
  expect([at.agent.getState(), errors(at)]).toEqual(["ERROR", ["encoder_failed"]]);
  expect(opus.encoders[0]?.open).toBe(false);
});
