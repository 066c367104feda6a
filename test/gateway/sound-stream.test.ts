import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { web } from "../../src/carrier/web.ts";
import { MediaLine } from "../../src/gateway/media-line.ts";
import { SoundStream } from "../../src/gateway/sound-stream.ts";
import { PcmSocket } from "../../src/gateway/voice-agent-socket.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

const PCM: AudioFormat = { encoding: "linear16", rate: 16000 };
const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };

/** A caller over two routes, and the line that their conversation runs on. */
function conversation(format = PCM, reads = true) {
  const clock = new VirtualClock();
  const reader = new PassThrough({ highWaterMark: 1 });
  const pieces: Buffer[] = [];
  if (reads) reader.on("data", (piece: Buffer) => pieces.push(piece));
  const stream = new SoundStream(reader, format, clock);
  const pcm = new PcmSocket(stream, format, clock);
  const line = new MediaLine(
    pcm,
    web({ publicUrl: "https://gw.example.test", origins: [] }),
    { clock, log: silentLog, meter: deafMeter },
    {
      begin: () => undefined,
      neverBegan: () => undefined,
      broken: (error) => {
        throw error;
      },
    },
  );
  const signals: object[] = [];
  const heard: Buffer[] = [];
  line.onSignal = (signal) => void signals.push(signal);
  line.onAudio = (payload) => void heard.push(Buffer.from(payload, "base64"));
  pcm.begin();
  signals.length = 0;
  const said = () => Buffer.concat(pieces);
  /** Of the sound that has left: from where to where it is loud, in ms. */
  const loudMs = () => {
    const bytes = [...said()];
    const loud = (byte: number) => byte === 1;
    return [bytes.findIndex(loud), bytes.findLastIndex(loud) + 1].map((at) => at / 32);
  };
  const play = (ms: number) => line.play(Buffer.alloc(ms * 32, 1).toString("base64"));
  return { clock, reader, stream, line, signals, heard, said, loudMs, play };
}

test("S0.30: silence leaves as time passes, a little ahead of it, and never in a burst", async () => {
  const { clock, said } = conversation();
  await clock.advance(0);
  const lengths = [said().length];
  for (let second = 0; second < 3; second++) {
    await clock.advance(1_000);
    lengths.push(said().length);
  }
  expect(lengths.map((bytes) => bytes / 32)).toEqual([120, 1_120, 2_120, 3_120]);
  expect(said().every((byte) => byte === 0)).toBe(true);
});

test("µ-law, and its own silence, at 8 kHz", async () => {
  const { clock, said, line, stream, heard } = conversation(MULAW);
  await clock.advance(1_000);
  expect([said().length, said().every((byte) => byte === 0xff)]).toEqual([1_120 * 8, true]);
  line.play(Buffer.from([1, 2, 3]).toString("base64"));
  await clock.advance(40);
  expect([...said().subarray(1_120 * 8, 1_120 * 8 + 4)]).toEqual([1, 2, 3, 0xff]);
  stream.take(0, Buffer.from([7, 8, 9]));
  expect(heard).toEqual([Buffer.from([7, 8, 9])]);
});

test("what the agent says stands in the silence, whole, and its marks come back when it has left", async () => {
  const { clock, line, signals, loudMs, play } = conversation();
  await clock.advance(1_000);
  play(300);
  line.mark("g1:0");
  play(100);
  line.mark("g1:1");
  await clock.advance(280);
  expect(signals).toEqual([]);
  await clock.advance(40);
  expect(signals).toEqual([{ kind: "played", mark: "g1:0" }]);
  await clock.advance(400);
  expect(signals).toHaveLength(2);
  expect(loudMs()).toEqual([1_120, 1_520]);
});

test("S0.30: after a clear no more is heard than had left, and what is said next comes at once", async () => {
  const { clock, line, signals, loudMs, said, play } = conversation();
  play(2_000);
  line.mark("g1:0");
  await clock.advance(400);
  line.clear();
  await clock.advance(1_000);
  const [, end = 0] = loudMs();
  expect(end).toBeGreaterThan(400);
  expect(end).toBeLessThanOrEqual(600);
  play(40);
  await clock.advance(40);
  expect(
    said()
      .subarray(-32)
      .every((byte) => byte === 1),
  ).toBe(true);
  expect(signals).toEqual([]);
});

test("after a pause of the gateway's own it goes on from now: the player is not made late by what it missed", async () => {
  const clock = new VirtualClock();
  let pausedMs = 0;
  let bytes = 0;
  const reader = new PassThrough();
  reader.on("data", ({ length }: Buffer) => {
    bytes += length;
  });
  const after = clock.after.bind(clock);
  new SoundStream(reader, PCM, {
    ...clock,
    sleep: clock.sleep,
    wall: () => 0,
    after,
    now: () => clock.now() + pausedMs,
  });
  await clock.advance(1_000);
  const before = bytes;
  pausedMs = 5_000;
  await clock.advance(40);
  expect((bytes - before) / 32).toBe(120);
});

test("S0.30: chunks are heard once and in their order, however they come, in pieces that providers take", () => {
  const { stream, heard } = conversation();
  const chunk = (value: number) => Buffer.alloc(320, value);
  for (const seq of [0, 0, 2, 1, 1, 2, 0, 1, 2]) stream.take(seq, chunk(seq + 1));
  expect(Buffer.concat(heard)).toEqual(Buffer.concat([chunk(1), chunk(2), chunk(3)]));
  heard.length = 0;
  stream.take(3, Buffer.alloc(32 * 250, 9));
  expect(heard.map(({ length }) => length / 32)).toEqual([100, 100, 50]);
  heard.length = 0;
  // One that never comes is given up after five have come in its place.
  for (const seq of [5, 6, 7, 8, 9, 10]) stream.take(seq, chunk(seq));
  expect(heard).toHaveLength(6);
});

test("samples may be cut between two chunks", () => {
  const { stream, heard } = conversation();
  for (const [seq, bytes] of [[1], [2, 3, 4, 5], [6]].entries()) stream.take(seq, Buffer.from(bytes));
  expect(Buffer.concat(heard)).toEqual(Buffer.from([1, 2, 3, 4, 5, 6]));
  expect(heard.every(({ length }) => length % 2 === 0)).toBe(true);
});

test("nothing but sound reaches the listener", async () => {
  const { clock, line, said } = conversation();
  line.show?.({ kind: "transcript", who: "user", text: "hello", final: true });
  line.tell("cart", { items: 2 });
  await clock.advance(1_000);
  expect(said().every((byte) => byte === 0)).toBe(true);
});

test("S0.30: a reader that goes away has hung up, and one that says so, too; nothing is left behind", async () => {
  const gone = conversation();
  gone.play(2_000);
  gone.line.mark("g1:0");
  gone.reader.destroy();
  await gone.clock.advance(0);
  expect(gone.signals).toMatchObject([{ kind: "line-over", how: "caller-hung-up" }]);
  expect(gone.clock.pending).toBe(0);

  const polite = conversation();
  polite.stream.hangUp();
  expect(polite.signals).toMatchObject([{ kind: "line-over", how: "caller-hung-up", detail: "stop" }]);
});

test("a reader that had gone before the stream began has hung up", async () => {
  const clock = new VirtualClock();
  const reader = new PassThrough();
  reader.destroy();
  const closes: number[] = [];
  new SoundStream(reader, PCM, clock).on("close", (code) => closes.push(code));
  await clock.advance(1_000);
  expect([closes, clock.pending]).toEqual([[1000], 0]);
});

test("S0.30: a reader that does not keep up is left when too much waits for it", async () => {
  const { clock, reader, signals } = conversation(PCM, false);
  await clock.advance(7_000);
  expect(signals.filter((signal) => "kind" in signal && signal.kind === "line-over")).toEqual([]);
  // The caller says nothing either: that would end it after 10 s.
  await clock.advance(2_000);
  expect(signals).toMatchObject([{ kind: "line-over", how: "carrier-lost", detail: "the socket closed with 1013" }]);
  expect(reader.destroyed).toBe(true);
});

test("when the gateway hangs up the stream ends, and whoever does not read it is not waited for", async () => {
  const { clock, reader, line, said } = conversation();
  await clock.advance(1_000);
  line.close(1000);
  expect(reader.writableEnded).toBe(true);
  const { length } = said();
  await clock.advance(5_000);
  expect([said().length, clock.pending]).toEqual([length, 0]);

  const deaf = conversation(PCM, false);
  deaf.line.close(1000);
  expect(deaf.reader.destroyed).toBe(false);
  await deaf.clock.advance(1_000);
  expect(deaf.reader.destroyed).toBe(true);
});
