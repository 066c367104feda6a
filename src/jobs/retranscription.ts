import type { Clock } from "../kit/clock.ts";
import type { CallId } from "../record/record.ts";
import { readable } from "../record/redaction.ts";
import type { CallStore, Retranscription, StoredCall } from "../store/store.ts";
import type { Transcriber } from "./retranscription-batch.ts";
import type { RecordedSound } from "./retranscription-sound.ts";

export type RetranscriptionParts = {
  readonly store: CallStore;
  readonly provider: Transcriber;
  readonly sound: RecordedSound;
  readonly clock: Clock;
};

type Asked = Retranscription & { readonly kind: "asked" };

/** The longest file that Sarvam takes. */
const LONGEST_MS = 2 * 3_600_000;
/** A recording may be with another gateway, whose turn comes. After this it is nowhere. */
const LOOKED_FOR_MS = 24 * 3_600_000;
/** A job that runs for longer is lost. */
const LOST_MS = 6 * 3_600_000;
/** Each is paid for: what failed so often is given up, unless somebody asks again. */
const MOST_FAILURES = 3;

/**
 * Has a call's recording transcribed, in as many visits as it takes: each does what can be done at once. `waiting`: the job is still
 * owed, and the next sweep comes back to it; the recording is not written yet, or the provider is at work. `none`: there will be none,
 * and the books say why. Rejects when the call is not closed yet, or books, recording or provider do not answer.
 */
export async function writeRetranscription(
  parts: RetranscriptionParts,
  callId: CallId,
): Promise<"written" | "none" | "waiting" | "unknown"> {
  const { store } = parts;
  const call = await store.call(callId);
  if (!call) return "unknown";
  if (call.status !== "ended") throw new Error("the call is not closed yet");
  const owed = await store.owedBy(callId);
  if (!owed.includes("retranscription")) return call.retranscription?.kind === "none" ? "none" : "written";
  const before = call.retranscription;
  if (before?.kind === "asked" && before.job !== undefined) return look(parts, call, before, before.job);
  if (call.recordingUrl === undefined && owed.includes("recording")) return "waiting";
  return start(parts, call, before?.kind === "asked" ? before.failures : 0);
}

async function start(
  { store, provider, sound, clock }: RetranscriptionParts,
  call: StoredCall,
  failures: number,
): Promise<"none" | "waiting"> {
  const none = async (why: string): Promise<"none"> => {
    await store.writeRetranscription({ callId: call.id, kind: "none", why });
    return "none";
  };
  if (call.recordingUrl === undefined) return none("there is no recording of this call");
  if (lengthMs(call) > LONGEST_MS) return none("the recording is longer than the two hours that can be transcribed");
  const found = await sound(call.id, call.recordingUrl);
  if (found === "elsewhere") return none("the recording is kept where it cannot be fetched from");
  if (found === "away") {
    const looked = clock.wall() - (call.endedAt ?? 0) < LOOKED_FOR_MS;
    return looked ? "waiting" : none("the recording is on no machine that transcribes, or was erased");
  }
  const job = await provider.startTranscription(`${call.id}.wav`, found);
  await store.writeRetranscription({ callId: call.id, kind: "asked", job, askedAt: clock.wall(), failures });
  return "waiting";
}

async function look(
  { store, provider, clock }: RetranscriptionParts,
  call: StoredCall,
  { askedAt, failures }: Asked,
  job: string,
): Promise<"written" | "none" | "waiting"> {
  const lost = clock.wall() - askedAt > LOST_MS;
  const found = lost ? LOST : await provider.transcription(job);
  const callId = call.id;
  switch (found.kind) {
    case "running":
      return "waiting";
    case "done": {
      const { language } = found;
      const lines = found.lines.map((line) => ({ ...line, text: readable(line.text, call.redact) }));
      const model = provider.transcriptionModel;
      const audioMs = lengthMs(call);
      await store.writeRetranscription({ callId, kind: "written", model, language, audioMs, lines });
      return "written";
    }
    case "failed": {
      if (failures + 1 < MOST_FAILURES) {
        await store.writeRetranscription({ callId, kind: "asked", askedAt, failures: failures + 1 });
        throw new Error(`the recording was not transcribed: ${found.why}`);
      }
      await store.writeRetranscription({ callId, kind: "none", why: found.why });
      return "none";
    }
    default:
      return found satisfies never;
  }
}

const LOST = { kind: "failed", why: "the transcription did not come to an end" } as const;

const lengthMs = ({ answeredAt, endedAt }: StoredCall): number =>
  Math.max((endedAt ?? 0) - (answeredAt ?? endedAt ?? 0), 0);
