import { expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { renderHeard, segmentsOf, wavOf } from "../../src/simulator/twins/line-audio.ts";
import { type ClearWay, Playback } from "../../src/simulator/twins/playback.ts";

const MULAW = { encoding: "mulaw", rate: 8000 } as const;
const TWILIO: ClearWay = { finishesChunk: false, returnsMarks: true };
const EXOTEL: ClearWay = { finishesChunk: true, returnsMarks: false };

function setUp(way = TWILIO) {
  const clock = new VirtualClock();
  const events: string[] = [];
  const note = (what: string): void => {
    events.push(`${clock.now()} ${what}`);
  };
  const playback = new Playback(clock, MULAW, way, {
    onStarted: () => note("started"),
    onEnded: () => note("ended"),
    onCleared: (droppedMs, playing) => note(`cleared ${droppedMs} ${playing}`),
    onMark: (name, why) => note(`mark ${name} ${why}`),
    onMarkLost: (name) => note(`lost ${name}`),
  });
  return { clock, events, playback };
}

test("a mark comes back exactly when playback reaches it", async () => {
  const { clock, events, playback } = setUp();
  playback.append(Buffer.alloc(800));
  playback.mark("a");
  playback.append(Buffer.alloc(400));
  playback.mark("b");
  await clock.advance(1000);
  expect(events).toEqual(["0 started", "100 mark a played", "150 mark b played", "150 ended"]);
  expect(clock.pending).toBe(0);
});

test("a mark with nothing before it comes back at once", async () => {
  const { clock, events, playback } = setUp();
  playback.mark("early");
  playback.append(Buffer.alloc(80));
  await clock.advance(50);
  playback.mark("late");
  expect(events).toEqual(["0 mark early empty", "0 started", "10 ended", "50 mark late empty"]);
});

test("audio that comes too late leaves a gap that the caller hears as silence", async () => {
  const { clock, playback } = setUp();
  playback.append(Buffer.alloc(80, 1));
  await clock.advance(30);
  playback.append(Buffer.alloc(80, 2));
  playback.append(Buffer.alloc(80, 3));
  await clock.advance(100);
  const segments = segmentsOf(playback.heard());
  expect(segments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [0, 10],
    [30, 50],
  ]);
  const heard = renderHeard(segments, MULAW, 0, 60);
  expect(heard.length).toBe(480);
  expect([heard[0], heard[79], heard[80], heard[239], heard[240], heard[320], heard[400]]).toEqual([
    1, 1, 0xff, 0xff, 2, 3, 0xff,
  ]);
  expect(Buffer.from(wavOf(heard, MULAW)).subarray(0, 4).toString()).toBe("RIFF");
});

test("Twilio's clear cuts in mid-word and returns every pending mark at once", async () => {
  const { clock, events, playback } = setUp(TWILIO);
  playback.append(Buffer.alloc(800));
  playback.mark("a");
  playback.append(Buffer.alloc(800));
  playback.mark("b");
  await clock.advance(40);
  playback.clear();
  await clock.advance(1000);
  expect(events).toEqual(["0 started", "40 cleared 160 true", "40 mark a cleared", "40 mark b cleared", "40 ended"]);
  expect(playback.heard().map(({ message, audio }) => [message, audio.length])).toEqual([[0, 320]]);
});

test("Exotel's clear lets the chunk that is playing finish and drops the rest, marks included", async () => {
  const { clock, events, playback } = setUp(EXOTEL);
  playback.append(Buffer.alloc(800));
  playback.mark("a");
  playback.append(Buffer.alloc(800));
  await clock.advance(40);
  playback.clear();
  await clock.advance(1000);
  expect(events).toEqual(["0 started", "40 cleared 100 true", "40 lost a", "100 ended"]);
  expect(playback.heard().map(({ message, audio }) => [message, audio.length])).toEqual([[0, 800]]);
});

test("a clear with nothing queued says so, and what follows it plays", async () => {
  const { clock, events, playback } = setUp();
  playback.clear();
  playback.append(Buffer.alloc(80));
  await clock.advance(20);
  expect(events).toEqual(["0 cleared 0 false", "0 started", "10 ended"]);
});

test("when the line goes down nothing more is heard and no mark comes back", async () => {
  const { clock, events, playback } = setUp();
  playback.append(Buffer.alloc(800));
  playback.mark("a");
  await clock.advance(25);
  playback.stop();
  await clock.advance(1000);
  expect(events).toEqual(["0 started", "25 ended"]);
  expect(playback.heard()[0]?.audio.length).toBe(200);
  expect(clock.pending).toBe(0);
});
