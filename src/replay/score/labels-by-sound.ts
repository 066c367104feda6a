import { bytesPerMs } from "../../audio/format.ts";
import { decodeMulawPayload } from "../../audio/g711.ts";
import type { RecordedCall } from "../again/recorded-call.ts";

/** Telephone speech is louder than this, a quiet line is not. */
const LOUD_DBFS = -40;
const STEP_MS = 20;
/** A pause of this length ends what the caller had to say. */
const PAUSE_MS = 700;
/** Less sound than this is a cough. */
const SPEECH_MS = 250;

/**
 * Where the caller finished, as far as the recorded sound tells, ms since the call began: stands in for a human's `finished` labels
 * where ears are compared, since each ear has its own idea of it. Empty without sound.
 */
export function finishedBySound(call: RecordedCall): number[] {
  const finished: number[] = [];
  let [loudMs, lastMs] = [0, Number.NEGATIVE_INFINITY];
  const pause = (): void => {
    if (loudMs >= SPEECH_MS) finished.push(lastMs);
    loudMs = 0;
  };
  for (const atMs of loudSteps(call)) {
    if (atMs - lastMs > PAUSE_MS) pause();
    loudMs += STEP_MS;
    lastMs = atMs;
  }
  pause();
  return finished;
}

/** The instants at which loud steps were over. A frame arrives when its last sample was spoken. */
function* loudSteps({ audio, format }: RecordedCall): Generator<number> {
  const stepBytes = STEP_MS * bytesPerMs({ ...format, encoding: "linear16" });
  for (const { atMs, payload } of audio) {
    const pcm = format.encoding === "mulaw" ? decodeMulawPayload(payload) : Buffer.from(payload, "base64");
    const steps = Math.floor(pcm.length / stepBytes);
    for (let step = 0; step < steps; step += 1) {
      const isLoud = loudness(pcm.subarray(step * stepBytes, (step + 1) * stepBytes)) > LOUD_DBFS;
      if (isLoud) yield atMs - (steps - 1 - step) * STEP_MS;
    }
  }
}

/** dBFS of PCM16. */
function loudness(pcm: Buffer): number {
  let squares = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) squares += pcm.readInt16LE(at) ** 2;
  return 10 * Math.log10(squares / (pcm.length / 2) / 32_768 ** 2);
}
