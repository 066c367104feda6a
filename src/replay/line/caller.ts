import { type AudioFormat, base64Bytes, bytesPerMs } from "../../audio/format.ts";
import { silence } from "../../audio/gaps.ts";
import type { LineSignal } from "../../call/call.ts";
import { NotReplayableError, type RecordedCall } from "../again/recorded-call.ts";

/** How long a caller whose call ended otherwise in the recording stays on the line, in silence. */
const QUIET_MS = 15_000;
/** Frames that come late leave smaller ones. */
const LONGEST_GAP_MS = 1000;
const FRAME_MS = 20;

/** What the caller's side of a line does, and when: ms since the call began. */
export type CallerInput = { readonly atMs: number } & (
  | { readonly kind: "audio"; readonly payload: string }
  | { readonly kind: "signal"; readonly signal: LineSignal }
);

/**
 * The caller of a recorded call: sound, keys and hanging up, in order and as they were recorded. Where nothing was for long, the
 * caller was silent. A call that the caller did not end is given time to end in its own way. Throws `NotReplayableError` for a
 * call without sound.
 */
export function callerOf(call: RecordedCall): Iterable<CallerInput> {
  if (call.audio.length > 0) return inputsOf(call);
  throw new NotReplayableError(`${call.id}: recorded without sound; record with RECORD_CALLS=journal`);
}

function* inputsOf(call: RecordedCall): Generator<CallerInput> {
  const bytes = bytesPerMs(call.format);
  let heardMs = Number.POSITIVE_INFINITY;
  for (const input of recordedInputs(call)) {
    if (input.atMs - heardMs > LONGEST_GAP_MS) yield* silent(call.format, heardMs, input.atMs);
    yield input;
    if (input.kind === "audio") heardMs = input.atMs + base64Bytes(input.payload) / bytes;
    else if (input.signal.kind === "started" || input.signal.kind === "key") heardMs = input.atMs;
    else return;
  }
  yield* silent(call.format, heardMs, heardMs + QUIET_MS);
  const signal = { kind: "line-over", how: "caller-hung-up", detail: "the recording ends here" } as const;
  yield { atMs: heardMs + QUIET_MS, kind: "signal", signal };
}

function* silent(format: AudioFormat, fromMs: number, untilMs: number): Generator<CallerInput> {
  const payload = silence(format, FRAME_MS);
  for (let atMs = fromMs; atMs + FRAME_MS <= untilMs; atMs += FRAME_MS) yield { atMs, kind: "audio", payload };
}

/** What came from the line but marks, which come back by themselves. */
function recordedInputs({ events, audio }: RecordedCall): readonly CallerInput[] {
  const signals = events.flatMap(({ event: { atMs, ...happening } }): readonly CallerInput[] => {
    switch (happening.kind) {
      case "started":
      case "key":
      case "line-over":
      case "drain-forced":
        return [{ atMs, kind: "signal", signal: happening }];
      default:
        return [];
    }
  });
  const sounds = audio.map(({ atMs, payload }) => ({ atMs, kind: "audio" as const, payload }));
  return [...signals, ...sounds].sort((a, b) => a.atMs - b.atMs);
}
