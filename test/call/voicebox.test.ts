import { expect, test } from "vitest";
import type { HeardEvent } from "../../src/call/events.ts";
import { Voicebox } from "../../src/call/voicebox.ts";
import { silentLog } from "../../src/kit/log.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { Ear, Heard, SpeechToText, TextToSpeech } from "../../src/speech/speech.ts";

const mulaw = { encoding: "mulaw", rate: 8000 } as const;
const pcm16k = { encoding: "linear16", rate: 16000 } as const;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Opened = { readonly heard: Mailbox<Heard>; readonly sound: string[]; readonly signal: AbortSignal };

function rig(wrap: (ear: Ear) => Ear = (ear) => ear) {
  const log: string[] = [];
  const told: HeardEvent[] = [];
  const ears: Opened[] = [];
  const stt: SpeechToText = {
    listen: ({ format, language }, signal) => {
      log.push(`ear ${format.encoding} ${language}`);
      const ear = { heard: new Mailbox<Heard>(), sound: [] as string[], signal };
      ears.push(ear);
      signal.addEventListener("abort", () => log.push("ear closed"));
      return wrap(Object.assign(ear.heard, { hear: (payload: string) => void ear.sound.push(payload) }));
    },
  };
  const tts: TextToSpeech = {
    open: ({ format, voice }, signal) => {
      log.push(`mouth ${format.encoding} ${voice.language} ${voice.speaker}`);
      signal.addEventListener("abort", () => log.push("mouth closed"));
      return { async *speak() {} };
    },
  };
  const over = new AbortController();
  const voice = { language: "en-IN", model: "bulbul:v3", speaker: "shubh" } as const;
  const parts = { stt, tts, agent: { listensFor: "unknown", voice }, log: silentLog } as const;
  const voicebox = new Voicebox(parts, mulaw, over.signal, (event) => void told.push(event));
  log.length = 0;
  return { voicebox, log, told, ears, over };
}

test("another language to speak opens the mouth anew, and the ear hears on", () => {
  const { voicebox, log, ears } = rig();
  voicebox.retune({ speaks: "ta-IN" });
  expect(log).toEqual(["mouth closed", "mouth mulaw ta-IN shubh"]);
  voicebox.ear.hear("AAAA");
  expect(ears.map(({ sound }) => sound)).toEqual([["AAAA"]]);
});

test("another language to listen for opens the ear anew: the new one hears, the old one hears no more", async () => {
  const { voicebox, log, ears, told } = rig();
  const mouth = voicebox.mouth;
  voicebox.retune({ listensFor: "ta-IN" });
  expect(log).toEqual(["ear closed", "ear mulaw ta-IN"]);
  expect(voicebox.mouth).toBe(mouth);
  voicebox.ear.hear("AAAA");
  expect(ears.map(({ sound }) => sound)).toEqual([[], ["AAAA"]]);
  ears[0]?.heard.put({ kind: "final", utterance: 0, text: "late" });
  await settled();
  expect(told).toEqual([]);
});

test("what is the same already opens nothing", () => {
  const { voicebox, log } = rig();
  voicebox.retune({});
  voicebox.retune({ speaks: "en-IN", speaker: "shubh", listensFor: "unknown" });
  expect(log).toEqual([]);
});

test("what is not named stays as it was, also after a change of the line's format", () => {
  const { voicebox, log } = rig();
  voicebox.retune({ speaks: "ta-IN", listensFor: "ta-IN" });
  voicebox.retune({ speaker: "anushka" });
  expect(log.at(-1)).toBe("mouth mulaw ta-IN anushka");
  log.length = 0;
  voicebox.reopen(pcm16k);
  expect(voicebox.format).toEqual(pcm16k);
  expect(log).toEqual(["ear closed", "ear linear16 ta-IN", "mouth closed", "mouth linear16 ta-IN anushka"]);
});

test("utterances of a new ear are counted behind those of the ears before it", async () => {
  const { voicebox, ears, told } = rig();
  const says = async (ear: number, utterance: number): Promise<void> => {
    ears[ear]?.heard.put({ kind: "speech-started", utterance });
    await settled();
  };
  await says(0, 0);
  await says(0, 1);
  voicebox.retune({ listensFor: "ta-IN" });
  await says(1, 0);
  voicebox.retune({ listensFor: "hi-IN" });
  voicebox.retune({ listensFor: "ta-IN" });
  await says(3, 0);
  await says(3, 1);
  const began = told.flatMap((event) => (event.kind === "speech-started" ? [event.utterance] : []));
  expect(began).toEqual([0, 1, 2, 3, 4]);
});

test("a caller who was speaking when the ear changed has stopped, for all that is known: their words so far count", async () => {
  const { voicebox, ears, told } = rig();
  ears[0]?.heard.put({ kind: "speech-started", utterance: 0 });
  ears[0]?.heard.put({ kind: "partial", utterance: 0, text: "my order" });
  await settled();
  voicebox.retune({ listensFor: "ta-IN" });
  expect(told.at(-1)).toEqual({ kind: "speech-ended", utterance: 0 });
  voicebox.retune({ listensFor: "hi-IN" });
  expect(told).toHaveLength(3);
});

test("what the ear complains of is told in words; an ear that breaks has failed", async () => {
  const { ears, told } = rig();
  ears[0]?.heard.put({ kind: "ear-note", note: "reconnected" });
  ears[0]?.heard.put({ kind: "ear-failed", error: new ProviderError("sarvam-stt", "HTTP 403", false) });
  await settled();
  expect(told).toEqual([
    { kind: "ear-note", note: "reconnected" },
    { kind: "ear-failed", message: "HTTP 403" },
  ]);
  const broken = rig((ear) => ({
    hear: ear.hear,
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("a bug")) }),
  }));
  await settled();
  expect(broken.told).toEqual([{ kind: "ear-failed", message: "the ear broke" }]);
});

test("the end of the call closes both, and that is no failure", async () => {
  const { log, told, over, ears } = rig();
  over.abort(new Error("the call is over"));
  ears[0]?.heard.put({ kind: "final", utterance: 0, text: "late" });
  await settled();
  expect(log).toEqual(["ear closed", "mouth closed"]);
  expect(told).toEqual([]);
});
