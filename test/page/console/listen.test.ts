import { expect, test } from "vitest";
import { base64Of, mulawBytes, pcmBytes } from "../../../src/page/client/pcm.ts";
import type { SocketEvents, Speaker, SpeakerEvents } from "../../../src/page/client/ports.ts";
import { type ListenState, listenIn, overheard, SPEAKER_RATE } from "../../../src/page/console/listen.ts";

const MULAW = { encoding: "audio/x-mulaw", sampleRate: 8000 } as const;
const PCM = { encoding: "audio/l16", sampleRate: 16_000 } as const;

type Stand = Speaker & { rate: number; played: Int16Array[]; cleared: number; on: boolean; events?: SpeakerEvents };

function speaker(refusal?: Error): Stand {
  return {
    rate: 0,
    played: [],
    cleared: 0,
    on: false,
    async start(rate, events) {
      Object.assign(this, { rate, events, on: true });
      if (refusal) throw refusal;
    },
    play(samples) {
      this.played.push(samples);
    },
    mark() {},
    clear() {
      this.cleared += 1;
    },
    stop() {
      this.on = false;
    },
  };
}

function room(refusal?: Error) {
  const speakers = { caller: speaker(refusal), agent: speaker() };
  const states: ListenState[] = [];
  const levels: [string, number][] = [];
  const socket: { events?: SocketEvents; closedWith?: number; url?: string } = {};
  const listening = listenIn(
    {
      url: "wss://gateway/v1/calls/call_1/listen",
      speakers,
      openSocket(url, events) {
        Object.assign(socket, { url, events });
        const close = (code: number): void => {
          socket.closedWith = code;
        };
        return { bufferedAmount: 0, send() {}, close };
      },
    },
    { changed: (state) => states.push(state), level: (side, rms) => levels.push([side, rms]) },
  );
  const says = (message: object): void => socket.events?.message(JSON.stringify(message));
  return { speakers, states, levels, socket, listening, says };
}

/** 100 ms of a steady loudness. */
const steady = (rate: number): Int16Array => new Int16Array(rate / 10).fill(8_000);
const loudest = (played: readonly Int16Array[]): number =>
  Math.max(0, ...played.map((samples) => Math.max(...samples)));
const msOf = (played: readonly Int16Array[]): number =>
  (played.reduce((sum, samples) => sum + samples.length, 0) / SPEAKER_RATE) * 1000;

test.each([
  ["a start", { event: "start", caller: MULAW, agent: PCM }],
  ["sound", { event: "media", side: "caller", payload: "AA==" }],
  ["what is dropped", { event: "clear", side: "agent" }],
  ["the end", { event: "ended" }],
])("%s is understood", (_, message) => {
  expect(overheard(JSON.stringify(message))).toEqual(message);
});

test.each([
  ["no JSON", "{"],
  ["no object", "7"],
  ["nothing that is known", JSON.stringify({ event: "weather" })],
  [
    "a format that nobody can play",
    JSON.stringify({ event: "start", caller: { ...MULAW, encoding: "mp3" }, agent: PCM }),
  ],
  ["a rate that is none", JSON.stringify({ event: "start", caller: { ...MULAW, sampleRate: 0 }, agent: PCM })],
  ["a side that is none", JSON.stringify({ event: "media", side: "both", payload: "AA==" })],
  ["sound without sound", JSON.stringify({ event: "media", side: "caller" })],
])("%s is of no use, and harmless", (_, text) => {
  expect(overheard(text)).toBeUndefined();
});

test("each side is heard from its own speaker, at the rate its line has", () => {
  const { speakers, states, says } = room();
  expect(speakers).toMatchObject({ caller: { on: true, rate: SPEAKER_RATE }, agent: { on: true, rate: SPEAKER_RATE } });
  says({ event: "start", caller: MULAW, agent: PCM });
  says({ event: "media", side: "caller", payload: base64Of(mulawBytes(steady(8000))) });
  expect(msOf(speakers.caller.played)).toBe(100);
  expect(speakers.agent.played).toEqual([]);
  says({ event: "media", side: "agent", payload: base64Of(pcmBytes(steady(16_000))) });
  expect(msOf(speakers.agent.played)).toBe(100);
  expect(loudest(speakers.agent.played)).toBeGreaterThan(7_500);
  expect(states).toEqual([{ phase: "connecting" }, { phase: "listening" }]);
});

test("sound before the line is known, and what is no sound, is left out", () => {
  const { speakers, says } = room();
  says({ event: "media", side: "caller", payload: "AAAA" });
  says({ event: "start", caller: MULAW, agent: MULAW });
  says({ event: "media", side: "caller", payload: "§" });
  expect(speakers.caller.played).toEqual([]);
});

test("the volume is that of what comes from then on", () => {
  const { speakers, says, listening } = room();
  says({ event: "start", caller: PCM, agent: PCM });
  listening.volume(0.5);
  says({ event: "media", side: "caller", payload: base64Of(pcmBytes(steady(16_000))) });
  expect(loudest(speakers.caller.played)).toBeGreaterThan(3_500);
  expect(loudest(speakers.caller.played)).toBeLessThan(5_000);
});

test("what the agent was going to say is not heard once it is cut short", () => {
  const { speakers, says } = room();
  says({ event: "start", caller: MULAW, agent: MULAW });
  says({ event: "clear", side: "agent" });
  expect(speakers).toMatchObject({ caller: { cleared: 0 }, agent: { cleared: 1 } });
});

test("levels are told until it is stopped, and then nothing is", () => {
  const { speakers, levels, states, socket, says, listening } = room();
  says({ event: "start", caller: MULAW, agent: MULAW });
  speakers.agent.events?.level(0.25);
  listening.stop();
  speakers.agent.events?.level(0.5);
  says({ event: "ended" });
  socket.events?.closed(1000, "");
  expect(levels).toEqual([["agent", 0.25]]);
  expect(socket.closedWith).toBe(1000);
  expect(speakers).toMatchObject({ caller: { on: false }, agent: { on: false } });
  expect(states.map(({ phase }) => phase)).toEqual(["connecting", "listening"]);
});

test.each([
  ["the call ends", true, { event: "ended" }, "The call is over."],
  ["the connection breaks", true, undefined, /broke off/],
  ["the gateway refuses", false, undefined, /were not let in/],
])("when %s, it stops and says so", (_, began, message, why) => {
  const { speakers, states, socket, says } = room();
  if (began) says({ event: "start", caller: MULAW, agent: MULAW });
  if (message) says(message);
  socket.events?.closed(1006, "");
  expect(states.filter(({ phase }) => phase === "over")).toEqual([
    { phase: "over", why: typeof why === "string" ? why : expect.stringMatching(why) },
  ]);
  expect(speakers).toMatchObject({ caller: { on: false }, agent: { on: false } });
});

test("a browser without sound says so", async () => {
  const { states, socket } = room(new Error("no worklets"));
  await Promise.resolve();
  await Promise.resolve();
  expect(states.at(-1)).toMatchObject({ phase: "over", why: expect.stringContaining("cannot play") });
  expect(socket.closedWith).toBe(1000);
});
