import { bytesPerMs } from "../../audio/format.ts";
import type { RecordedCall, RecordedReply } from "./recorded-call.ts";

/** How quick and how talkative this call's dialog and voice were, for what was not recorded of them. Milliseconds. */
export type VoiceModel = {
  readonly msPerCharacter: number;
  /** From the question to the dialog's first words, and from those to the first sound. */
  readonly dialogMs: number;
  readonly firstSoundMs: number;
  /** From the end of a sound at the caller's ear to the carrier's echo of its mark. */
  readonly echoMs: number;
};

const USUAL: VoiceModel = { msPerCharacter: 65, dialogMs: 300, firstSoundMs: 300, echoMs: 50 };

/** Measured on the recording; the usual where it says nothing. */
export function voiceModel(call: RecordedCall): VoiceModel {
  const perMs = bytesPerMs(call.format);
  const { replies } = call;
  return {
    msPerCharacter: median(replies.flatMap((reply) => pace(reply, perMs))) ?? USUAL.msPerCharacter,
    dialogMs: median(replies.flatMap(thinking)) ?? USUAL.dialogMs,
    firstSoundMs: median(replies.flatMap(firstSound)) ?? USUAL.firstSoundMs,
    echoMs: median(echoes(call)) ?? USUAL.echoMs,
  };
}

/** Of a reply that was spoken to its end: its length over its characters. */
function pace({ texts, pieces, sentMs }: RecordedReply, perMs: number): readonly number[] {
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  const bytes = pieces.reduce((sum, piece) => sum + (piece.kind === "audio" ? piece.bytes : 0), 0);
  return sentMs === undefined || characters === 0 || bytes === 0 ? [] : [bytes / perMs / characters];
}

const thinking = ({ kind, texts, startedMs }: RecordedReply): readonly number[] =>
  kind === "dialog" && texts[0] ? [texts[0].atMs - startedMs] : [];

function firstSound({ texts, pieces }: RecordedReply): readonly number[] {
  const sound = pieces.find(({ kind }) => kind === "audio");
  return texts[0] && sound ? [sound.atMs - texts[0].atMs] : [];
}

function echoes({ events }: RecordedCall): readonly number[] {
  let doneMs: number | undefined;
  return events.flatMap(({ event }) => {
    if (event.kind === "reply-sent") doneMs = event.atMs + event.leadMs;
    if (event.kind !== "played" || doneMs === undefined) return [];
    const echoMs = event.atMs - doneMs;
    doneMs = undefined;
    return echoMs >= 0 ? [echoMs] : [];
  });
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
