import type { AudioFormat } from "../../src/audio/format.ts";
import { type CallParts, type Line, POLICY, warmCall } from "../../src/call/call.ts";
import type { DialogAgent, Outbound } from "../../src/dialog/dialog.ts";
import type { JournalEntry, Recording } from "../../src/journal/journal.ts";
import { type Clock, sleepOn } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId, Decision } from "../../src/record/record.ts";
import { type Dice, seededDice } from "../../src/simulator/sarvam/dice.ts";
import type { Ear, Heard, SpeechToText, TextToSpeech } from "../../src/speech/speech.ts";
import { agentWith } from "../call/rules.ts";
import { applicationOf, FACTS, give, writer } from "./live-controls.ts";

export const MULAW = { encoding: "mulaw", rate: 8000 } as const;
export const framing = () => ({ frameBytes: 480, alignBytes: 1, minBytes: 1, maxBytes: 100_000, padByte: 0xff });
export const apology = () => ({ text: "Sorry.", audio: Buffer.alloc(960, 0x11) });

export type LiveCall = { readonly recording: Recording; readonly decisions: readonly Decision[] };

/** Ears that are opened one after the other. Each counts its utterances for itself, and hears only what begins in its time. */
class Ears implements SpeechToText {
  #heard = new Mailbox<Heard>();
  #first = 0;
  #next = 0;

  listen(): Ear {
    this.#heard = new Mailbox();
    this.#first = this.#next;
    return Object.assign(this.#heard, { hear: () => {} });
  }

  put(heard: Heard): void {
    if (!("utterance" in heard)) return this.#heard.put(heard);
    this.#next = Math.max(this.#next, heard.utterance + 1);
    if (heard.utterance >= this.#first) this.#heard.put({ ...heard, utterance: heard.utterance - this.#first });
  }
}

/** Timers as a busy machine rings them: up to a millisecond early, mostly a little late, at times by far too late. */
function busyClock(clock: VirtualClock, dice: Dice): Clock {
  const after: Clock["after"] = (ms, then) => {
    const late = dice.next() < 0.03 ? dice.between(20, 400) : dice.between(-0.9, 4);
    return clock.after(Math.max(0, ms + late), then);
  };
  return { now: () => clock.now(), wall: () => clock.wall(), after, sleep: sleepOn(after) };
}

/** A line that plays at its own speed; its marks come back late, some never. */
function phone(clock: VirtualClock, dice: Dice): Line & { keyed(digit: string): void } {
  let heardAllAt = 0;
  let out: { mark: string; cancel: () => void }[] = [];
  const line = {
    onAudio: (_payload: string): void => {},
    onSignal: (_signal: Parameters<Line["onSignal"]>[0]): void => {},
    framing,
    play(payload: string) {
      heardAllAt = Math.max(heardAllAt, clock.now()) + Buffer.from(payload, "base64").length / 8;
    },
    mark(mark: string) {
      if (dice.next() < 0.05) return;
      const echo = (): void => line.onSignal({ kind: "played", mark });
      const ms = Math.max(0, heardAllAt - clock.now()) + dice.between(5, 150);
      out.push({ mark, cancel: clock.after(ms, echo) });
    },
    clear() {
      heardAllAt = clock.now();
      for (const { mark, cancel } of out.splice(0)) {
        cancel();
        clock.after(dice.between(0, 60), () => line.onSignal({ kind: "played", mark }));
      }
      out = [];
    },
    keyed: (digit: string) => line.onSignal({ kind: "key", digit }),
  };
  return line;
}

/** Sound in chunks of all sizes, at its own pace; it fails now and then. */
const voice = (clock: Clock, dice: Dice): TextToSpeech => ({
  open: () => ({
    async *speak(texts, signal) {
      let index = 0;
      for await (const text of texts) {
        await clock.sleep(dice.between(60, 400), signal);
        if (dice.next() < 0.04) throw new ProviderError("tts", "1006", dice.next() < 0.7);
        for (let left = text.length * 60 * 8; left > 0; ) {
          const bytes = Math.min(left, Math.ceil(dice.between(1, 4000)));
          left -= bytes;
          yield { kind: "audio", payload: Buffer.alloc(bytes, 0x55).toString("base64") };
          await clock.sleep(dice.between(0, 120), signal);
        }
        yield { kind: "said", index: index++ };
      }
    },
  }),
});

const dialogOf = (clock: Clock, dice: Dice): DialogAgent => ({
  async *reply(history, signal) {
    await clock.sleep(dice.between(1, 900), signal);
    if (dice.next() < 0.05) throw new ProviderError("llm", "502", dice.next() < 0.8);
    const words = history.at(-1)?.text ?? "";
    if (words.endsWith("bye")) yield { kind: "hang-up" };
    for (const text of [`You said ${words}.`, "Is that right?", "I can say a lot more."].slice(
      0,
      1 + dice.next() * 3,
    )) {
      yield { kind: "text", text };
      await clock.sleep(dice.between(0, 300), signal);
    }
  },
});

/** What the caller does in `lastsMs`: words, coughs, keys; finals late, doubled, blank, missing. */
function caller(
  clock: VirtualClock,
  dice: Dice,
  lastsMs: number,
  hear: (heard: Heard) => void,
  key: (digit: string) => void,
): void {
  let utterance = 0;
  for (let at = dice.between(100, 3000); at < lastsMs; at += dice.between(300, 5000)) {
    const number = utterance++;
    const later = (ms: number, heard: Heard): void => void clock.after(at + ms, () => hear(heard));
    if (dice.next() < 0.1) {
      clock.after(at, () => key("0123456789*#"[Math.floor(dice.next() * 12)] ?? "1"));
      continue;
    }
    const longMs = dice.between(80, 2500);
    const text = dice.next() < 0.2 ? "" : `words ${number}${dice.next() < 0.05 ? " bye" : ""}`;
    later(0, { kind: "speech-started", utterance: number });
    if (text !== "" && dice.next() < 0.7) later(longMs * 0.6, { kind: "partial", utterance: number, text });
    later(longMs, { kind: "speech-ended", utterance: number });
    if (dice.next() < 0.1) continue;
    const finalMs = longMs + dice.between(-60, 300);
    later(finalMs, { kind: "final", utterance: number, text });
    if (dice.next() < 0.2) later(finalMs + 30, { kind: "final", utterance: number, text });
    at += longMs;
  }
}

/** `cutAfterMs`: somebody else ends the call then. `ordered`: somebody is at the controls. */
export type LiveOptions = {
  readonly cutAfterMs?: number;
  readonly warmedWith?: AudioFormat;
  readonly free?: boolean;
  readonly ordered?: boolean;
  readonly outbound?: Outbound;
};

/** A call as a busy machine would have had it, the same for the same seed. */
export async function liveCall(seed: number, options: LiveOptions = {}): Promise<LiveCall> {
  const { cutAfterMs, warmedWith = MULAW, free, ordered, outbound } = options;
  const dice = seededDice(seed);
  const time = new VirtualClock();
  const clock = busyClock(time, dice);
  await time.advance(dice.between(0, 1000));
  const entries: JournalEntry[] = [];
  const decisions: Decision[] = [];
  const ear = new Ears();
  const application = applicationOf(clock, dice.named("application"));
  const parts: CallParts = {
    clock,
    log: silentLog,
    meter: deafMeter,
    stt: ear,
    tts: voice(clock, dice),
    agent: agentWith(free ? application : dialogOf(clock, dice), outbound && { outbound }),
    facts: FACTS,
    apology,
    journal: (entry) => void entries.push(entry),
    write: (entry) => void (entry.kind === "decision" && decisions.push(entry.decision)),
    policy: POLICY,
  };
  const line = phone(time, dice);
  const cut = new AbortController();
  const call = warmCall(parts, warmedWith, cut.signal);
  const end = call.run(line);
  const over = end.catch(() => undefined); // cut off, it rejects with our own reason
  await time.advance(dice.between(5, 2000));
  line.onSignal({ kind: "started", format: MULAW });
  const lastsMs = dice.between(2000, 40_000);
  caller(time, dice, lastsMs, (heard) => ear.put(heard), line.keyed);
  if (ordered) give(time, dice.named("orders"), lastsMs, (order) => call.order(order));
  if (ordered || free) writer(time, dice.named("writer"), lastsMs, line);
  await time.advance(Math.min(lastsMs, cutAfterMs ?? lastsMs));
  if (cutAfterMs !== undefined && cutAfterMs < lastsMs) cut.abort(new Error("cut off"));
  else line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "1000" });
  await time.advance(1);
  await over;
  // As a file would give them back.
  const written: JournalEntry[] = JSON.parse(JSON.stringify(entries));
  return { recording: { id: `call_${seed}` as CallId, entries: written, corrupt: 0 }, decisions };
}
