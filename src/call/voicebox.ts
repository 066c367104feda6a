import type { AudioFormat } from "../audio/format.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import { abortable } from "../kit/abortable.ts";
import type { Log } from "../kit/log.ts";
import type { Ear, Mouth, SpeechToText, TextToSpeech } from "../speech/speech.ts";
import type { HeardEvent } from "./events.ts";

export type VoiceboxParts = {
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agent: Pick<AgentProfile, "listensFor" | "voice">;
  readonly log: Log;
};

/** An ear and a mouth for one line format. */
export type Voicebox = { readonly format: AudioFormat; readonly ear: Ear; readonly mouth: Mouth; close(): void };

/** Opens both at once. What the ear finds is told until `signal` aborts or `close`; an ear that breaks is told as one that failed. */
export function openVoicebox(
  { stt, tts, agent, log }: VoiceboxParts,
  format: AudioFormat,
  signal: AbortSignal,
  tell: (event: HeardEvent) => void,
): Voicebox {
  const stop = new AbortController();
  const whileOpen = AbortSignal.any([signal, stop.signal]);
  const ear = stt.listen({ format, language: agent.listensFor }, whileOpen);
  const mouth = tts.open({ format, voice: agent.voice }, whileOpen);
  listen(ear, whileOpen, tell).catch((error: unknown) => {
    if (whileOpen.aborted) return; // that is how listening ends
    log.error({ err: error }, "the ear broke");
    tell({ kind: "ear-failed", message: "the ear broke" });
  });
  return { format, ear, mouth, close: () => stop.abort(new Error("the voicebox was closed")) };
}

async function listen(ear: Ear, signal: AbortSignal, tell: (event: HeardEvent) => void): Promise<void> {
  for await (const heard of abortable(ear, signal)) {
    // Events are data: they are written to the journal, so an error goes in as its message.
    tell(heard.kind === "ear-failed" ? { kind: "ear-failed", message: heard.error.message } : heard);
  }
}
