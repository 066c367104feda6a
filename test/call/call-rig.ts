import { type CallParts, type Line, type WarmCall, warmCall } from "../../src/call/call.ts";
import type { AgentProfile, DialogAgent } from "../../src/dialog/dialog.ts";
import { silentLog } from "../../src/kit/log.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { BookEntry } from "../../src/record/record.ts";
import type { Heard, SpeechToText, TextToSpeech } from "../../src/speech/speech.ts";
import { agentWith } from "./rules.ts";

export const mulaw = { encoding: "mulaw", rate: 8000 } as const;
export const pcm16k = { encoding: "linear16", rate: 16000 } as const;
/** 60 ms of µ-law. */
export const FRAME = Buffer.alloc(480, 0x55).toString("base64");

/** A line that plays in real time and returns its marks when they are reached; `clear` returns them all, as Twilio does. */
function testLine(clock: VirtualClock, log: string[]) {
  let playedUntil = 0;
  let pending: { mark: string; cancel: () => void }[] = [];
  const line = {
    onAudio: (_payload: string): void => {},
    onSignal: (_signal: Parameters<Line["onSignal"]>[0]): void => {},
    framing: () => ({ frameBytes: 480, alignBytes: 1, minBytes: 1, maxBytes: 100_000, padByte: 0xff }),
    play: (payload: string): void => {
      playedUntil = Math.max(playedUntil, clock.now()) + Buffer.from(payload, "base64").length / 8;
      log.push("play");
    },
    mark: (mark: string): void => {
      log.push(`mark ${mark}`);
      const returned = (): void => line.onSignal({ kind: "played", mark });
      const cancel = clock.after(Math.max(0, playedUntil - clock.now()), returned);
      pending.push({ mark, cancel });
    },
    clear: (): void => {
      log.push("clear");
      playedUntil = clock.now();
      for (const { mark, cancel } of pending) {
        cancel();
        line.onSignal({ kind: "played", mark });
      }
      pending = [];
    },
  };
  return line;
}

/** A mouth that makes 300 ms of audio of each text, in five frames that come at once. */
const quickMouth = (log: string[]): TextToSpeech => ({
  open: ({ format }, signal) => {
    log.push(`mouth ${format.encoding} ${format.rate}`);
    signal.addEventListener("abort", () => log.push("mouth closed"));
    return {
      async *speak(texts) {
        let index = 0;
        for await (const text of texts) {
          if (text.startsWith("!")) throw new ProviderError("tts", text, text === "!again");
          for (let i = 0; i < 5; i++) yield { kind: "audio", payload: FRAME };
          yield { kind: "said", index };
          index++;
        }
      },
    };
  },
});

const echo: DialogAgent = {
  async *reply(history) {
    const words = history.at(-1)?.text ?? "";
    if (words === "bye") {
      yield { kind: "hang-up" };
      yield { kind: "text", text: "Goodbye." };
    } else if (words === "fail") throw new ProviderError("llm", "502 from the model", true);
    else for (const part of [`You said ${words}.`, "Is that right?"]) yield { kind: "text", text: part };
  },
};

/** A call on a virtual clock, over a line that notes in `log` what it is made to do. */
export function rig(dialog: AgentProfile["dialog"] = echo, more: Partial<CallParts> = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const heard: string[] = [];
  const books: BookEntry[] = [];
  const journal: object[] = [];
  const ear = new Mailbox<Heard>();
  const stt: SpeechToText = {
    listen: ({ format }) => {
      log.push(`ear ${format.encoding} ${format.rate}`);
      return Object.assign(ear, { hear: (payload: string) => void heard.push(payload) });
    },
  };
  const stop = new AbortController();
  const parts: CallParts = {
    clock,
    stt,
    tts: quickMouth(log),
    log: silentLog,
    meter: deafMeter,
    agent: agentWith(dialog),
    apology: () => ({ text: "Sorry.", audio: Buffer.alloc(960, 0x11) }),
    journal: (entry) => void journal.push(entry),
    write: (entry) => void books.push(entry),
    ...more,
  };
  const line = testLine(clock, log);
  const call: WarmCall = warmCall(parts, mulaw, stop.signal);
  const end = call.run(line);
  const turns = () => {
    const last = new Map(books.flatMap((e) => (e.kind === "turn" ? [[e.turn.seq, e.turn] as const] : [])));
    return [...last.values()];
  };
  return { call, clock, log, heard, books, journal, ear, line, stop, end, turns };
}

export const final = (utterance: number, text: string): Heard => ({ kind: "final", utterance, text });
