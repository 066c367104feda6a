import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLog } from "../../src/kit/log.ts";
import { startGateway } from "../../src/main.ts";
import type { SocketRecord, WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { until } from "../rig.ts";
import { usedFolder } from "../used-folder.ts";
import { ask, ECHO, greeted, hangUp, type JournalLine, type Story, startStory } from "./story.ts";

const SHUBH = { model: "bulbul:v3", speaker: "shubh", pace: 1.1, temperature: 0.6 };
const ANUSHKA = {
  model: "bulbul:v2",
  speaker: "anushka",
  pace: 1.2,
  pitch: 0.25,
  loudness: 1.5,
  bitrate: "64k",
  minBufferSize: 40,
  maxChunkLength: 200,
};
const HINDI_NUMBER = "+918000000021";
const AGENTS = {
  default: { ...ECHO, voice: SHUBH },
  [HINDI_NUMBER]: { ...ECHO, language: "hi-IN", voice: ANUSHKA },
};

/** Three calls at once, each with a question of its own, by which its sockets are known afterwards. */
type Witness = {
  readonly call: TwinCall;
  readonly question: string;
  readonly ear: SocketRecord;
  readonly lines: readonly JournalLine[];
};

let story: Story;
let witnesses: readonly Witness[];
let openInMidCall: Readonly<Record<"stt" | "tts", number>>;

beforeAll(async () => {
  story = await startStory({ agents: AGENTS, simulator: { voiceMsPerChar: 20 } });
  const calls = await Promise.all([story.dialTwilio(), story.dialTwilio({ to: HINDI_NUMBER }), story.dialExotel()]);
  await Promise.all(calls.map(greeted));
  openInMidCall = { stt: story.sockets("stt", true).length, tts: story.sockets("tts", true).length };
  const questions = ["en-question", "hi-question", "en-interrupt"];
  await Promise.all(calls.map((call, i) => ask(call, questions[i] ?? "")));
  await Promise.all(calls.map(hangUp));
  witnesses = await Promise.all(
    calls.map(async (call, i) => {
      const question = voice(questions[i] ?? "").text;
      const ear = story.sockets("stt").find(({ texts }) => texts.includes(question));
      if (!ear) throw new Error(`nobody heard ${question}`);
      const { id } = await story.ended(call);
      return { call, question, ear, lines: await story.journal(id) };
    }),
  );
}, 60_000);
afterAll(() => story[Symbol.asyncDispose]());

const eventsOf = (socket: SocketRecord): readonly WireEvent[] => story.wire.filter((event) => event.socket === socket);

test("S0.6: each socket is opened with the key in a header, and no address holds it", () => {
  const sockets = [...story.sockets("stt"), ...story.sockets("tts")];
  expect(sockets.length).toBeGreaterThanOrEqual(9);
  for (const { headers, path, query } of sockets) {
    expect(headers["api-subscription-key"]).toBe(story.secrets.sarvamKey);
    expect(headers["sec-websocket-protocol"]).toBeUndefined();
    expect(JSON.stringify({ path, query })).not.toContain(story.secrets.sarvamKey);
  }
});

test("S0.7: partials and finals both reach the call as they come, word for word and in order", () => {
  for (const { ear, lines, question } of witnesses) {
    const sent = eventsOf(ear).flatMap((event) =>
      event.kind === "partial-sent" || event.kind === "final-sent"
        ? [{ kind: event.kind.replace("-sent", ""), text: event.text }]
        : [],
    );
    const heard = lines.flatMap(({ in: event }) =>
      event?.kind === "partial" || event?.kind === "final" ? [{ kind: event.kind, text: event.text }] : [],
    );
    expect(heard).toEqual(sent);
    expect(heard.filter(({ kind }) => kind === "partial").length).toBeGreaterThanOrEqual(2);
    expect(heard.filter(({ kind }) => kind === "final")).toEqual([{ kind: "final", text: question }]);
    const kinds = lines.map(({ in: event }) => event?.kind);
    expect(kinds.indexOf("partial")).toBeLessThan(kinds.indexOf("speech-ended"));
  }
});

test("S0.17: the end of an utterance asks the dialog, at once", () => {
  for (const { lines } of witnesses) {
    const final = lines.findIndex(({ in: event }) => event?.kind === "final");
    const asked = lines.findIndex(({ out }) => out?.do === "start-reply" && out.source?.kind === "dialog");
    expect(final).toBeGreaterThan(0);
    expect(asked).toBeGreaterThan(final);
    expect(lines[asked]?.atMs).toBe(lines[final]?.atMs);
    expect(lines.slice(final + 1, asked).filter((line) => line.in !== undefined)).toEqual([]);
  }
});

test("S0.18: the ear is fed on while the agent speaks", () => {
  for (const { call, ear } of witnesses) {
    const from = call.log.find(({ kind }) => kind === "playback-started")?.atMs ?? 0;
    const to = call.log.find(({ kind }) => kind === "playback-ended")?.atMs ?? 0;
    const fed = eventsOf(ear).filter(({ kind, atMs }) => kind === "audio-received" && atMs >= from && atMs <= to);
    expect(to - from).toBeGreaterThan(150);
    expect(fed.length).toBeGreaterThanOrEqual(Math.floor((0.7 * (to - from)) / 20) - 1);
  }
});

test("S0.11: on each mouth's socket the config comes first and once, then each text with its flush", () => {
  const spoken = story.sockets("tts").filter(({ texts }) => texts.length > 0);
  expect(spoken.flatMap(({ texts }) => texts).sort()).toEqual(
    [...witnesses.map(({ question }) => question), ...witnesses.map(() => ECHO.greeting)].sort(),
  );
  for (const socket of story.sockets("tts")) {
    const got = eventsOf(socket)
      .map(({ kind }) => kind)
      .filter((kind) => kind.endsWith("-received") && kind !== "ping-received");
    expect(got).toEqual(["config-received", ...socket.texts.flatMap(() => ["text-received", "flush-received"])]);
  }
});

test("S0.12, S0.13: language, voice, pace, pitch, format, bitrate and buffering of the agent are in the config", () => {
  const configs = new Set(
    story
      .sockets("tts")
      .map((socket) => JSON.stringify(sorted({ ...socket.configs[0], model: socket.query["model"] }))),
  );
  const shubh = {
    model: "bulbul:v3",
    target_language_code: "en-IN",
    speaker: "shubh",
    pace: 1.1,
    temperature: 0.6,
    min_buffer_size: 50,
    max_chunk_length: 150,
    speech_sample_rate: 8000,
  };
  const expected = [
    { ...shubh, output_audio_codec: "mulaw" },
    { ...shubh, output_audio_codec: "linear16" },
    {
      model: "bulbul:v2",
      target_language_code: "hi-IN",
      speaker: "anushka",
      pace: 1.2,
      pitch: 0.25,
      loudness: 1.5,
      output_audio_bitrate: "64k",
      min_buffer_size: 40,
      max_chunk_length: 200,
      speech_sample_rate: 8000,
      output_audio_codec: "mulaw",
    },
  ];
  expect([...configs].sort()).toEqual(expected.map((config) => JSON.stringify(sorted(config))).sort());
});

const sorted = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));

test("S0.12: a pitch that bulbul:v3 would reject keeps the gateway from starting, and the error names agent and field", async () => {
  const dataDir = await usedFolder();
  const file = join(dataDir, "agents.json");
  await writeFile(file, JSON.stringify({ "+918000000022": { ...ECHO, voice: { ...SHUBH, pitch: 0.2 } } }));
  const env = { HOST: "127.0.0.1", PORT: "0", PUBLIC_URL: "https://durvani.example.test", DATA_DIR: dataDir };
  await expect(startGateway({ ...env, AGENTS_FILE: file, SARVAM_API_KEY: "key" }, { log: silentLog })).rejects.toThrow(
    /\+918000000022 › voice.*pitch is not taken by bulbul:v3/,
  );
  await rm(dataDir, { recursive: true, force: true });
});

test("S0.15: completion events are asked for, and one comes for each flush", () => {
  for (const socket of story.sockets("tts")) {
    expect(socket.query["send_completion_event"]).toBe("true");
    const count = (wanted: WireEvent["kind"]): number => eventsOf(socket).filter(({ kind }) => kind === wanted).length;
    expect(count("tts-final-sent")).toBe(count("flush-received"));
  }
});

test("S0.16: a call has one ear and one mouth open, and a warm spare of the mouth", () => {
  expect(openInMidCall).toEqual({ stt: witnesses.length, tts: 2 * witnesses.length });
});

test("S0.20: the end of a call closes its sockets and the carrier's", async () => {
  for (const { call } of witnesses) expect(call.outcome.kind).toBe("closed");
  await until("closed sockets", () => story.simulator.wire.open() === 0);
});
