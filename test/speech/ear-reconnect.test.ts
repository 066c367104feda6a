import { expect, test } from "vitest";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { Heard } from "../../src/speech/speech.ts";
import { audioOf, comeBack, type EarBench, earBench, frame, frames, kinds, MULAW } from "./ear-bench.ts";
import { earServer, eventually } from "./ear-server.ts";

const failure = (heard: readonly Heard[]): ProviderError | undefined =>
  heard.flatMap((event) => (event.kind === "ear-failed" ? [event.error] : []))[0];

/** Lets time pass, try after try, until the iteration is over. */
async function untilOver(
  bench: EarBench,
  heard: readonly Heard[],
  over: Promise<void>,
): Promise<ProviderError | undefined> {
  let done = false;
  void over.then(() => {
    done = true;
  });
  await eventually(async () => {
    await bench.clock.advance(500);
    expect(done).toBe(true);
  });
  return failure(heard);
}

test("I25: a drop in mid-word loses nothing: everything since the last final comes again, under the same utterance", async () => {
  const bench = await earBench();
  const listening = bench.listen();
  const { ear, heard } = listening;
  const first = await bench.server.socket(0);
  for (const payload of frames(0, 100)) ear.hear(payload);
  await eventually(() => expect(first.received).toHaveLength(100));
  first.say({ event: "vad.speech_start", utterance_idx: 0 });
  first.say({ event: "vad.speech_end", utterance_idx: 0 });
  first.say({ event: "transcript.final", utterance_idx: 0, text: "first words" });
  first.say({ event: "vad.speech_start", utterance_idx: 1 });
  await eventually(() => expect(heard).toHaveLength(4));
  for (const payload of frames(100, 150)) ear.hear(payload);
  await eventually(() => expect(first.received).toHaveLength(150));
  first.drop();
  await eventually(() => expect(kinds(heard).at(-1)).toBe("ear-note"));
  for (const payload of frames(150, 200)) ear.hear(payload);
  const second = await comeBack(bench, listening);
  await eventually(() => expect(bench.counted.get("stt_reconnects{realtime}")).toBe(1));
  for (const payload of frames(200, 210)) ear.hear(payload);
  // 300 ms before the end of the last utterance may have been under way; nothing older is told again.
  await eventually(() => expect(audioOf(second.received)).toEqual(frames(85, 210)));
  expect(second.target).toBe(first.target);
  second.say({ event: "vad.speech_start", utterance_idx: 0 });
  second.say({ event: "transcript.final", utterance_idx: 0, text: "second words" });
  second.say({ event: "vad.speech_end", utterance_idx: 0 });
  second.say({ event: "vad.speech_start", utterance_idx: 1 });
  await eventually(() => expect(heard).toHaveLength(10));
  expect(heard.slice(3)).toEqual([
    { kind: "speech-started", utterance: 2 },
    { kind: "ear-note", note: expect.stringContaining("realtime ear lost (closed with 1006)") },
    { kind: "ear-note", note: "realtime ear connected again after 100 ms, told 2300 ms again" },
    { kind: "speech-started", utterance: 2 },
    { kind: "final", utterance: 2, text: "second words" },
    { kind: "speech-ended", utterance: 2 },
    { kind: "speech-started", utterance: 3 },
  ]);
  expect(bench.counted.get("stt_reconnects{realtime}")).toBe(1);
  expect(bench.counted.get("stt_sockets_opened{realtime}")).toBe(2);
  expect(bench.counted.get("stt_frames_dropped")).toBeUndefined();
});

test("I25: over many drops at any moment not one frame stays unheard", async () => {
  const bench = await earBench();
  const unique = new Set<string>();
  let audio = 0;
  let idx = 0;
  bench.server.onSocket = (socket) => {
    idx = 0;
    socket.ws.on("message", (data) => {
      for (const payload of audioOf([String(data)])) {
        unique.add(payload);
        audio += 1;
        if (audio % 40 === 0) {
          socket.say({ event: "vad.speech_start", utterance_idx: idx });
          socket.say({ event: "vad.speech_end", utterance_idx: idx });
          socket.say({ event: "transcript.final", utterance_idx: idx++, text: "words" });
        }
        if (audio % 97 === 0) return socket.drop();
      }
    });
  };
  const { ear, over, stop } = bench.listen();
  const all = frames(0, 2000);
  for (const [index, payload] of all.entries()) {
    ear.hear(payload);
    if (index % 3 === 0) await bench.clock.advance(60);
  }
  await eventually(async () => {
    await bench.clock.advance(60);
    expect(unique.size).toBe(2000);
  });
  expect(bench.server.sockets.length).toBeGreaterThan(15);
  expect(bench.counted.get("stt_frames_dropped")).toBeUndefined();
  stop.abort();
  await over;
});

test("5 s of audio survive an outage; beyond that the oldest goes, and is counted", async () => {
  const bench = await earBench();
  bench.server.refusals.push(503);
  const listening = bench.listen();
  for (const payload of frames(0, 260)) listening.ear.hear(payload);
  const socket = await comeBackAfter(bench, listening.heard);
  await eventually(() => expect(audioOf(socket.received)).toEqual(frames(10, 260)));
  expect(bench.counted.get("stt_frames_dropped{realtime}")).toBe(10);
});

async function comeBackAfter(bench: EarBench, heard: readonly Heard[]) {
  await eventually(() => expect(kinds(heard)).toEqual(["ear-note"]));
  await bench.clock.advance(250);
  return bench.server.socket(0);
}

test.each([
  [1000, ""],
  [1001, "going away"],
  [1003, "rate limit reached"],
  [1003, "unsupported payload"],
  [1008, "no activity for 60 s"],
  [1011, "internal error"],
  [1013, "backend unavailable"],
])("a close with %i %s is tried again with the same configuration", async (code, reason) => {
  const bench = await earBench();
  const { heard } = bench.listen();
  const first = await bench.server.socket(0);
  first.close(code, reason);
  await eventually(() => expect(kinds(heard)).toEqual(["ear-note"]));
  await bench.clock.advance(2000);
  const second = await bench.server.socket(1);
  expect(second.target).toBe(first.target);
  await eventually(() => expect(kinds(heard)).toEqual(["ear-note", "ear-note"]));
});

test("after a rate close the next try waits at least a second, after 1011 a moment, after 1013 a little", async () => {
  for (const [code, reason, tooEarlyMs, thenMs] of [
    [1003, "too many requests", 1000, 1000],
    [1011, "", 0, 100],
    [1013, "", 124, 126],
  ] as const) {
    const bench = await earBench();
    const { heard } = bench.listen();
    (await bench.server.socket(0)).close(code, reason);
    await eventually(() => expect(kinds(heard)).toEqual(["ear-note"]));
    await bench.clock.advance(tooEarlyMs);
    expect(bench.clock.pending).toBe(1);
    expect(bench.server.upgrades).toBe(1);
    await bench.clock.advance(thenMs);
    await bench.server.socket(1);
  }
});

test.each([429, 503, 500, 408])("an upgrade answered with %i is tried again", async (status) => {
  const bench = await earBench();
  bench.server.refusals.push(status);
  const listening = bench.listen();
  await comeBackAfter(bench, listening.heard);
  await eventually(() => expect(kinds(listening.heard)).toEqual(["ear-note", "ear-note"]));
});

test.each([
  [1003, "quota exceeded"],
  [1003, "insufficient_quota_error: no credits left"],
  [4000, "insufficient_quota_error"],
])("a close with %i %s ends the ear at once, at either socket", async (code, reason) => {
  const bench = await earBench();
  const { heard, over } = bench.listen();
  (await bench.server.socket(0)).close(code, reason);
  await over;
  expect(kinds(heard)).toEqual(["ear-failed"]);
  expect(failure(heard)).toMatchObject({ provider: "sarvam-stt", retryable: false });
  await bench.clock.advance(60_000);
  expect(bench.server.upgrades).toBe(1);
  expect(bench.clock.pending).toBe(0);
});

test("a fatal error message is obeyed before the server closes", async () => {
  const bench = await earBench();
  const { heard } = bench.listen();
  const first = await bench.server.socket(0);
  first.say({ event: "error", code: "internal", message: "oops", is_fatal: true, status_code: 500 });
  await eventually(() => expect(kinds(heard)).toEqual(["ear-note"]));
  await eventually(() => expect(first.closed).toBe(true));
  await bench.clock.advance(250);
  const second = await bench.server.socket(1);
  second.say({ event: "error", code: "model_unavailable", message: "gone", is_fatal: true });
  expect((await bench.server.socket(2)).path).toBe("/speech-to-text/ws");
});

test("a server that stays away is given up after some seconds, as something that may pass", async () => {
  const away = await earServer();
  await away.stop();
  const bench = await earBench({ baseUrl: away.baseUrl });
  const { heard, over } = bench.listen();
  const error = await untilOver(bench, heard, over);
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ provider: "sarvam-stt", retryable: true });
  expect(kinds(heard)).toEqual(["ear-note", "ear-failed"]);
  expect(bench.clock.now()).toBeGreaterThanOrEqual(5000);
  expect(bench.clock.pending).toBe(0);
});

test("a server that accepts and closes again and again is given up too", async () => {
  const bench = await earBench();
  bench.server.onSocket = (socket) => socket.close(1011, "no worker");
  const { heard, over } = bench.listen();
  expect(await untilOver(bench, heard, over)).toMatchObject({ retryable: true });
  expect(bench.server.upgrades).toBe(7);
});

test("what worked for a while may fail often: only failures in a row and in quick succession count", async () => {
  const bench = await earBench();
  const listening = bench.listen();
  for (let round = 0; round < 12; round += 1) {
    const socket = await bench.server.socket(round);
    await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(round + 1));
    await bench.clock.advance(10_000);
    socket.drop();
    await comeBack(bench, listening, round + 1);
  }
  expect(failure(listening.heard)).toBeUndefined();
});

test.each([
  ["an upgrade answered with 403", [403], undefined],
  ["an upgrade answered with 401", [401], undefined],
  ["a close with 4000", [], 4000],
  ["a close with 4008", [], 4008],
  ["a key refused by 1003", [], 1003],
] as const)("%s falls back to the older socket at once, with all the audio kept", async (_what, refusals, code) => {
  const bench = await earBench();
  bench.server.refusals.push(...refusals);
  bench.server.onSocket = (socket) => {
    if (code && socket.path.includes("realtime")) socket.close(code, "invalid api key");
  };
  const { ear, heard } = bench.listen();
  for (const payload of frames(0, 50)) ear.hear(payload);
  const older = await eventually(() => {
    const found = bench.server.sockets.find(({ path }) => path === "/speech-to-text/ws");
    if (!found) throw new Error("not yet");
    return found;
  });
  await eventually(() => expect(older.received).toHaveLength(25));
  expect(heard).toEqual([{ kind: "ear-note", note: expect.stringContaining("falling back to streaming") }]);
  expect(bench.counted.get("stt_fallbacks")).toBe(1);
  older.say({ type: "data", data: { transcript: "words" } });
  await eventually(() => expect(heard.at(-1)).toEqual({ kind: "final", utterance: 1, text: "words" }));
  expect(bench.clock.now()).toBe(0);
});

test("refused by both sockets, the ear fails for good after one try each", async () => {
  const bench = await earBench({ api: "auto" });
  bench.server.refusals.push(403, 403);
  const { heard, over } = bench.listen();
  await over;
  expect(kinds(heard)).toEqual(["ear-note", "ear-failed"]);
  expect(failure(heard)).toMatchObject({ retryable: false, message: expect.stringContaining("HTTP 403") });
  await bench.clock.advance(60_000);
  expect(bench.server.upgrades).toBe(2);
});

test("auto remembers that realtime refused, and asks again after ten minutes; realtime asks for each call", async () => {
  const paths = async (api: "auto" | "realtime"): Promise<string[]> => {
    const bench = await earBench({ api });
    bench.server.refusals.push(403);
    bench.listen();
    await bench.server.socket(0);
    bench.listen();
    await bench.server.socket(1);
    await bench.clock.advance(10 * 60_000);
    bench.listen();
    await bench.server.socket(2);
    return bench.server.sockets.map(({ path }) => path);
  };
  const older = "/speech-to-text/ws";
  const realtime = "/speech-to-text-realtime/ws";
  expect(await paths("auto")).toEqual([older, older, realtime]);
  expect(await paths("realtime")).toEqual([older, realtime, realtime]);
});

test("utterances keep counting up over a fallback in mid-call", async () => {
  const bench = await earBench();
  const listening = bench.listen();
  const first = await bench.server.socket(0);
  for (const idx of [0, 1]) first.say({ event: "transcript.final", utterance_idx: idx, text: "x" });
  await eventually(() => expect(listening.heard).toHaveLength(2));
  first.drop();
  const second = await comeBack(bench, listening);
  second.say({ event: "transcript.final", utterance_idx: 0, text: "x" });
  await eventually(() => expect(listening.heard).toHaveLength(5));
  second.close(4000, "beta access ended");
  const third = await bench.server.socket(2);
  third.say({ type: "events", data: { signal_type: "START_SPEECH" } });
  await eventually(() => expect(listening.heard.at(-1)).toEqual({ kind: "speech-started", utterance: 4 }));
});

test("I31: a key that the server echoes is in neither note nor error", async () => {
  const bench = await earBench({ api: "streaming" });
  bench.server.onSocket = (socket) => socket.close(4000, "bad key sk_test_secret");
  const { heard, over } = bench.listen(MULAW);
  await over;
  expect(failure(heard)?.message).toContain("bad key [key]");
  expect(JSON.stringify(heard) + String(failure(heard))).not.toContain("sk_test_secret");
});

test("S0.18: the ear takes audio at any time; a frame is on its way before `hear` returns to the line", async () => {
  const bench = await earBench();
  const { ear } = bench.listen();
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened")).toBe(1));
  for (let index = 0; index < 5; index += 1) {
    ear.hear(frame(index));
    await eventually(() => expect(socket.received).toHaveLength(index + 1));
  }
  // No timer had to run for it.
  expect(bench.clock.now()).toBe(0);
});
