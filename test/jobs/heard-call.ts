import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { type CallParts, warmCall } from "../../src/call/call.ts";
import { twilio } from "../../src/carrier/twilio.ts";
import type { DialogAgent } from "../../src/dialog/dialog.ts";
import { MediaLine } from "../../src/gateway/media-line.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { type Clock, sleepOn } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type Dice, seededDice } from "../../src/simulator/sarvam/dice.ts";
import type { Heard, TextToSpeech } from "../../src/speech/speech.ts";
import { agentWith } from "../call/rules.ts";

const MULAW = { encoding: "mulaw", rate: 8000 } as const;
/** µ-law bytes per millisecond. */
const PER_MS = 8;
const FRAME_MS = 20;
const SILENCE = 0xff;

/** A stretch of time, in ms of the call's clock. */
export type Span = { readonly fromMs: number; readonly toMs: number };
const within = (spans: readonly Span[], atMs: number): Span | undefined =>
  spans.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);

export type Troubles = {
  /** Our process does nothing. */
  readonly stalls: readonly Span[];
  /** Nothing comes through from the carrier; it comes afterwards, all at once. */
  readonly heldUp: readonly Span[];
  /** The carrier leaves the caller's silence out. */
  readonly leftOut: readonly Span[];
  /** The disk does not keep up: sound does not get into the journal. */
  readonly diskLosses: readonly Span[];
};

export const NO_TROUBLE: Troubles = { stalls: [], heldUp: [], leftOut: [], diskLosses: [] };

export type HeardCall = {
  readonly entries: readonly JournalEntry[];
  /** What was spoken and heard at the carrier's end, from the stream's start to the call's end: PCM16 samples at 8 kHz. */
  readonly caller: Int16Array;
  readonly agent: Int16Array;
  readonly lengthMs: number;
  /** When the agent was cut off, from the stream's start. */
  readonly clearsMs: readonly number[];
};

/** Time as a process sees it that at times does nothing: what falls into such a time happens at its end. */
function stallingClock(time: VirtualClock, dice: Dice, stalls: readonly Span[]): Clock {
  const after: Clock["after"] = (ms, then) => {
    const ringMs = time.now() + Math.max(0, ms + dice.between(-0.9, 4));
    return time.after((within(stalls, ringMs)?.toMs ?? ringMs) - time.now(), then);
  };
  return { now: () => time.now(), wall: () => time.wall(), after, sleep: sleepOn(after) };
}

/** Sound that is like no other: where it is found, it is it. */
function burst(dice: Dice, ms: number): Buffer {
  return Buffer.from(Array.from({ length: Math.round(ms) * PER_MS }, () => Math.floor(dice.between(0, 256))));
}

/** The carrier's end of a media socket: sends what the caller says, plays what comes, and knows when it was heard. */
class CarrierEnd extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly bufferedAmount = 0;
  readonly sounds: { atMs: number; bytes: Buffer }[] = [];
  readonly clearsMs: number[] = [];
  readonly #time: VirtualClock;
  #heardAllMs = 0;
  #marks: { readonly name: string; readonly cancel: () => void }[] = [];
  arrive: (message: object) => void = () => {};

  constructor(time: VirtualClock) {
    super();
    this.#time = time;
  }

  send(text: string): void {
    const message = JSON.parse(text);
    const nowMs = this.#time.now();
    if (message.event === "media") {
      const bytes = Buffer.from(message.media.payload, "base64");
      const atMs = Math.max(nowMs, this.#heardAllMs);
      this.sounds.push({ atMs, bytes });
      this.#heardAllMs = atMs + bytes.length / PER_MS;
    } else if (message.event === "mark") {
      const name: string = message.mark.name;
      const cancel = this.#time.after(Math.max(0, this.#heardAllMs - nowMs) + 30, () => this.#giveBack(name));
      this.#marks.push({ name, cancel });
    } else if (message.event === "clear") this.#clear(nowMs);
  }

  close(): void {
    this.readyState = 3;
  }

  #clear(nowMs: number): void {
    this.clearsMs.push(nowMs);
    this.#heardAllMs = Math.min(this.#heardAllMs, nowMs);
    for (const sound of this.sounds) {
      const heardMs = Math.max(0, nowMs - sound.atMs);
      sound.bytes = sound.bytes.subarray(0, Math.round(heardMs * PER_MS));
    }
    for (const { name, cancel } of this.#marks.splice(0)) {
      cancel();
      this.#time.after(20, () => this.#giveBack(name));
    }
  }

  #giveBack(name: string): void {
    this.#marks = this.#marks.filter((mark) => mark.name !== name);
    this.arrive({ event: "mark", streamSid: "MZ1", mark: { name } });
  }
}

/** A burst and a pause for every word. */
const speechFor = (text: string, dice: Dice): Buffer =>
  Buffer.concat(
    text
      .split(" ")
      .flatMap(() => [
        burst(dice, dice.between(80, 300)),
        Buffer.alloc(Math.round(dice.between(20, 200)) * PER_MS, SILENCE),
      ]),
  );

/** Speaks in pieces of all sizes, often faster than they are heard, at times slower; it fails now and then. */
const voice = (clock: Clock, dice: Dice): TextToSpeech => ({
  open: () => ({
    async *speak(texts, signal) {
      let index = 0;
      for await (const text of texts) {
        await clock.sleep(dice.between(60, 400), signal);
        if (dice.next() < 0.03) throw new ProviderError("tts", "1006", true);
        const [leastMs, mostMs] = dice.next() < 0.2 ? [300, 900] : [0, 150];
        const sound = speechFor(text, dice);
        for (let at = 0; at < sound.length; ) {
          const piece = sound.subarray(at, at + Math.ceil(dice.between(1, 6000)));
          at += piece.length;
          yield { kind: "audio", payload: piece.toString("base64") };
          await clock.sleep(dice.between(leastMs, mostMs), signal);
        }
        yield { kind: "said", index: index++ };
      }
    },
  }),
});

const talker = (clock: Clock, dice: Dice): DialogAgent => ({
  async *reply(_history, signal) {
    await clock.sleep(dice.between(50, 600), signal);
    for (let sentence = 0; sentence < dice.between(1, 4); sentence++) {
      yield { kind: "text", text: "So many words in every sentence that is spoken here." };
      await clock.sleep(dice.between(0, 200), signal);
    }
  },
});

type CallerParts = { time: VirtualClock; dice: Dice; troubles: Troubles; lastsMs: number };

/** All that the caller says, and for each utterance what the ear makes of it. Nothing is said where the carrier leaves silence out. */
function callerSays({ dice, troubles, lastsMs }: CallerParts) {
  const said = Buffer.alloc(Math.round(lastsMs) * PER_MS, SILENCE);
  const utterances: Span[] = [];
  for (let atMs = 1500; atMs < lastsMs - 1000; atMs += dice.between(1500, 9000)) {
    const sound = burst(dice, dice.between(150, 900));
    const toMs = atMs + sound.length / PER_MS;
    if (troubles.leftOut.some((span) => span.fromMs < toMs && span.toMs > atMs - FRAME_MS)) continue;
    sound.copy(said, Math.round(atMs) * PER_MS);
    utterances.push({ fromMs: atMs, toMs });
  }
  return { said, utterances };
}

/** Sends it in frames of 20 ms. They are a little late, in order; what is held up comes in one go; silence may be left out. */
function sendFrames(
  said: Buffer,
  startedMs: number,
  { time, dice, troubles }: CallerParts,
  arrive: CarrierEnd["arrive"],
): void {
  let cameMs = 0;
  for (let atMs = 0; (atMs + FRAME_MS) * PER_MS <= said.length; atMs += FRAME_MS) {
    if (within(troubles.leftOut, atMs)) continue;
    const payload = said.subarray(atMs * PER_MS, (atMs + FRAME_MS) * PER_MS).toString("base64");
    const sentMs = startedMs + atMs + FRAME_MS;
    const lateMs = within(troubles.heldUp, sentMs - startedMs);
    cameMs = Math.max(cameMs, (lateMs ? startedMs + lateMs.toMs : sentMs) + dice.between(0, 12) ** 2 / 12);
    const media = { track: "inbound", chunk: "1", timestamp: String(atMs), payload };
    time.after(cameMs - time.now(), () => arrive({ event: "media", streamSid: "MZ1", media }));
  }
}

const START = {
  event: "start",
  streamSid: "MZ1",
  start: {
    accountSid: "AC1",
    streamSid: "MZ1",
    callSid: "CA1",
    tracks: ["inbound"],
    mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    customParameters: {},
  },
};

/** The gateway's side of it. Resolves once the call is over. */
function answered(carrier: CarrierEnd, clock: Clock, dice: Dice, ear: Mailbox<Heard>, journal: CallParts["journal"]) {
  const parts: CallParts = {
    clock,
    log: silentLog,
    meter: deafMeter,
    stt: { listen: () => Object.assign(ear, { hear: () => {} }) },
    tts: voice(clock, dice),
    agent: agentWith(talker(clock, dice), { limits: { maxDurationMs: 10_000_000, silenceMs: 20_000 } }),
    apology: () => ({ text: "Sorry.", audio: APOLOGY }),
    journal,
    write: () => {},
    recordAudio: true,
  };
  const call = warmCall(parts, MULAW, new AbortController().signal);
  const dialect = twilio({ authToken: "x", publicUrl: "https://voice.example.test" });
  return new Promise<unknown>((resolve, reject) => {
    const line: MediaLine = new MediaLine(carrier as unknown as WebSocket, dialect, parts, {
      begin: () => {
        call.run(line).then(resolve, reject);
        return undefined;
      },
      neverBegan: (why) => reject(new Error(why)),
      broken: reject,
    });
  });
}

/** A call of `lastsMs` over a media line, with all its troubles; the same for the same seed. */
export async function heardCall(seed: number, lastsMs: number, troubles: Troubles = NO_TROUBLE): Promise<HeardCall> {
  const dice = seededDice(seed);
  const time = new VirtualClock();
  const startedMs = Math.round(dice.between(300, 2000));
  const stalls = troubles.stalls.map(({ fromMs, toMs }) => ({ fromMs: startedMs + fromMs, toMs: startedMs + toMs }));
  const clock = stallingClock(time, dice, stalls);
  const entries: JournalEntry[] = [];
  const ear = new Mailbox<Heard>();
  const carrier = new CarrierEnd(time);
  const over = answered(carrier, clock, dice, ear, journalOf(entries, troubles.diskLosses, startedMs));
  carrier.arrive = (message) => {
    const come = (): unknown => carrier.emit("message", Buffer.from(JSON.stringify(message)), false);
    const stall = within(stalls, time.now());
    if (stall) time.after(stall.toMs - time.now(), come);
    else come();
  };
  await time.advance(startedMs);
  const parts = { time, dice, troubles, lastsMs };
  const { said, utterances } = callerSays(parts);
  carrier.arrive(START);
  sendFrames(said, startedMs, parts, (message) => carrier.arrive(message));
  for (const [utterance, { fromMs, toMs }] of utterances.entries()) {
    const hear = (atMs: number, heard: Heard): void => void clock.after(atMs, () => ear.put(heard));
    hear(fromMs + 100, { kind: "speech-started", utterance });
    hear(toMs + 100, { kind: "speech-ended", utterance });
    hear(toMs + 250, { kind: "final", utterance, text: dice.next() < 0.8 ? `words ${utterance}` : "" });
  }
  await time.advance(lastsMs);
  carrier.emit("close", 1000);
  await time.advance(1);
  await over;
  return {
    entries: JSON.parse(JSON.stringify(entries)), // as a file would give them back
    caller: pcmOf(said),
    agent: pcmOf(heard(carrier.sounds, startedMs, lastsMs)),
    lengthMs: lastsMs,
    clearsMs: carrier.clearsMs.map((atMs) => atMs - startedMs),
  };
}

/** 1.2 s that no voice gave. */
export const APOLOGY = burst(seededDice(77), 1200);

/** As a journal does whose disk does not keep up: sound goes first. */
function journalOf(entries: JournalEntry[], losses: readonly Span[], startedMs: number) {
  let lost = 0;
  return (entry: JournalEntry): void => {
    const losing = within(losses, entry.atMs - startedMs) !== undefined;
    if (!losing && lost > 0) {
      entries.push({ atMs: entry.atMs, lost: { audio: lost, lines: 0 } });
      lost = 0;
    }
    if (losing && "audio" in entry) lost++;
    else if (losing && "spoken" in entry && "bytes" in entry.spoken) {
      lost++;
      const { audio: _, ...spoken } = entry.spoken;
      entries.push({ ...entry, spoken });
    } else entries.push(entry);
  };
}

function heard(sounds: CarrierEnd["sounds"], startedMs: number, lastsMs: number): Buffer {
  const all = Buffer.alloc(Math.round(lastsMs) * PER_MS, SILENCE);
  for (const { atMs, bytes } of sounds) bytes.copy(all, Math.round((atMs - startedMs) * PER_MS));
  return all;
}

function pcmOf(mulaw: Buffer): Int16Array {
  const pcm = decodeMulaw(mulaw);
  return Int16Array.from({ length: pcm.length / 2 }, (_, index) => pcm.readInt16LE(index * 2));
}
