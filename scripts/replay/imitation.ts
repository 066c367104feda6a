import { dialogOf, dialogSchema } from "../../src/dialog/agents.ts";
import { messagesOf } from "../../src/dialog/chat.ts";
import type { DialogAgent } from "../../src/dialog/dialog.ts";
import { type Ending, withoutHangUp } from "../../src/dialog/hang-up.ts";
import { sentences } from "../../src/dialog/sentences.ts";
import type { Clock } from "../../src/kit/clock.ts";
import type { Ids } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { type EarKnobs, NotReplayableError, type RecordedCall, voiceModel } from "../../src/replay/replay.ts";
import { type SarvamInMemory, sarvamInMemory } from "../../src/simulator/sarvam/in-memory.ts";
import { sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import type { SpeechToText, TextToSpeech } from "../../src/speech/speech.ts";
import { befall, type MishapCall } from "./mishaps.ts";
import { withRecordedWords } from "./recorded-words.ts";

const KEY = "sk_imitation";
/** One way to the imitated servers: what a gateway in the same city would see. */
const LATENCY_MS = 20;
/** Of a chat model: to its first word, and from word to word. */
const FIRST_WORD_MS = 120;
const WORD_MS = 15;

/** Everybody a call talks to besides its caller. */
export type Imitation = { readonly stt: SpeechToText; readonly tts: TextToSpeech; readonly dialog: DialogAgent };

/**
 * Ear, voice and dialog for one replay of the recorded call, in process and on `clock`, at whose present the call begins. The same
 * each time, to the byte. The ear finds speech by its own means, turned by `ear`, and understands in it what was understood then, or,
 * where its mishaps are written down, what it knows; the voice speaks at the pace it had.
 * Throws `NotReplayableError` when the journal does not say what the dialog was made of.
 */
export function imitation(call: MishapCall, clock: Clock, ear: EarKnobs = {}): Imitation {
  const { msPerCharacter: voiceMsPerChar } = voiceModel(call);
  const sarvam = sarvamInMemory({ keys: [KEY], clock, latencyMs: LATENCY_MS, keepAudio: false, voiceMsPerChar });
  const kit = { clock, ids: countedIds(), log: silentLog, meter: deafMeter, open: sarvam.open };
  const access = { baseUrl: "https://sarvam.invalid", apiKey: KEY };
  const { silenceMs, threshold, minSpeechMs } = ear;
  const realtime = {
    ...(silenceMs === undefined ? {} : { silenceDurationMs: silenceMs }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(minSpeechMs === undefined ? {} : { minSpeechDurationMs: minSpeechMs }),
  };
  const { mishaps } = call;
  befall(sarvam, clock, mishaps ?? []);
  const ownEar = sarvamEar({ ...kit, ...access, api: "realtime", realtime });
  return {
    // Words that were heard then would hide that they are not heard now.
    stt: mishaps ? ownEar : withRecordedWords(ownEar, call, clock),
    tts: sarvamMouth({ ...kit, ...access }),
    dialog: recordedDialog(call, clock, sarvam),
  };
}

function recordedDialog({ id, setup }: RecordedCall, clock: Clock, sarvam: SarvamInMemory): DialogAgent {
  const recipe = dialogSchema.safeParse(setup.dialog).data;
  if (!recipe) throw new NotReplayableError(`${id}: its journal does not say what its dialog was made of`);
  if (recipe.kind === "relay")
    throw new NotReplayableError(`${id}: somebody else's application spoke in it; only its inputs can be replayed`);
  if (recipe.kind === "chat") return cannedChat(recipe.systemPrompt, clock, sarvam);
  return dialogOf(recipe, { llm: { model: "" }, clock, log: silentLog, meter: deafMeter });
}

/** A chat agent whose model gives the imitated Sarvam's answers, word by word. */
function cannedChat(systemPrompt: string, clock: Clock, { chat }: SarvamInMemory): DialogAgent {
  async function* words(answer: string, signal: AbortSignal): AsyncGenerator<string> {
    await clock.sleep(FIRST_WORD_MS, signal);
    for (const word of answer.match(/\s*\S+/g) ?? []) {
      yield word;
      await clock.sleep(WORD_MS, signal);
    }
  }
  return {
    async *reply(history, signal) {
      const ending: Ending = { hangUp: false };
      const answer = chat(messagesOf(systemPrompt, history));
      for await (const text of sentences(withoutHangUp(words(answer, signal), ending))) yield { kind: "text", text };
      if (ending.hangUp) yield { kind: "hang-up" };
    },
  };
}

function countedIds(): Ids {
  let made = 0;
  return { id: (prefix) => `${prefix}_${++made}`, secret: () => KEY, chance: () => 0.5 };
}
