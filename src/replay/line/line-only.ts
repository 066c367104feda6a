import type { DialogAgent } from "../../dialog/dialog.ts";
import type { Clock } from "../../kit/clock.ts";
import type { SpeechToText, TextToSpeech } from "../../speech/speech.ts";
import { agentOf, decisionsOf, turnsOf } from "../again/outcome.ts";
import { type RecordedCall, readCall } from "../again/recorded-call.ts";
import type { Replayed, ReplayParts } from "../again/replayed.ts";
import { VirtualLine } from "../again/virtual-line.ts";
import { KeptCall } from "../wire/kept-call.ts";
import { callerOf } from "./caller.ts";
import { lineDifferences } from "./line-differences.ts";
import type { Pace } from "./pace.ts";

export type LineOnlyParts = ReplayParts & {
  /** Of the call, and of ear and voice. */
  readonly clock: Clock;
  /** How its time passes. */
  readonly pace: Pace;
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly dialog: DialogAgent;
};

/**
 * Plays only the caller of a recorded call to the real call: sound, keys and hanging up come as they were recorded; whoever hears,
 * answers and speaks does so anew. On a virtual clock, with an ear, a dialog and a voice that always do the same, two replays are
 * the same to the byte. Differences are told as a person would: instants may vary with another ear.
 *
 * Throws `NotReplayableError` for a call without sound; whatever else it throws is a mistake of our own.
 */
export async function replayLine(call: RecordedCall, parts: LineOnlyParts): Promise<Replayed> {
  const inputs = callerOf(call);
  const { clock, pace } = parts;
  const carrier = call.opening?.carrier ?? "twilio";
  const framing: VirtualLine["framing"] = (format) => parts.framing(carrier, format);
  const beganAt = clock.now();
  const line = new VirtualLine({ clock, framing, format: call.format, echoMs: 0 });
  const kept = keptCall(call, parts);
  for (const input of inputs) {
    await pace(beganAt + input.atMs, kept.over);
    if (kept.over.aborted) break;
    if (input.kind === "audio") line.onAudio(input.payload);
    else {
      if (input.signal.kind === "started") kept.converse(line);
      line.onSignal(input.signal);
    }
  }
  const end = await kept.end;
  const { entries, lastsMs } = kept;
  return {
    end,
    decisions: decisionsOf(entries),
    turns: turnsOf(entries),
    line: line.notes.map((note) => ({ ...note, atMs: note.atMs - beganAt })),
    entries,
    lastsMs,
    differences: lineDifferences(call, readCall({ id: call.id, entries, corrupt: 0 })),
  };
}

function keptCall({ id, opening, setup }: RecordedCall, parts: LineOnlyParts): KeptCall {
  const { clock, stt, tts, policy, apology, dialog } = parts;
  const { carrier = "twilio", carrierCallId = id, from = "", to = "" } = opening ?? {};
  return new KeptCall({
    clock,
    stt,
    tts,
    policy,
    agent: { ...agentOf(setup, dialog), recipe: setup.dialog },
    apology: (format) => apology(setup.voice.language, format),
    opening: { id, carrier, carrierCallId, from, to },
    format: setup.format,
  });
}
