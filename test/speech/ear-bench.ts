import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { type Ids, randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import type { Meter } from "../../src/kit/meter.ts";
import { type SarvamEarOptions, sarvamEar } from "../../src/speech/sarvam/ear.ts";
import type { Ear, Heard, SpeechToText } from "../../src/speech/speech.ts";
import { SocketClock } from "../kit/socket-clock.ts";
import { type EarServer, type EarSocket, earServer, eventually } from "./ear-server.ts";

export const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };

export type Listening = {
  readonly ear: Ear;
  readonly heard: Heard[];
  /** Settles when the iteration is over. */
  readonly over: Promise<void>;
  readonly stop: AbortController;
};

export type EarBench = {
  readonly server: EarServer;
  readonly clock: SocketClock;
  readonly speech: SpeechToText;
  /** Sums of counters, by name and by `name{label}`. */
  readonly counted: Map<string, number>;
  listen(format?: AudioFormat, language?: string): Listening;
};

/** An ear in front of a scripted server, under a clock that stands still; chance is always 0.5. */
export async function earBench(options: Partial<SarvamEarOptions> = {}): Promise<EarBench> {
  const server = await earServer();
  const clock = new SocketClock();
  const counted = new Map<string, number>();
  const speech = sarvamEar({
    baseUrl: server.baseUrl,
    apiKey: "sk_test_secret",
    api: "realtime",
    clock,
    ids: evenIds(),
    log: silentLog,
    meter: countingMeter(counted),
    ...options,
  });
  return {
    server,
    clock,
    speech,
    counted,
    listen(format = MULAW, language = "hi-IN") {
      const stop = new AbortController();
      onTestFinished(() => stop.abort());
      const ear = speech.listen({ format, language }, stop.signal);
      const heard: Heard[] = [];
      return { ear, heard, stop, over: collect(ear, heard) };
    },
  };
}

async function collect(ear: Ear, heard: Heard[]): Promise<void> {
  for await (const event of ear) heard.push(event);
}

const evenIds = (): Ids => ({ ...randomIds(() => 0), chance: () => 0.5 });

function countingMeter(counted: Map<string, number>): Meter {
  const add = (name: string, by: number): void => void counted.set(name, (counted.get(name) ?? 0) + by);
  return {
    count(name, labels = {}, by = 1) {
      add(name, by);
      for (const label of Object.values(labels)) add(`${name}{${label}}`, by);
    },
    observe: () => {},
    gauge: () => {},
  };
}

/** 20 ms of µ-law that no other index has, as base64. */
export function frame(index: number, bytes = 160): string {
  const audio = Buffer.alloc(bytes, 0xff);
  audio.writeUInt32BE(index, 0);
  return audio.toString("base64");
}

export const frames = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, offset) => frame(from + offset));

/** The base64 texts in what a realtime server received, read off the wire shape itself. */
export const audioOf = (received: readonly string[]): string[] =>
  received.flatMap((text) => {
    const message: { event?: string; audio?: string } = JSON.parse(text);
    return message.event === "audio_input" && message.audio ? [message.audio] : [];
  });

export const sha256 = (payloads: readonly string[]): string =>
  createHash("sha256")
    .update(Buffer.concat(payloads.map((payload) => Buffer.from(payload, "base64"))))
    .digest("hex");

export const kinds = (heard: readonly Heard[]): string[] => heard.map(({ kind }) => kind);

/** Waits for the note that the connection is lost, then lets the first pause before the next try pass. */
export async function comeBack({ server, clock }: EarBench, { heard }: Listening, notes = 1): Promise<EarSocket> {
  const before = server.sockets.length;
  await eventually(() => {
    if (lostNotes(heard) < notes) throw new Error("the loss was not noticed yet");
  });
  await clock.advance(100);
  return server.socket(before);
}

const lostNotes = (heard: readonly Heard[]): number =>
  heard.filter((event) => event.kind === "ear-note" && event.note.includes("connecting again")).length;
