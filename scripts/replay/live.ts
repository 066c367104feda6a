import type { Config } from "../../src/config.ts";
import { dialogOf, dialogSchema } from "../../src/dialog/agents.ts";
import type { DialogAgent } from "../../src/dialog/dialog.ts";
import { type Llm, llmOf } from "../../src/dialog/models.ts";
import { systemClock as clock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import {
  type LineOnlyParts,
  NotReplayableError,
  type RecordedCall,
  type Replayed,
  replayLine,
  voiceModel,
  waiting,
} from "../../src/replay/replay.ts";
import { replayParts } from "../../src/replay-parts.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import { withRecordedWords } from "./recorded-words.ts";

const ids = randomIds(() => clock.wall());

/** The caller is played in real time to whoever hears, answers and speaks for the gateway: Sarvam, or its imitation. */
export function liveReplay(config: Config, say: (line: string) => void): (call: RecordedCall) => Promise<Replayed> {
  const { apiKey, baseUrl } = config.sarvam;
  say(apiKey === undefined ? "Without SARVAM_API_KEY, Sarvam is imitated." : `Sarvam at ${baseUrl} hears and speaks.`);
  return async (call) => {
    const sarvam = apiKey === undefined ? await imitated(call) : { apiKey, baseUrl, imitation: undefined };
    try {
      return await replayLine(call, companyFor(call, config, sarvam));
    } finally {
      await sarvam.imitation?.close();
    }
  };
}

type Sarvam = { readonly apiKey: string; readonly baseUrl: string; readonly imitation: SarvamSimulator | undefined };

/** On sockets of its own, at the pace at which the recorded voice spoke. */
async function imitated(call: RecordedCall): Promise<Sarvam> {
  const apiKey = ids.secret();
  const imitation = await startSarvam({ keys: [apiKey], voiceMsPerChar: voiceModel(call).msPerCharacter });
  return { apiKey, baseUrl: imitation.url, imitation };
}

function companyFor(call: RecordedCall, config: Config, { apiKey, baseUrl, imitation }: Sarvam): LineOnlyParts {
  const kit = { clock, ids, log, meter, baseUrl, apiKey };
  const ear = sarvamEar({ ...kit, api: config.sarvam.sttApi });
  return {
    ...replayParts(config),
    clock,
    pace: waiting(clock),
    // The imitation knows no real caller's words.
    stt: imitation ? withRecordedWords(ear, call, clock) : ear,
    tts: sarvamMouth(kit),
    dialog: dialogFor(call, llmOf(config.dialog, { baseUrl, apiKey })),
  };
}

function dialogFor({ id, setup }: RecordedCall, llm: Llm): DialogAgent {
  const recipe = dialogSchema.safeParse(setup.dialog).data;
  if (!recipe) throw new NotReplayableError(`${id}: its journal does not say what its dialog was made of`);
  if (recipe.kind === "relay")
    throw new NotReplayableError(`${id}: somebody else's application spoke in it; only its inputs can be replayed`);
  return dialogOf(recipe, { llm, clock, log, meter });
}
