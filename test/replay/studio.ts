import { bytesPerMs } from "../../src/audio/format.ts";
import { POLICY, type Policy, warmCall } from "../../src/call/call.ts";
import type { Dialect } from "../../src/carrier/carrier.ts";
import { allCarriers } from "../../src/carrier/carriers.ts";
import type { AgentProfile } from "../../src/dialog/dialog.ts";
import { type Rules, rulesAgent } from "../../src/dialog/rules.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId, CarrierName } from "../../src/record/record.ts";
import { VirtualLine } from "../../src/replay/again/virtual-line.ts";
import type { LineOnlyParts } from "../../src/replay/line/line-only.ts";
import { jumping } from "../../src/replay/line/pace.ts";
import { type RecordedCall, type ReplayParts, readCall } from "../../src/replay/replay.ts";
import { type SarvamInMemoryOptions, sarvamInMemory } from "../../src/simulator/sarvam/in-memory.ts";
import { voice } from "../../src/simulator/voices.ts";
import { apologyAudio, apologyText } from "../../src/speech/apology.ts";
import { sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import { nobody } from "../carrier/nobody.ts";

const KEY = "sk_studio";
const FRAME_MS = 20;
export const MULAW = { encoding: "mulaw", rate: 8000 } as const;
export const ID = "call_studio" as CallId;

const dialects = allCarriers(nobody, "https://durvani.example.test", () => 0).map(({ dialect }) => dialect);

export const DIALECTS: readonly Dialect[] = dialects;

export function dialectOf(name: CarrierName): Dialect {
  const dialect = dialects.find((each) => each.name === name);
  if (!dialect) throw new Error(`there is no carrier ${name}`);
  return dialect;
}

export const SHOP: Rules = {
  rules: [
    { when: ["ऑर्डर"], say: "आपका ऑर्डर निकल चुका है। वह कल आपके घर पहुँच जाएगा।" },
    { when: ["धन्यवाद"], say: "धन्यवाद, फिर मिलेंगे।", hangUp: true },
    { when: ["hours"], say: "We are open on every day of the week." },
  ],
  otherwise: "आपने कहा {caller}",
};

export const agentWith = (rules: Rules, more: Partial<AgentProfile> = {}): AgentProfile => ({
  name: "shop",
  greeting: "नमस्ते, दुकान में आपका स्वागत है।",
  language: "hi-IN",
  listensFor: "hi-IN",
  voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" },
  dialog: rulesAgent(rules),
  recipe: { kind: "rules", ...rules },
  phrases: {
    stillThere: ["क्या आप वहाँ हैं?"],
    goodbye: "अच्छा, नमस्ते।",
    tooLong: "समय हो गया।",
    sayAgain: "फिर कहिए।",
    oneMoment: "One moment.",
  },
  limits: { maxDurationMs: 600_000, silenceMs: 20_000 },
  ...more,
});

/** Time, ear and voice of one call that depends on nothing but its options. */
export function provider(options: Partial<SarvamInMemoryOptions> = {}) {
  const clock = new VirtualClock();
  const sarvam = sarvamInMemory({ keys: [KEY], clock, latencyMs: 15, seed: 7, ...options });
  let made = 0;
  const ids = { id: (prefix: string) => `${prefix}_${++made}`, secret: () => "secret", chance: () => 0.5 };
  const kit = { baseUrl: "https://sarvam.invalid", apiKey: KEY, clock, ids, log: silentLog, meter: deafMeter };
  const stt = sarvamEar({ ...kit, api: "realtime", open: sarvam.open });
  const tts = sarvamMouth({ ...kit, open: sarvam.open });
  return { clock, sarvam, stt, tts };
}

export const REPLAY: ReplayParts = {
  policy: POLICY,
  apology: (language, format) => ({ text: apologyText(language), audio: apologyAudio(language, format) }),
  framing: (carrier, format) => dialectOf(carrier).framing(format),
};

export function lineParts({
  rules = SHOP,
  policy = POLICY,
  ...options
}: Partial<SarvamInMemoryOptions> & { readonly rules?: Rules; readonly policy?: Policy } = {}): LineOnlyParts {
  const { clock, stt, tts } = provider(options);
  return { ...REPLAY, policy, clock, pace: jumping(clock), stt, tts, dialog: rulesAgent(rules) };
}

/** What a caller does, in order: `say` a recorded voice, `press` a key, `wait`. */
export type Scene = readonly ({ readonly say: string } | { readonly press: string } | { readonly wait: number })[];

/** A call in which the caller plays the scene and then hangs up, if the agent has not; recorded with its sound. */
export async function record(scene: Scene, recordAudio = true): Promise<readonly JournalEntry[]> {
  const { clock, stt, tts } = provider();
  const entries: JournalEntry[] = [];
  const line = new VirtualLine({ clock, framing: dialectOf("twilio").framing, format: MULAW, echoMs: 0 });
  const stop = new AbortController();
  const warm = warmCall(
    {
      clock,
      stt,
      tts,
      log: silentLog,
      meter: deafMeter,
      agent: agentWith(SHOP),
      apology: (format) => REPLAY.apology("hi-IN", format),
      journal: (entry) => void entries.push(entry),
      write: () => {},
      recordAudio,
    },
    MULAW,
    stop.signal,
  );
  let over = false;
  const end = warm.run(line).finally(() => {
    over = true;
  });
  await clock.advance(400);
  line.onSignal({ kind: "started", format: MULAW });
  const quiet = Buffer.alloc(FRAME_MS * bytesPerMs(MULAW), 0xff);
  const send = async (audio: Buffer): Promise<void> => {
    for (let at = 0; at < audio.length && !over; at += quiet.length) {
      line.onAudio(
        Buffer.concat([audio.subarray(at, at + quiet.length), quiet])
          .subarray(0, quiet.length)
          .toString("base64"),
      );
      await clock.advance(FRAME_MS);
    }
  };
  for (const act of scene) {
    if ("say" in act) await send(voice(act.say).audio);
    else if ("press" in act) line.onSignal({ kind: "key", digit: act.press });
    else await send(Buffer.alloc(act.wait * bytesPerMs(MULAW), 0xff));
  }
  line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
  await end;
  stop.abort(new Error("the scene is over"));
  return entries;
}

export const recorded = async (scene: Scene): Promise<RecordedCall> =>
  readCall({ id: ID, entries: await record(scene), corrupt: 0 });
